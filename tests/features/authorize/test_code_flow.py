"""The whole way of a code, with and without PKCE (RFC 6749, section 4.1; RFC 7636; RFC 9207)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fixtures.application import ALICE, CALLBACK, Application, claims_in, refused
from fixtures.browser import Browser
from mockidp import MockIdP
from mockidp.oauth.pkce import challenge_of

# RFC 7636, appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
OTHER = "x" * 43


def test_a_person_signs_in_and_the_client_gets_its_tokens(
    app: Application, browser: Browser
) -> None:
    login = app.begin(browser, nonce="n-0S6_WzA2Mj")
    assert (login.status, login.path) == (200, "/_mockidp/login")
    consent = browser.press(login, username="alice", password="pw-of-alice", action="login")
    assert (consent.status, consent.path) == (200, "/_mockidp/consent")
    assert "The App" in consent.html
    back = browser.press(consent, action="allow")
    assert back.status == 303  # RFC 9700, 4.12
    assert back.sent_to.startswith(f"{CALLBACK}?code=")
    answer = back.answer
    assert set(answer) == {"code", "state", "session_state", "iss"}
    assert (answer["state"], answer["iss"]) == ("st&te=ü", app.home)

    reply = app.redeem(answer["code"])
    tokens = json.loads(reply.body)
    assert reply.status == 200
    assert ("cache-control", "no-store") in reply.headers  # RFC 6749, 5.1
    assert list(tokens) == ["access_token", "token_type", "expires_in", "scope", "id_token"]
    assert (tokens["token_type"], tokens["scope"]) == ("Bearer", "openid profile")
    id_token = claims_in(tokens["id_token"])
    assert (id_token["sub"], id_token["nonce"]) == (ALICE["sub"], "n-0S6_WzA2Mj")
    assert (id_token["iss"], id_token["aud"]) == (app.home, "app")
    assert claims_in(tokens["access_token"])["sub"] == ALICE["sub"]
    # OpenID Connect Core 1.0, 5.4: they are for userinfo, as there is an access token.
    assert not {"name", "email", "preferred_username"} & set(id_token)


def test_without_a_nonce_and_a_state_none_come_back(app: Application, browser: Browser) -> None:
    answer = app.sign_in(browser, state=None).answer
    assert set(answer) == {"code", "session_state", "iss"}
    tokens = json.loads(app.redeem(answer["code"]).body)
    assert "nonce" not in claims_in(tokens["id_token"])


def test_the_request_may_be_posted(app: Application, browser: Browser) -> None:
    # OpenID Connect Core 1.0, 3.1.2.1; a client's page is on a site of its own.
    login = browser.post("/authorize", app.asks(), origin="https://app.example")
    assert login.path == "/_mockidp/login"
    back = browser.press(browser.press(login, user="alice"), action="allow")
    assert app.redeem(back.answer["code"]).status == 200


def test_what_the_provider_does_not_know_changes_nothing(
    app: Application, browser: Browser
) -> None:
    extra = {
        "display": "popup",
        "ui_locales": "se",
        "claims_locales": "se",
        "extra": "foobar",
        "login_hint": "buffy@mockidp.example",
        "acr_values": "1 2",
    }
    assert "code" in app.sign_in(browser, **extra).answer


def test_a_query_of_the_redirect_uri_is_kept(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    idp.client.update(redirect_uris=["https://app.example/cb?tenant=1"])
    back = app.sign_in(browser, redirect_uri="https://app.example/cb?tenant=1")
    assert back.sent_to.startswith("https://app.example/cb?tenant=1&code=")


@pytest.mark.parametrize(
    ("challenge", "method", "verifier"),
    [
        pytest.param(CHALLENGE, "S256", VERIFIER, id="S256"),
        pytest.param(VERIFIER, "plain", VERIFIER, id="plain"),
        pytest.param(VERIFIER, None, VERIFIER, id="no method is plain"),
        pytest.param(challenge_of("~" * 128, "S256"), "S256", "~" * 128, id="the longest verifier"),
    ],
)
def test_a_verifier_redeems_the_code_of_its_challenge(
    app: Application, browser: Browser, challenge: str, method: str | None, verifier: str
) -> None:
    back = app.sign_in(browser, code_challenge=challenge, code_challenge_method=method)
    assert app.redeem(back.answer["code"], code_verifier=verifier).status == 200


@pytest.mark.parametrize(
    ("challenge", "method", "verifier", "error", "hint"),
    [
        pytest.param(CHALLENGE, "S256", OTHER, "invalid_grant", "another verifier", id="wrong"),
        pytest.param(CHALLENGE, "S256", CHALLENGE, "invalid_grant", "challenge was", id="the same"),
        pytest.param(CHALLENGE, "S256", "short", "invalid_grant", "43 to 128", id="short"),
        pytest.param(CHALLENGE, "S256", None, "invalid_grant", "is missing", id="none"),
        pytest.param(CHALLENGE, "S256", "", "invalid_grant", "is missing", id="empty"),
        pytest.param(VERIFIER, "plain", OTHER, "invalid_grant", "must be equal", id="plain"),
        pytest.param(CHALLENGE, None, VERIFIER, "invalid_grant", "by S256", id="method forgotten"),
        pytest.param(None, None, VERIFIER, "invalid_grant", "no code_challenge", id="downgrade"),
    ],
)
def test_another_verifier_does_not_and_the_code_stays_good(
    idp: MockIdP,
    app: Application,
    browser: Browser,
    challenge: str | None,
    method: str | None,
    verifier: str | None,
    error: str,
    hint: str,
) -> None:
    back = app.sign_in(browser, code_challenge=challenge, code_challenge_method=method)
    code = back.answer["code"]
    assert refused(app.redeem(code, code_verifier=verifier)) == (400, error)
    assert hint in idp.journal.last.hint
    right = VERIFIER if challenge else None
    if method or not challenge:
        assert app.redeem(code, code_verifier=right).status == 200


def test_a_public_client_must_send_a_challenge(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    app.client = idp.add_client(
        client_id="spa", token_endpoint_auth_method="none", redirect_uris=[CALLBACK]
    )
    back = app.begin(browser)
    assert back.answer["error"] == "invalid_request"
    assert back.answer["state"] == "st&te=ü"
    assert "a public client must send one" in idp.journal.last.hint
    code = app.sign_in(browser, code_challenge=CHALLENGE, code_challenge_method="S256").answer
    assert refused(app.redeem(code["code"])) == (400, "invalid_grant")
    assert app.redeem(code["code"], code_verifier=VERIFIER).status == 200


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        pytest.param({"redirect_uri": None}, "redirect_uri is missing", id="no redirect URI"),
        pytest.param(
            {"redirect_uri": f"{CALLBACK}/"}, "only by a trailing slash", id="nearly the same"
        ),
        pytest.param(
            {"redirect_uri": "https://app.example/other"},
            "only by the path",
            id="another one that is registered",
        ),
    ],
)
def test_a_code_is_for_the_redirect_uri_that_was_asked_with(
    idp: MockIdP, app: Application, browser: Browser, changes: dict[str, str | None], hint: str
) -> None:
    code = app.sign_in(browser).answer["code"]
    assert refused(app.redeem(code, **changes)) == (400, "invalid_grant")
    assert hint in idp.journal.last.hint
    assert app.redeem(code).status == 200


def test_a_code_is_for_its_client(idp: MockIdP, app: Application, browser: Browser) -> None:
    other = idp.add_client(client_id="other", redirect_uris=[CALLBACK])
    code = app.sign_in(browser).answer["code"]
    stolen = app.redeem(code, client_id="other", client_secret=other.client_secret)
    assert refused(stolen) == (400, "invalid_grant")
    assert "belongs to client 'app', not to 'other'" in idp.journal.last.hint
    assert app.redeem(code).status == 200


def test_a_code_expires(idp: MockIdP, app: Application, browser: Browser) -> None:
    idp.clock.freeze()
    code = app.sign_in(browser).answer["code"]
    idp.clock.advance(59)
    still = app.sign_in(browser).answer["code"]
    idp.clock.advance(1)
    assert refused(app.redeem(code)) == (400, "invalid_grant")
    assert idp.journal.last.hint == "the code expired 0 seconds ago"
    assert app.redeem(still).status == 200


def test_a_used_code_is_refused_and_what_it_gave_is_revoked(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    idp.clock.freeze()
    code = app.sign_in(browser, scope="openid offline_access").answer["code"]
    tokens = json.loads(app.redeem(code).body)
    assert app.userinfo(tokens["access_token"]).status == 200
    idp.clock.advance(30)
    assert refused(app.redeem(code)) == (400, "invalid_grant")
    assert "has been used already; as it may have been stolen" in idp.journal.last.hint
    # RFC 6749, 4.1.2: "SHOULD revoke (when possible) all tokens previously issued"
    assert app.userinfo(tokens["access_token"]).status == 401
    assert app.api(tokens["access_token"]) == 401
    assert refused(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert refused(app.redeem(code)) == (400, "invalid_grant")


def test_another_grant_of_the_same_user_stays(app: Application, browser: Browser) -> None:
    first, second = app.tokens(browser), app.sign_in(browser).answer["code"]
    app.redeem(second)
    app.redeem(second)
    assert app.api(first["access_token"]) == 200


@pytest.mark.parametrize(
    "way",
    ["user disabled", "user removed", "client disabled", "client may no more"],
)
def test_who_may_no_more_gets_nothing_for_a_code(
    idp: MockIdP, app: Application, browser: Browser, way: str
) -> None:
    code = app.sign_in(browser).answer["code"]
    users = idp._lane.users
    if way == "user removed":
        users.remove("alice")
        wanted, hint = (400, "invalid_grant"), "does not exist any more"
    elif way == "user disabled":
        users.replace(replace(idp.user, enabled=False))
        wanted, hint = (400, "invalid_grant"), "has been disabled"
    elif way == "client disabled":
        idp.client.disable()
        wanted, hint = (401, "invalid_client"), "is disabled"
    else:
        idp.client.update(grant_types=["refresh_token"])
        wanted, hint = (400, "unauthorized_client"), "not authorization_code"
    assert refused(app.redeem(code)) == wanted
    assert hint in idp.journal.last.hint
    if way == "user disabled":
        users.replace(replace(idp.user, enabled=True))
        assert app.redeem(code).status == 200, "the refusal has not used the code up"


def test_who_begins_many_sign_ins_keeps_few_cookies(app: Application, browser: Browser) -> None:
    for _ in range(40):
        last = app.begin(browser)
    assert len(browser.cookies) <= 21
    assert browser.press(last, user="alice").path == "/_mockidp/consent"
