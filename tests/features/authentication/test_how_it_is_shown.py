"""How the pages look to whom: `display` and `ui_locales`, and what the metadata say of languages
(OpenID Connect Core 1.0, 3.1.2.1 and 5.2; RFC 7591, 2.2).
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from fixtures.application import ALICE, Application, an_application
from fixtures.asgi import call
from fixtures.browser import Browser, Screen

LOCALIZED = {
    "client_name#fr": "L'application",
    "client_name#zh-Hant": "應用程式",
    "policy_uri#fr": "https://app.example/fr/policy",
    "client_name": "not this",
}


def kind(screen: Screen) -> list[str]:
    (body,) = screen.page.all("body")
    return str(body["class"]).split()


@pytest.mark.parametrize(
    ("display", "expected"),
    [
        (None, "page"),
        ("page", "page"),
        ("popup", "popup"),
        ("touch", "touch"),
        pytest.param("wap", "page", id="for devices of another time"),
        pytest.param('"><script>', "page", id="no such thing"),
        pytest.param("", "page", id="empty"),
    ],
)
def test_both_pages_are_as_they_are_asked_for(
    app: Application, browser: Browser, display: str | None, expected: str
) -> None:
    login = app.begin(browser, display=display)
    consent = browser.press(login, user="alice")
    for screen in (login, consent):
        assert kind(screen)[-1] == expected
    # A popup is narrow: users and password stand one below the other.
    assert ("wide" in kind(login)) is (expected != "popup")
    asked = [entry for entry in app.idp.journal if entry.endpoint == "authorize"]
    assert asked[0].params.get("display", "") == (display or "")


@pytest.mark.parametrize(
    ("ui_locales", "name", "policy"),
    [
        (None, "The App", "https://app.example/policy"),
        ("fr", "L'application", "https://app.example/fr/policy"),
        pytest.param("et FR-ca en", "L'application", "https://app.example/fr/policy", id="nearest"),
        pytest.param("zh-Hant-TW", "應用程式", "https://app.example/policy", id="name alone"),
        pytest.param("se", "The App", "https://app.example/policy", id="none of these"),
        pytest.param("<b> " * 5000, "The App", "https://app.example/policy", id="no language"),
    ],
)
def test_the_client_speaks_the_user_s_language(
    app: Application, browser: Browser, ui_locales: str | None, name: str, policy: str
) -> None:
    app.client.update(policy_uri="https://app.example/policy")
    clients = app.idp._lane.clients
    clients.replace(replace(app.client.record, localized=LOCALIZED))
    login = app.begin(browser, ui_locales=ui_locales)
    consent = browser.press(login, user="alice")
    assert consent.page.all("h1")
    for screen in (login, consent):
        assert name in screen.page.texts
        assert screen.page.by_id("client-policy").attributes["href"] == policy
        # What is ours is in English.
        assert screen.page.all("html")[0]["lang"] == "en"


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "data:text/html,x"])
def test_an_address_in_another_language_that_could_do_harm_is_no_link(
    app: Application, browser: Browser, uri: str
) -> None:
    clients = app.idp._lane.clients
    clients.replace(replace(app.client.record, localized={"policy_uri#fr": uri}))
    assert uri not in app.begin(browser, ui_locales="fr").html


@pytest.mark.parametrize(
    ("claims", "parameters", "expected"),
    [
        pytest.param({"name": "Alice"}, None, None, id="none"),
        pytest.param({"name#et": "A", "name#zh-Hant": "B", "x#et": 1}, None, ["et", "zh-Hant"]),
        pytest.param({"name#et": "A"}, ["claims"], None, id="not looked at"),
    ],
)
def test_the_metadata_name_the_languages_of_claims(
    claims: dict[str, Any], parameters: list[str] | None, expected: list[str] | None
) -> None:
    settings: dict[str, Any] = (
        {} if parameters is None else {"authentication_parameters": parameters}
    )
    with an_application(users=[{**ALICE, "claims": claims}], **settings) as app:
        url = f"{app.home}/.well-known/openid-configuration"
        document = json.loads(call(app.idp.app, "GET", url).body)
        assert document.get("claims_locales_supported") == expected
        assert document["ui_locales_supported"] == ["en"]
        assert document["display_values_supported"] == ["page", "popup", "touch"]
