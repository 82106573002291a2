"""The pages of a sign-in as markup: everything is escaped, named as promised, and said in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fixtures.page_views import (
    ALICE,
    BOB,
    CALLBACK,
    CONSENT,
    ERROR,
    FORM_POST,
    LOGIN,
    SIGN_OUT,
    VIEWS,
    markup_of,
    page_of,
)
from mockidp.web.pages.interaction import (
    ClientLink,
    ConsentView,
    FormPostView,
    LoginView,
    Person,
    ScopeLine,
)

MARKUP = '</style><script>alert(1)</script><b x=\'" onload="y'

every_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)


def view_or_value(value: object) -> str | None:
    """The ids of tables."""
    return type(value).__name__ if hasattr(value, "provider") else None


# --- what a user's own configuration, a client or a foreign request may put into a page


HOSTILE = {
    "login: provider": replace(LOGIN, provider=MARKUP),
    "login: client_name": replace(LOGIN, client_name=MARKUP),
    "login: redirect_host": replace(LOGIN, redirect_host=MARKUP),
    "login: action": replace(LOGIN, action=MARKUP),
    "login: interaction": replace(LOGIN, interaction=MARKUP),
    "login: csrf": replace(LOGIN, csrf=MARKUP),
    "login: errors": replace(LOGIN, errors=(MARKUP,)),
    "login: username": replace(LOGIN, username=MARKUP),
    "login: problem": replace(LOGIN, problem=MARKUP),
    "login: current": replace(LOGIN, current=MARKUP),
    "login: username of one": replace(LOGIN, people=(replace(ALICE, username=MARKUP),)),
    "login: name of one": replace(LOGIN, people=(replace(ALICE, name=MARKUP),)),
    "login: address of one": replace(LOGIN, people=(Person(username="a", email=MARKUP),)),
    "consent: client_name": replace(CONSENT, client_name=MARKUP),
    "consent: address of a link": replace(
        CONSENT, links=(ClientLink(name="policy", text="Policy", url=MARKUP),)
    ),
    "consent: user": replace(CONSENT, user=Person(username=MARKUP)),
    "consent: scope": replace(CONSENT, scopes=(ScopeLine(name=MARKUP),)),
    "consent: meaning": replace(CONSENT, scopes=(ScopeLine(name="x", meaning=MARKUP),)),
    "error: provider": replace(ERROR, provider=MARKUP),
    "error: code": replace(ERROR, code=MARKUP),
    "error: description": replace(ERROR, description=MARKUP),
    "error: hint": replace(ERROR, hint=MARKUP),
    "error: cites": replace(ERROR, cites=MARKUP),
    "sign-out: provider": replace(SIGN_OUT, provider=MARKUP),
    "sign-out: user": replace(SIGN_OUT, user=Person(username=MARKUP)),
    "sign-out: action": replace(SIGN_OUT, action=MARKUP),
    "sign-out: csrf": replace(SIGN_OUT, csrf=MARKUP),
    "callback: provider": replace(CALLBACK, provider=MARKUP),
    "callback: name of a member": replace(CALLBACK, members=((MARKUP, "x"),)),
    "callback: member": replace(CALLBACK, members=(("x", MARKUP),)),
    "callback: long member": replace(CALLBACK, members=(("x", MARKUP * 20),)),
    "callback: curl": replace(CALLBACK, curl=(MARKUP,)),
    "callback: again": replace(CALLBACK, again=MARKUP),
    "form_post: provider": replace(FORM_POST, provider=MARKUP),
    "form_post: redirect_uri": replace(FORM_POST, redirect_uri=MARKUP),
    "form_post: name of a member": replace(FORM_POST, members=((MARKUP, "x"),)),
    "form_post: member": replace(FORM_POST, members=(("x", MARKUP),)),
}


@pytest.mark.parametrize("view", HOSTILE.values(), ids=HOSTILE)
def test_what_comes_from_outside_is_escaped(view: object) -> None:
    page = page_of(view)
    assert len(page.all("script")) == isinstance(view, FormPostView)
    assert all(not {"onload", "x"} & set(element.attributes) for element in page.elements)
    # … and it is there.
    shown = [*page.texts, *(v for each in page.elements for v in each.attributes.values())]
    assert any(MARKUP in (value or "") for value in shown)


@pytest.mark.parametrize("initial", ["<", "&", '"', "'"])
def test_the_initial_is_escaped(initial: str) -> None:
    page = page_of(replace(CONSENT, user=Person(username=f"{initial}i")))
    assert initial in page.texts


def test_a_name_that_has_no_utf8_does_not_stop_the_page_from_being_sent() -> None:
    text = markup_of(replace(LOGIN, people=(Person(username="al\ud800ice"),)))
    assert b'value="al?ice"' in text.encode()


# --- the state of the interaction, which is filled into a page that is otherwise made once


@pytest.mark.parametrize("view", [LOGIN, CONSENT], ids=view_or_value)
def test_each_page_has_the_state_of_its_own_interaction(view: LoginView | ConsentView) -> None:
    for number in ("1", "2"):
        page = page_of(replace(view, interaction=f"i-{number}", csrf=f"c-{number}"))
        state = {each["name"]: each["value"] for each in page.all("input") if "value" in each}
        assert (state["interaction"], state["csrf"]) == (f"i-{number}", f"c-{number}")


def test_nobody_has_the_state_filled_in_elsewhere() -> None:
    text = "<interaction> <csrf>"
    markup = markup_of(
        replace(LOGIN, provider=text, client_name=text, interaction="<csrf>", csrf="s3cret")
    )
    assert markup.count("s3cret") == 1
    assert 'name="csrf" value="s3cret"' in markup
    assert 'name="interaction" value="&lt;csrf&gt;"' in markup


# --- stable names: what Selenium, Playwright and the robot rely on


@pytest.mark.parametrize(
    ("view", "id_", "tag", "attributes"),
    [
        (LOGIN, "login", "form", {"method": "post", "action": "/step"}),
        (LOGIN, "username", "input", {"name": "username", "autocomplete": "username"}),
        (
            LOGIN,
            "password",
            "input",
            {"name": "password", "autocomplete": "current-password", "type": "password"},
        ),
        (LOGIN, "sign-in", "button", {"name": "action", "value": "login"}),
        (LOGIN, "user-alice", "button", {"name": "user", "value": "alice"}),
        (LOGIN, "user-bob", "button", {"name": "user", "value": "bob"}),
        (LOGIN, "cancel", "button", {"name": "action", "value": "cancel"}),
        (LOGIN, "error", "select", {"name": "error"}),
        (LOGIN, "fail", "button", {"name": "action", "value": "fail"}),
        (CONSENT, "consent", "form", {"method": "post", "action": "/step"}),
        (CONSENT, "allow", "button", {"name": "action", "value": "allow"}),
        (CONSENT, "deny", "button", {"name": "action", "value": "deny"}),
        (CONSENT, "cancel", "button", {"name": "action", "value": "cancel"}),
        (CONSENT, "client-policy", "a", {"href": "https://app.example/policy"}),
        (LOGIN, "client-tos", "a", {"rel": "noopener noreferrer nofollow", "target": "_blank"}),
        (CONSENT, "error", "select", {"name": "error"}),
        (CONSENT, "fail", "button", {"name": "action", "value": "fail"}),
        (SIGN_OUT, "sign-out-form", "form", {"method": "post", "action": "/out"}),
        (SIGN_OUT, "sign-out", "button", {}),
        (CALLBACK, "again", "a", {"href": "http://127.0.0.1:8400/authorize"}),
        (FORM_POST, "form-post", "form", {"method": "post", "action": "https://app.example/cb"}),
        (FORM_POST, "continue", "button", {}),
    ],
    ids=view_or_value,
)
def test_what_is_pressed_and_filled_in_has_its_name(
    view: object, id_: str, tag: str, attributes: dict[str, str]
) -> None:
    element = page_of(view).by_id(id_)
    assert element.tag == tag
    assert {name: element.attributes.get(name) for name in attributes} == attributes
    assert tag != "button" or "type" not in element.attributes  # so it submits


@pytest.mark.parametrize(
    ("view", "id_", "text"),
    [
        (LOGIN, "problem", "No."),
        (ERROR, "code", "invalid_client"),
        (ERROR, "description", "The client id supplied is invalid"),
        (ERROR, "hint", "Register the client."),
        (ERROR, "cites", "RFC 6749, 4.1.2.1"),
        (CALLBACK, "member-code", "c0de"),
        (CALLBACK, "member-state", "xyz"),
        (CALLBACK, "curl", "curl http://127.0.0.1:8400/token \\\n    -d code=c0de"),
    ],
    ids=view_or_value,
)
def test_what_is_read_has_its_name_and_nothing_around_it(view: object, id_: str, text: str) -> None:
    assert page_of(view).by_id(id_).text == text


@pytest.mark.parametrize(
    ("view", "hidden"),
    [
        (LOGIN, {"interaction": "the-interaction", "csrf": "the-csrf"}),
        (CONSENT, {"interaction": "the-interaction", "csrf": "the-csrf"}),
        (SIGN_OUT, {"csrf": "the-csrf"}),
        (FORM_POST, {"code": "c0de", "state": "xyz"}),
    ],
    ids=view_or_value,
)
def test_what_the_form_carries_along(view: object, hidden: dict[str, str]) -> None:
    inputs = [each for each in page_of(view).all("input") if each.get("type") == "hidden"]
    assert {each["name"]: each["value"] for each in inputs} == hidden


def test_the_first_button_of_the_login_form_signs_in_because_enter_presses_it() -> None:
    first = page_of(LOGIN).all("button")[0]
    assert (first["name"], first["value"]) == ("action", "login")
    # It is neither seen nor read aloud, nor reached by the Tab key: #sign-in is the one.
    assert (first["class"], first["aria-hidden"], first["tabindex"]) == ("enter", "true", "-1")


@pytest.mark.parametrize("view", [LOGIN, CONSENT], ids=["login", "consent"])
def test_testers_choose_from_the_errors_they_are_offered(view: Any) -> None:
    assert [each["value"] for each in page_of(view).all("option")] == [
        "access_denied",
        "server_error",
    ]
    page = page_of(replace(view, errors=()))
    assert not {"error", "fail"} & set(page.ids())
    assert not page.all("details")


@pytest.mark.parametrize("absent", ["description", "hint", "cites"])
def test_what_an_error_does_not_say_is_left_out(absent: str) -> None:
    without: dict[str, Any] = {absent: ""}
    assert absent not in page_of(replace(ERROR, **without)).ids()


# --- what the pages say


@pytest.mark.parametrize(
    ("view", "heading"),
    [
        (LOGIN, "Sign in to ProZ.com"),
        (CONSENT, "Allow My app to use your account?"),
        (ERROR, "This request was refused"),
        (replace(ERROR, status=500), "This request failed"),
        (SIGN_OUT, "Sign out of ProZ.com?"),
        (VIEWS["sign-out done"], "You are signed out"),
        (VIEWS["sign-out of nobody"], "Nobody is signed in"),
        (CALLBACK, "Back from ProZ.com"),
        (replace(CALLBACK, members=(("error", "x"),)), "ProZ.com answered with an error"),
        (VIEWS["callback without anything"], "Nothing came back"),
        (FORM_POST, "Back to app.example"),
        (replace(FORM_POST, redirect_uri="app:/cb"), "Back to app:/cb"),
        (replace(FORM_POST, redirect_uri="https://["), "Back to https://["),
    ],
)
def test_the_heading_says_where_one_is(view: object, heading: str) -> None:
    page = page_of(view)
    assert page.by_tag("h1").text == heading
    assert f"{heading} · mockidp" in page.by_tag("title").text


@every_view
def test_each_page_says_that_it_is_a_mock(view: Any) -> None:
    header = page_of(view).by_tag("header").text
    assert f"not the real {view.provider}" in header
    assert "Never type a real password here" in header


@pytest.mark.parametrize("view", ["sign-out done", "sign-out of nobody"])
def test_there_is_nothing_to_press_when_nobody_is_signed_in(view: str) -> None:
    assert not page_of(VIEWS[view]).all("button")


def test_a_scope_without_a_meaning_is_shown_by_its_name() -> None:
    assert [each.text for each in page_of(CONSENT).elements if each.tag == "li"] == [
        "know who you areopenid",
        "public",
    ]


@pytest.mark.parametrize(
    ("person", "lines"),
    [
        (ALICE, "Alice Ames alice · alice@example.com"),
        (BOB, "bob"),
        (Person(username="a@b.example", email="a@b.example"), "a@b.example"),
        (Person(username="a", email="a@b.example"), "a a@b.example"),
        (Person(username="a", name="a"), "a"),
    ],
)
def test_what_is_known_of_a_user_is_said_once(person: Person, lines: str) -> None:
    who = page_of(replace(SIGN_OUT, user=person)).by_id("who")
    assert who.text.removeprefix(person.initial) == lines


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (30, "30 seconds"),
        (1, "1 second"),
        (0.5, "0.5 seconds"),
        (90, "90 seconds"),
        (120, "2 minutes"),
        (600, "10 minutes"),
    ],
)
def test_the_lifetime_of_a_code_is_in_words(seconds: float, words: str) -> None:
    text = f"It is good for {words}, and for one use."
    assert text in page_of(replace(CALLBACK, code_lifetime=seconds)).texts
