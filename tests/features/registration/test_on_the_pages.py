"""What users are shown of a client that registered itself, and what it may then ask for (OpenID
Connect Dynamic Client Registration 1.0, sections 2 and 9).
"""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.browser import Browser, Screen
from fixtures.registrant import CALLBACK, Registrant
from mockidp import MockIdP

LINKS = {
    "client_uri": "https://client.example/?a=1&b=2",
    "logo_uri": "https://client.example/logo.png",
    "policy_uri": "https://client.example/policy",
    "tos_uri": "http://client.example/tos",
}


def begin(idp: MockIdP, client_id: str, **more: str) -> tuple[Browser, Screen]:
    browser = Browser(idp.app, idp.issuer)
    asked = {"response_type": "code", "client_id": client_id, "redirect_uri": CALLBACK, **more}
    return browser, browser.open("/authorize", scope="openid", **asked)


def policy_of(screen: Screen) -> str:
    return dict(screen.headers)["content-security-policy"]


def hrefs(screen: Screen) -> list[str | None]:
    return [link.get("href") for link in screen.page.all("a") if link.get("id")]


def test_both_pages_link_to_what_the_client_says_of_itself(idp: MockIdP) -> None:
    mine = Registrant.at(idp, client_name="<b>The App</b>", **LINKS)
    browser, login = begin(idp, mine.client_id)
    consent = browser.press(login, user="alice")
    for screen in (login, consent):
        assert hrefs(screen) == [*LINKS.values()]
        assert "<b>The App</b>" in screen.page.texts
        (logo,) = screen.page.all("img")
        assert (logo["src"], logo["alt"]) == (LINKS["logo_uri"], "Logo")
        assert "; img-src https://client.example; " in policy_of(screen)


def test_nothing_else_is_loaded_from_the_client(idp: MockIdP) -> None:
    pages = {name: uri for name, uri in LINKS.items() if name != "logo_uri"}
    _, login = begin(idp, Registrant.at(idp, **pages).client_id)
    assert not login.page.all("img")
    assert "img-src" not in policy_of(login)


def test_the_address_of_a_logo_cannot_change_the_policy(idp: MockIdP) -> None:
    uri = "https://client.example;script-src/logo.png"
    client = idp.add_client(redirect_uris=[CALLBACK], logo_uri=uri)
    _, login = begin(idp, client.client_id)
    assert "script-src" not in policy_of(login)


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "data:text/html,x", "app:/x", "https://[::::]/", "x"]
)
def test_a_configured_address_that_could_do_harm_is_no_link(idp: MockIdP, uri: str) -> None:
    """A configuration may hold what no registration may."""
    client = idp.add_client(redirect_uris=[CALLBACK], logo_uri=uri, tos_uri=LINKS["tos_uri"])
    _, login = begin(idp, client.client_id)
    assert login.path.endswith("/login")
    assert hrefs(login) == [LINKS["tos_uri"]]


def test_a_client_without_addresses_has_no_links(idp: MockIdP) -> None:
    _, login = begin(idp, Registrant.at(idp).client_id)
    assert hrefs(login) == []
    assert "about-client" not in login.html


@pytest.mark.parametrize(
    ("metadata", "asked", "is_allowed"),
    [
        pytest.param({"response_types": ["code"]}, "code", True, id="what is registered"),
        pytest.param(
            {
                "response_types": ["code id_token"],
                "grant_types": ["authorization_code", "implicit"],
            },
            "id_token code",
            True,
            id="in another order",
        ),
        pytest.param(
            {
                "response_types": ["code id_token"],
                "grant_types": ["authorization_code", "implicit"],
            },
            "code",
            False,
            id="less than is registered",
        ),
    ],
)
def test_a_client_asks_for_the_responses_it_is_registered_for(
    idp: MockIdP, metadata: dict[str, Any], asked: str, is_allowed: bool
) -> None:
    """RFC 7591, 2: "response_types … that the client can use"."""
    mine = Registrant.at(idp, **metadata)
    _, screen = begin(idp, mine.client_id, response_type=asked, nonce="n")
    if is_allowed:
        assert screen.path.endswith("/login")
    else:
        assert screen.answer["error"] == "unauthorized_client"
        assert "is registered for the response types code id_token" in idp.journal.last.hint
