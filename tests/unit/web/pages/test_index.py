"""The index page as markup: complete, escaped, and without anything from elsewhere."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest

from fixtures.markup import Page
from mockidp import MockServer
from mockidp.profiles import PROFILES
from mockidp.web.pages.cards import Card
from mockidp.web.pages.index import render_index
from mockidp.web.pages.page import render

MARKUP = '<script>alert(1)</script>" onload="x'


def page_of(**arguments: Any) -> Page:
    server = MockServer(**{"config": {}, **arguments})
    try:
        server.pretend("http://127.0.0.1:8400")
        return Page(render_index(server.lanes))
    finally:
        server.close()


def test_each_provider_is_an_article_with_what_a_client_needs() -> None:
    page = page_of()
    assert [article["id"] for article in page.all("article")] == list(PROFILES)
    shown = "\n".join(page.texts)
    for text in (
        "http://127.0.0.1:8400/groupdocs-total/connect/token",
        "6d6f636b-6964-4070-8000-000000000001",
        "6d6f636b696470736563726574303031",
        "https://api.groupdocs.cloud",
        "curl http://127.0.0.1:8400/openid/token \\\n",
    ):
        assert text in shown


@pytest.mark.parametrize("field", ["client_id", "client_secret"])
def test_credentials_are_escaped(field: str) -> None:
    client = {"client_id": "app", "client_secret": "s", field: MARKUP}
    page = page_of(profiles=["openid"], clients=[client])
    assert not page.all("script")
    assert MARKUP in page.texts


@pytest.mark.parametrize("field", ["title", "summary"])
def test_descriptions_of_a_users_own_provider_are_escaped(field: str) -> None:
    page = page_of(
        profiles=["mine"], config={"profiles": {"mine": {"extends": "openid", field: MARKUP}}}
    )
    assert not page.all("script")
    assert MARKUP in page.texts


def test_paths_and_hosts_are_escaped() -> None:
    path = f"/{MARKUP.replace(' ', '/')}"  # no path has a space
    page = page_of(
        profiles=["openid"],
        api_prefixes=[f"{path}/api"],
        routing_serves=[f"api.example{path}"],
        jwks_path=path,
        token_path=f"{path}/token",
    )
    assert not page.all("script")
    assert all("onload" not in element.attributes for element in page.elements)
    assert any((link["href"] or "").endswith(path) for link in page.all("a"))
    assert sum(path in text for text in page.texts) >= 4


def test_clients_that_are_missing_or_public_are_said_to_be() -> None:
    assert any("No client is registered" in text for text in page_of(clients=[]).texts)
    public = {"client_id": "spa", "token_endpoint_auth_method": "none"}
    assert "none: a public client" in page_of(profiles=["openid"], clients=[public]).texts


FACTS = {
    **dict.fromkeys(("name", "title", "summary", "client_id", "client_secret"), "x"),
    **dict.fromkeys(
        ("base_url", "token_url", "metadata_url", "jwks_url"), "http://127.0.0.1:8400/x"
    ),
    **dict.fromkeys(("api_urls", "real_urls", "curl"), ()),
}


def card_page(**facts: Any) -> Page:
    return Page(render("index.html", cards=[Card(**{**FACTS, **facts})]))


def test_where_a_person_signs_in_the_card_has_a_link_and_the_users() -> None:
    url = "http://127.0.0.1:8400/x/authorize?client_id=x&state=y"
    page = card_page(sign_in_url=url, users=(("alice", "pass-a"), ("bob", "pass-b")))
    assert page.by_id("sign-in-x").attributes["href"] == url
    rows = [element.text for element in page.elements if element.tag == "dd"]
    assert {"alice with password pass-a", "bob with password pass-b"} <= set(rows)


def test_where_nobody_signs_in_the_card_has_neither() -> None:
    page = card_page()
    assert not {"sign-in-x"} & set(page.ids())
    assert not {"Users", "Grants"} & set(page.texts)


def test_the_card_says_which_grants_there_are() -> None:
    page = card_page(grant_types=("password", "refresh_token"))
    assert "password, refresh_token" in [each.text for each in page.elements if each.tag == "dd"]


@pytest.mark.parametrize(("field", "label"), [("metadata_url", "Metadata"), ("jwks_url", "Keys")])
def test_an_address_that_is_not_there_has_no_row(field: str, label: str) -> None:
    assert label in card_page().texts
    page = card_page(**{field: ""})
    assert label not in page.texts
    assert len(page.all("a")) == 1


@pytest.mark.parametrize(
    "facts",
    [{"sign_in_url": MARKUP}, {"grant_types": (MARKUP,)}, {"users": ((MARKUP, MARKUP),)}],
    ids=lambda facts: next(iter(facts)),
)
def test_what_a_card_may_have_is_escaped(facts: dict[str, Any]) -> None:
    page = card_page(**facts)
    assert not page.all("script")
    values = [*page.texts, *(value for link in page.all("a") for value in link.values())]
    assert MARKUP in values


def test_nothing_is_loaded_from_anywhere() -> None:
    page = page_of()
    assert not {element.tag for element in page.elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
    }
    assert all("src" not in element.attributes for element in page.elements)
    (style,) = [text for text in page.texts if ":root" in text]
    assert "url(" not in style
    assert "@import" not in style
    for link in page.all("a"):
        assert (link["href"] or "").startswith("http://127.0.0.1:8400/")


def test_the_page_is_fit_for_reading_aloud_and_for_phones() -> None:
    page = page_of()
    assert page.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )
    for landmark in ("header", "main", "footer", "h1", "title"):
        assert len(page.all(landmark)) == 1


def test_the_answer_forbids_everything_but_its_own_style() -> None:
    with (
        MockServer(["openid"]) as server,
        urllib.request.urlopen(server.base_url, timeout=60) as answer,
    ):
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = dict(
            directive.strip().split(" ", 1)
            for directive in answer.headers["Content-Security-Policy"].split(";")
        )
    style_source = policy.pop("style-src")
    assert style_source.startswith("'sha256-")
    assert policy == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
