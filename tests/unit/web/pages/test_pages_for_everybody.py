"""The pages of a sign-in for everybody, as far as it can be checked without a browser: structure,
labels, contrast and size.
"""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from fixtures.page_views import CALLBACK, LOGIN, VIEWS, markup_of, page_of
from mockidp.web.pages.farewell import FarewellView
from mockidp.web.pages.interaction import Person

every_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)


@every_view
def test_a_page_has_its_language_one_heading_and_one_of_each_landmark(view: object) -> None:
    page = page_of(view)
    assert page.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )
    for tag in ("title", "h1", "header", "main"):
        assert len(page.all(tag)) == 1


@every_view
def test_ids_are_unique_and_references_lead_to_them(view: object) -> None:
    page = page_of(view)
    assert len(page.ids()) == len(set(page.ids()))
    for element in page.elements:
        for name in ("for", "aria-describedby", "aria-labelledby"):
            assert element.attributes.get(name) in {None, *page.ids()}


def test_a_member_that_comes_twice_does_not_make_an_id_twice() -> None:
    page = page_of(replace(CALLBACK, members=(("code", "first"), ("code", "second"))))
    assert page.by_id("member-code").text == "first"
    assert "second" in page.texts


@every_view
def test_every_field_has_a_label_and_every_button_a_text(view: object) -> None:
    page = page_of(view)
    labelled = {label["for"] for label in page.all("label")}
    for element in page.elements:
        if element.tag == "select" or (
            element.tag == "input" and element.attributes.get("type") != "hidden"
        ):
            assert element.attributes["id"] in labelled
        if element.tag in ("button", "a", "summary", "option", "h1", "h2"):
            assert element.text.strip()


def test_a_problem_is_announced_and_tied_to_the_fields() -> None:
    page = page_of(LOGIN)
    assert page.by_id("problem").attributes["role"] == "alert"
    for name in ("username", "password"):
        assert page.by_id(name).attributes["aria-describedby"] == "problem"
        assert page.by_id(name).attributes["aria-invalid"] == "true"
    assert any(text.startswith("Error: Sign in") for text in page.texts)
    without = page_of(replace(LOGIN, problem=""))
    assert "problem" not in without.ids()
    assert all("aria-invalid" not in field for field in without.all("input"))


@pytest.mark.parametrize(
    ("facts", "focused"),
    [
        ({}, []),
        ({"username": "alice"}, ["password"]),
        ({"username": "alice", "problem": "No."}, ["password"]),
        ({"problem": "No."}, ["username"]),
        ({"people": ()}, ["username"]),
    ],
)
def test_typing_goes_on_where_it_is_needed(facts: dict[str, Any], focused: list[str]) -> None:
    plain = replace(LOGIN, username="", problem="", current="")
    fields = page_of(replace(plain, **facts)).all("input")
    assert [field["id"] for field in fields if "autofocus" in field] == focused


def test_who_is_signed_in_is_marked() -> None:
    page = page_of(LOGIN)
    assert "signed in" in page.by_id("user-bob").text
    assert "signed in" not in page.by_id("user-alice").text
    assert "bob" in page.by_id("current").text


@every_view
def test_a_page_is_small_and_loads_nothing(view: object) -> None:
    text = markup_of(view)
    assert len(text.encode()) < 16 * 1024
    page = page_of(view)
    # Those of the applications that are told.
    frames = [each for each in page.elements if each.tag == "iframe"]
    assert len(frames) == (len(view.frames) if isinstance(view, FarewellView) else 0)
    ours = [each for each in page.elements if each not in frames]
    assert not {each.tag for each in ours} & {"link", "img", "object", "base"}
    assert all(not {"src", "style", "srcset", "formaction"} & set(each.attributes) for each in ours)
    style = page.by_tag("style").text
    assert "url(" not in style
    assert "@import" not in style


def test_forty_users_with_names_and_addresses_are_still_a_small_page() -> None:
    people = tuple(
        Person(username=f"user{n:02}", name=f"Test Person {n}", email=f"user{n:02}@example.com")
        for n in range(40)
    )
    page = markup_of(replace(LOGIN, people=people))
    assert len(page.encode()) < 16 * 1024


# --- contrast: Web Content Accessibility Guidelines 2.2, 1.4.3 and 1.4.11


def colours(scheme: str) -> dict[str, str]:
    """The colours of the style; the second `:root` is that of the dark scheme."""
    style = files("mockidp.web.pages").joinpath("templates/style.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#\w+);", light if scheme == "light" else dark))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_the_guidelines_do() -> None:
    """So that the test below can fail."""
    assert contrast("#fff", "#000") == pytest.approx(21)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)
    assert contrast("#fff", "#777") < 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        ("ink", "ground", 4.5),
        ("ink", "card", 4.5),
        ("ink", "code", 4.5),
        ("ink", "tint", 4.5),
        ("quiet", "ground", 4.5),
        ("quiet", "card", 4.5),
        ("quiet", "tint", 4.5),
        ("accent", "card", 4.5),
        ("accent", "ground", 4.5),
        ("on-accent", "accent", 4.5),
        ("bad", "bad-tint", 4.5),
        ("edge", "card", 3),
        ("edge", "ground", 3),
        ("bad", "card", 3),
    ],
)
def test_colours_can_be_told_apart(scheme: str, text: str, ground: str, least: float) -> None:
    palette = colours(scheme)
    assert contrast(palette[text], palette[ground]) >= least
