"""Claims asked for one by one, and in languages (OpenID Connect Core 1.0, 5.2 and 5.5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.application import ALICE, Application, an_application, claims_in
from fixtures.browser import Browser
from mockidp import MockIdP

CONSENT = "/_mockidp/consent"


def asked(**places: Any) -> str:
    return json.dumps(places)


def userinfo(app: Application, token: str) -> Any:
    reply = app.userinfo(token)
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def test_each_claim_comes_where_it_is_asked_for(app: Application, browser: Browser) -> None:
    claims = asked(userinfo={"email": {"essential": True}}, id_token={"phone_number": None})
    tokens = app.tokens(browser, scope="openid", claims=claims)
    assert userinfo(app, tokens["access_token"]) == {
        "sub": ALICE["sub"],
        "email": "alice@example.com",
    }
    found = claims_in(tokens["id_token"])
    assert found["phone_number"] == "+1 555 0100"
    assert "email" not in found


def test_claims_come_beside_those_of_the_scopes(app: Application, browser: Browser) -> None:
    claims = asked(userinfo={"phone_number": None})
    tokens = app.tokens(browser, scope="openid profile", claims=claims)
    assert set(userinfo(app, tokens["access_token"])) == {"sub", "name", "phone_number"}


@pytest.mark.parametrize("response_type", ["id_token", "id_token token", "code id_token token"])
def test_an_id_token_from_the_front_has_them_too(
    app: Application, browser: Browser, response_type: str
) -> None:
    claims = asked(id_token={"email": None}, userinfo={"name": None})
    given = {"response_type": response_type, "nonce": "n", "scope": "openid", "claims": claims}
    answer = app.sign_in(browser, **given).answer
    assert claims_in(answer["id_token"])["email"] == "alice@example.com"
    assert "name" not in claims_in(answer["id_token"])
    if "access_token" in answer:
        assert userinfo(app, answer["access_token"])["name"] == "Alice Ames"


def test_tokens_that_are_refreshed_have_them_still(app: Application, browser: Browser) -> None:
    claims = asked(userinfo={"email": None}, id_token={"email_verified": None, "amr": None})
    tokens = app.tokens(browser, scope="openid offline_access", claims=claims, acr_values="2")
    for _ in range(2):
        tokens = json.loads(app.refresh(tokens["refresh_token"]).body)
        assert userinfo(app, tokens["access_token"])["email"] == "alice@example.com"
        found = claims_in(tokens["id_token"])
        assert (found["email_verified"], found["acr"], found["amr"]) == (True, "2", ["pwd"])


def test_opaque_tokens_know_them_as_well(browser: Browser) -> None:
    with an_application(access_token_format="hex:40") as app:
        browser = Browser(app.idp.app, app.idp.issuer)
        tokens = app.tokens(browser, scope="openid", claims=asked(userinfo={"email": None}))
        assert len(tokens["access_token"]) == 40
        assert set(userinfo(app, tokens["access_token"])) == {"sub", "email"}


@pytest.mark.parametrize(
    "name", ["iss", "aud", "exp", "nonce", "sid", "at_hash", "azp", "sub", "auth_time", "nobody"]
)
def test_what_the_provider_says_nobody_asks_away(browser: Browser, name: str) -> None:
    alice = {**ALICE, "claims": {name: "forged"} if name != "nobody" else {}}
    with an_application(users=[alice]) as app:
        browser = Browser(app.idp.app, app.idp.issuer)
        claims = asked(id_token={name: None}, userinfo={name: None})
        tokens = app.tokens(browser, scope="openid", claims=claims)
        assert "forged" not in claims_in(tokens["id_token"]).values()
        assert userinfo(app, tokens["access_token"]) == {"sub": ALICE["sub"]}


def test_the_user_agrees_to_each_single_claim(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    app.sign_in(browser, scope="openid")
    consent = app.begin(browser, scope="openid", claims=asked(userinfo={"email": None}))
    assert consent.path == CONSENT
    assert "email" in consent.html
    silent = app.begin(
        browser, scope="openid", prompt="none", claims=asked(userinfo={"email": None})
    )
    assert silent.answer["error"] == "consent_required"
    assert "code" in browser.press(consent, action="allow").answer
    again = app.begin(browser, scope="openid", claims=asked(userinfo={"email": None}))
    assert "code" in again.answer


def test_a_scope_that_was_agreed_to_is_enough(app: Application, browser: Browser) -> None:
    app.sign_in(browser, scope="openid email")
    claims = asked(userinfo={"email": None, "sub": None}, id_token={"acr": None, "amr": None})
    assert "code" in app.begin(browser, scope="openid email", claims=claims).answer


@pytest.mark.parametrize(
    ("claims", "locales", "expected"),
    [
        ({"name#et": None}, None, {"name#ET": "Aliis"}),
        ({"name#fi": None}, None, {"name": "Alice"}),
        (None, "et", {"name": "Alice", "name#ET": "Aliis"}),
        (None, "fi se", {"name": "Alice"}),
        (None, "fr et", {"name": "Alice", "name#fr": "Alix"}),
    ],
)
def test_claims_in_languages(
    browser: Browser, claims: Any, locales: str | None, expected: dict[str, str]
) -> None:
    names = {"name": "Alice", "name#ET": "Aliis", "name#fr": "Alix"}
    with an_application(users=[{**ALICE, "claims": names}]) as app:
        browser = Browser(app.idp.app, app.idp.issuer)
        tokens = app.tokens(
            browser,
            scope="openid" if claims else "openid profile",
            claims=asked(userinfo=claims) if claims else None,
            claims_locales=locales,
        )
        assert userinfo(app, tokens["access_token"]) == {"sub": ALICE["sub"], **expected}


@pytest.mark.parametrize(
    ("claims", "hint"),
    [
        ("", None),
        ("{}", None),
        ('{"elsewhere": 1, "userinfo": null}', None),
        ('{"userinfo": {"name": {"essential": false, "elsewhere": [[]]}}}', None),
        ("name", "is not JSON"),
        ("[]", "JSON object"),
        ('{"userinfo": []}', "userinfo in the parameter claims is no object"),
        ('{"id_token": "name"}', "id_token in the parameter claims is no object"),
        ('{"id_token": {"name": true}}', "neither null nor an object"),
        ('{"id_token": {"name": {"essential": "yes"}}}', "neither true nor false"),
        ('{"id_token": {"name": {"values": "yes"}}}', "values that are no list"),
        ('{"id_token": {"a": null, "a": null}}', "twice"),
        ('{"id_token": {"a": NaN}}', "the parameter claims"),
        (json.dumps({"userinfo": dict.fromkeys(map(str, range(101)))}), "more than 100"),
        ("[" * 5000, "the parameter claims"),
        ('{"userinfo": {"\\ud800": null}}', "the parameter claims"),
    ],
)
def test_a_parameter_that_cannot_be_read(
    idp: MockIdP, app: Application, browser: Browser, claims: str, hint: str | None
) -> None:
    app.sign_in(browser)
    answer = app.begin(browser, claims=claims, scope="openid profile").answer
    if hint is None:
        assert "error" not in answer
        return
    assert answer["error"] == "invalid_request"
    assert hint in idp.journal.last.hint
    assert idp.journal.last.cites.startswith("OpenID Connect Core 1.0, 5.5")


@pytest.mark.parametrize("profile", ["easytranslate", "proz"])
def test_other_providers_have_never_heard_of_it(profile: str) -> None:
    with an_application(profile) as app:
        browser = Browser(app.idp.app, app.idp.issuer)
        scope = app.idp._lane.profile.scopes.supported[0]
        screen = app.begin(browser, claims="[", id_token_hint="x", acr_values="1", scope=scope)
        screen = browser.press(screen, user="alice")
        assert "code" in browser.press(screen, action="allow").answer
