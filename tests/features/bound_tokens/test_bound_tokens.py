"""Tokens that are bound to a key, over the whole way: codes, pushed requests, refresh tokens, the
API and userinfo (RFC 9449, 5 to 10).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from fixtures.application import APP, CALLBACK, Application, an_application, claims_in, refused
from fixtures.asgi import Reply, call
from fixtures.browser import FORM, Browser
from fixtures.dpop import EC_JKT, ED25519_JKT, proof
from fixtures.signed import EC, ED25519
from mockidp.oauth.pkce import challenge_of

VERIFIER = "v" * 43
SPA = {
    "client_id": "spa",
    "redirect_uris": [CALLBACK],
    "token_endpoint_auth_method": "none",
    "grant_types": ["authorization_code", "refresh_token"],
    "skip_consent": True,
}
CHALLENGE = {"code_challenge": challenge_of(VERIFIER, "S256"), "code_challenge_method": "S256"}
ALGS = 'algs="RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519"'


@pytest.fixture
def app() -> Iterator[Application]:
    confidential = APP | {"grant_types": ["authorization_code", "refresh_token"]}
    with an_application(clients=[confidential, SPA]) as app:
        app.idp.clock.freeze()
        yield app


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app.idp.app, app.home)


def post(app: Application, path: str, *proofs: str, **form: str | None) -> Reply:
    sent = {name: value for name, value in form.items() if value is not None}
    headers = [("content-type", FORM), *(("dpop", one) for one in proofs)]
    body = urlencode(sent).encode()
    return call(app.idp.app, "POST", f"{app.home}{path}", headers=headers, body=body)


def made(app: Application, path: str = "/token", method: str = "POST", **changes: Any) -> str:
    return proof(method, f"{app.home}{path}", now=app.idp.clock.now(), **changes)


def code_of(app: Application, browser: Browser, **changes: str | None) -> str:
    asked: dict[str, str | None] = {
        "client_id": "spa",
        "scope": "openid offline_access",
        "prompt": "consent",
        **CHALLENGE,
        **changes,
    }
    return app.sign_in(browser, "alice", **asked).answer["code"]


def redeem(app: Application, code: str, *proofs: str) -> Reply:
    form = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return post(app, "/token", *proofs, grant_type="authorization_code", client_id="spa", **form)


def refresh(app: Application, token: str, *proofs: str, **more: str) -> Reply:
    who = {"client_id": "spa", **more}
    return post(app, "/token", *proofs, grant_type="refresh_token", refresh_token=token, **who)


def use(
    app: Application, token: str, path: str = "/userinfo", scheme: str = "DPoP", **changes: Any
) -> Reply:
    headers = [("authorization", f"{scheme} {token}")]
    if scheme == "DPoP":
        headers.append(("dpop", made(app, path, "GET", **{"token": token, **changes})))
    return call(app.idp.app, "GET", f"{app.home}{path}", headers=headers)


def challenge(reply: Reply) -> str:
    return dict(reply.headers)["www-authenticate"]


def test_the_whole_way_of_a_public_client(app: Application, browser: Browser) -> None:
    tokens = json.loads(redeem(app, code_of(app, browser), made(app)).body)
    assert tokens["token_type"] == "DPoP"
    assert claims_in(tokens["access_token"])["cnf"] == {"jkt": EC_JKT}
    assert json.loads(use(app, tokens["access_token"]).body)["sub"] == "sub-alice"
    assert use(app, tokens["access_token"], "/api/me").status == 200
    again = json.loads(refresh(app, tokens["refresh_token"], made(app)).body)
    assert claims_in(again["access_token"])["cnf"] == {"jkt": EC_JKT}


def test_a_refresh_token_of_a_public_client_is_bound(app: Application, browser: Browser) -> None:
    token = json.loads(redeem(app, code_of(app, browser), made(app)).body)["refresh_token"]
    assert refused(refresh(app, token)) == (400, "invalid_grant")
    assert "no DPoP header" in app.idp.journal.last.hint
    assert refused(refresh(app, token, made(app, key=ED25519))) == (400, "invalid_grant")
    assert ED25519_JKT in app.idp.journal.last.hint
    # Neither has used it up.
    again = refresh(app, token, made(app))
    assert again.status == 200
    assert refused(refresh(app, json.loads(again.body)["refresh_token"])) == (400, "invalid_grant")


def test_that_of_a_confidential_client_is_not(app: Application, browser: Browser) -> None:
    who = {"client_id": "app", "client_secret": app.client.client_secret}
    screen = app.sign_in(browser, scope="openid offline_access", prompt="consent")
    form = {"code": screen.answer["code"], "redirect_uri": CALLBACK, **who}
    tokens = json.loads(
        post(app, "/token", made(app), grant_type="authorization_code", **form).body
    )
    again = refresh(app, tokens["refresh_token"], made(app, key=ED25519), **who)
    assert claims_in(json.loads(again.body)["access_token"])["cnf"] == {"jkt": ED25519_JKT}


def test_a_code_can_be_bound(app: Application, browser: Browser) -> None:
    code = code_of(app, browser, dpop_jkt=EC_JKT)
    assert refused(redeem(app, code)) == (400, "invalid_grant")
    assert refused(redeem(app, code, made(app, key=ED25519))) == (400, "invalid_grant")
    assert "the code is bound to the key" in app.idp.journal.last.hint
    assert redeem(app, code, made(app)).status == 200


@pytest.mark.parametrize("jkt", ["x", "ü" * 43, "x" * 44, "=" * 43, "x" * 5000])
def test_a_thumbprint_that_is_none_is_refused(app: Application, browser: Browser, jkt: str) -> None:
    screen = app.begin(browser, dpop_jkt=jkt)
    assert screen.answer["error"] == "invalid_request"


def push(app: Application, *proofs: str, **more: str | None) -> Reply:
    asked = app.asks(client_id="spa", **CHALLENGE, **more)
    return post(app, "/par", *proofs, **asked)


def test_a_pushed_request_can_be_bound(app: Application, browser: Browser) -> None:
    uri = json.loads(push(app, made(app, "/par")).body)["request_uri"]
    page = browser.open("/authorize", client_id="spa", request_uri=uri)
    code = browser.press(page, user="alice").answer["code"]
    assert refused(redeem(app, code, made(app, key=ED25519))) == (400, "invalid_grant")
    assert redeem(app, code, made(app)).status == 200


def test_a_pushed_request_and_its_proof_name_one_key(app: Application) -> None:
    assert push(app, made(app, "/par"), dpop_jkt=EC_JKT).status == 201
    reply = push(app, made(app, "/par"), dpop_jkt=ED25519_JKT)
    assert refused(reply) == (400, "invalid_request")
    assert "dpop_jkt is" in app.idp.journal.last.hint
    assert refused(push(app, made(app, "/token"))) == (400, "invalid_dpop_proof")


@pytest.fixture
def token(app: Application, browser: Browser) -> str:
    found: str = json.loads(redeem(app, code_of(app, browser), made(app)).body)["access_token"]
    return found


@pytest.mark.parametrize("path", ["/userinfo", "/api/me"])
def test_a_bound_token_is_no_bearer_token(app: Application, token: str, path: str) -> None:
    reply = use(app, token, path, "Bearer")
    assert reply.status == 401
    assert challenge(reply).startswith("DPoP ")
    assert 'error="invalid_token"' in challenge(reply)
    assert ALGS in challenge(reply)
    assert "bearer token" in app.idp.journal.last.hint


def test_nor_in_a_form(app: Application, token: str) -> None:
    assert post(app, "/userinfo", access_token=token).status == 401


def test_a_bearer_token_is_no_bound_one(app: Application, browser: Browser) -> None:
    plain = json.loads(redeem(app, code_of(app, browser)).body)["access_token"]
    assert use(app, plain, scheme="Bearer").status == 200
    reply = use(app, plain)
    assert reply.status == 401
    assert challenge(reply).startswith('DPoP realm="mockidp", error="invalid_token"')


@pytest.mark.parametrize("path", ["/userinfo", "/api/me"])
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"ath": None}, "invalid_dpop_proof", id="no ath"),
        pytest.param({"ath": "another"}, "invalid_dpop_proof", id="another ath"),
        pytest.param({"key": ED25519}, "invalid_token", id="another key"),
        pytest.param({"htm": "POST"}, "invalid_dpop_proof", id="htm"),
        pytest.param({"htu": "https://mockidp.example/x"}, "invalid_dpop_proof", id="htu"),
        pytest.param({"iat": 1}, "invalid_dpop_proof", id="iat"),
        pytest.param({"header": {"jwk": dict(EC)}}, "invalid_dpop_proof", id="private key"),
    ],
)
def test_the_proof_at_an_api_is_checked(
    app: Application, token: str, path: str, changes: dict[str, Any], error: str
) -> None:
    reply = use(app, token, path, **changes)
    assert reply.status == 401
    assert json.loads(reply.body)["error"] == error
    assert f'error="{error}"' in challenge(reply)
    assert challenge(reply).startswith("DPoP ")
    assert ALGS in challenge(reply)
    assert app.idp.journal.last.error == error


def test_a_proof_at_an_api_is_good_once(app: Application, token: str) -> None:
    headers = [
        ("authorization", f"DPoP {token}"),
        ("dpop", made(app, "/api/me", "GET", token=token)),
    ]
    answers = [call(app.idp.app, "GET", f"{app.home}/api/me", headers=headers) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 401]


def test_the_scheme_is_case_insensitive(app: Application, token: str) -> None:
    headers = [
        ("authorization", f"dpop {token}"),
        ("dpop", made(app, "/api/me", "GET", token=token)),
    ]
    assert call(app.idp.app, "GET", f"{app.home}/api/me", headers=headers).status == 200


def test_a_bound_token_expires_and_lacks_scopes_like_any_other(
    app: Application, token: str
) -> None:
    with an_application(api_scopes={"GET /api/me": "write"}) as other:
        reply = use(other, token, "/api/me")
        assert reply.status == 401
    app.idp.clock.advance(3600)
    reply = use(app, token)
    assert challenge(reply).startswith("DPoP ")
    assert "expired at" in challenge(reply)


def test_too_little_scope_is_said_in_the_scheme_of_the_token(browser: Browser) -> None:
    settings: dict[str, Any] = {"api_scopes": {"GET /api/me": "write"}, "clients": [SPA]}
    with an_application(**settings) as app:
        browser = Browser(app.idp.app, app.home)
        found = json.loads(redeem(app, code_of(app, browser), made(app)).body)["access_token"]
        reply = use(app, found, "/api/me")
        assert reply.status == 403
        assert challenge(reply).startswith('DPoP realm="mockidp", error="insufficient_scope"')


def test_a_client_that_must_bind_its_tokens(app: Application, browser: Browser) -> None:
    app.idp.add_client(**SPA | {"client_id": "bound", "dpop_bound_access_tokens": True})
    form = {"redirect_uri": CALLBACK, "code_verifier": VERIFIER, "client_id": "bound"}
    code = code_of(app, browser, client_id="bound")
    asked = {"grant_type": "authorization_code", "code": code, **form}
    assert refused(post(app, "/token", **asked)) == (400, "invalid_dpop_proof")
    assert "dpop_bound_access_tokens" in app.idp.journal.last.hint
    assert post(app, "/token", made(app), **asked).status == 200


def test_no_token_of_such_a_client_goes_through_a_browser(
    app: Application, browser: Browser
) -> None:
    grants = ["authorization_code", "implicit"]
    changes = {"client_id": "bound", "dpop_bound_access_tokens": True, "grant_types": grants}
    app.idp.add_client(**SPA | changes)
    asked = {"client_id": "bound", "response_type": "code token", **CHALLENGE}
    assert app.begin(browser, **asked).answer["error"] == "unauthorized_client"


def test_introspection_tells_the_key(app: Application, browser: Browser) -> None:
    who = {"client_id": "app", "client_secret": app.client.client_secret}
    screen = app.sign_in(browser)
    form = {"code": screen.answer["code"], "redirect_uri": CALLBACK, **who}
    tokens = json.loads(
        post(app, "/token", made(app), grant_type="authorization_code", **form).body
    )
    told = json.loads(post(app, "/introspect", token=tokens["access_token"], **who).body)
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": EC_JKT})


def test_opaque_tokens_are_bound_as_well() -> None:
    with an_application(access_token_format="token:32", clients=[SPA]) as app:
        browser = Browser(app.idp.app, app.home)
        found = json.loads(redeem(app, code_of(app, browser), made(app)).body)["access_token"]
        assert "." not in found
        assert use(app, found).status == 200
        assert use(app, found, scheme="Bearer").status == 401


def nonce_in(reply: Reply) -> str:
    return dict(reply.headers)["dpop-nonce"]


def test_nonces() -> None:
    with an_application(dpop_nonce="required", clients=[SPA]) as app:
        app.idp.clock.freeze()
        code = code_of(app, Browser(app.idp.app, app.home))
        reply = redeem(app, code, made(app))
        assert refused(reply) == (400, "use_dpop_nonce")
        assert "has no nonce" in app.idp.journal.last.hint
        reply = redeem(app, code, made(app, nonce=nonce_in(reply)))
        assert reply.status == 200
        token = json.loads(reply.body)["access_token"]
        refusal = use(app, token)
        assert (refusal.status, json.loads(refusal.body)["error"]) == (401, "use_dpop_nonce")
        assert challenge(refusal).startswith('DPoP error="use_dpop_nonce"')
        good = use(app, token, nonce=nonce_in(refusal))
        assert good.status == 200
        app.idp.clock.advance(299)
        assert use(app, token, nonce=nonce_in(good)).status == 200
        app.idp.clock.advance(1)
        assert use(app, token, nonce=nonce_in(good)).status == 401
        assert "was given out 300 s ago" in app.idp.journal.last.hint
        assert refused(push(app, made(app, "/par"))) == (400, "use_dpop_nonce")


@pytest.mark.parametrize("nonce", ["", "x", "ü" * 32, "A" * 32, "=" * 32, 7, ["x"], "\x00" * 32])
def test_a_nonce_of_somebody_else_is_none(nonce: Any) -> None:
    with an_application(dpop_nonce="required") as app:
        reply = post(app, "/token", made(app, nonce=nonce), grant_type="client_credentials")
        assert reply.status in (400, 401)
        given = {"client_id": "app", "client_secret": app.client.client_secret}
        app.idp.add_client(**APP | {"client_id": "cc", "grant_types": ["client_credentials"]})
        asked = {"grant_type": "client_credentials", **given, "client_id": "cc"}
        assert refused(post(app, "/token", made(app, nonce=nonce), **asked)) == (
            400,
            "use_dpop_nonce",
        )


def test_one_seed_gives_the_same_nonces() -> None:
    found = []
    for _ in range(2):
        with an_application(dpop_nonce="required", seed=7, clients=[SPA]) as app:
            app.idp.clock.freeze(at=1_700_000_000)
            found.append(app.idp._lane.nonces.make())
    assert found[0] == found[1]
