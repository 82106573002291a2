"""The index page as markup: complete, escaped, and without anything from elsewhere."""

from __future__ import annotations

import urllib.request
from html.parser import HTMLParser
from typing import Any

import pytest

from mockidp import MockServer
from mockidp.profiles import PROFILES
from mockidp.web.pages.index import render_index

MARKUP = '<script>alert(1)</script>" onload="x'

#: Elements that have no end.
VOID = {"meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """Elements, attributes and texts; refuses what is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


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
    assert all("onload" not in attributes for _, attributes in page.elements)
    assert any((link["href"] or "").endswith(path) for link in page.all("a"))
    assert sum(path in text for text in page.texts) >= 4


def test_clients_that_are_missing_or_public_are_said_to_be() -> None:
    assert any("No client is registered" in text for text in page_of(clients=[]).texts)
    public = {"client_id": "spa", "token_endpoint_auth_method": "none"}
    assert "none: a public client" in page_of(profiles=["openid"], clients=[public]).texts


def test_nothing_is_loaded_from_anywhere() -> None:
    page = page_of()
    assert not {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "object"}
    assert all("src" not in attributes for _, attributes in page.elements)
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
        urllib.request.urlopen(server.base_url, timeout=10) as answer,
    ):
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = dict(
            directive.strip().split(" ", 1)
            for directive in answer.headers["Content-Security-Policy"].split(";")
        )
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
