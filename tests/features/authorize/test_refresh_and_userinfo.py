"""What a sign-in gives for later: refresh tokens, and the claims about the user (RFC 6749, section
6; RFC 9700, 4.14; OpenID Connect Core 1.0, 5.3, 5.4, 11 and 12).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from fixtures.application import ALICE, APP, BOB, Application, an_application, claims_in, refused
from fixtures.asgi import Reply, call
from fixtures.browser import FORM, Browser
from mockidp import MockIdP

OFFLINE = "openid email offline_access"


@pytest.fixture
def tokens(app: Application, browser: Browser, idp: MockIdP) -> Any:
    idp.clock.freeze(at=1_700_000_000)
    return app.tokens(browser, scope=OFFLINE)


# -- refresh tokens -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "grants", "is_given"),
    [
        ("openid offline_access", None, True),
        ("offline_access", None, True),
        ("openid", None, False),
        ("openid offline_access", ["authorization_code"], False),
    ],
)
def test_a_refresh_token_is_for_who_asks_and_may(
    idp: MockIdP,
    app: Application,
    browser: Browser,
    scope: str,
    grants: list[str] | None,
    is_given: bool,
) -> None:
    if grants:
        idp.client.update(grant_types=grants)
    assert ("refresh_token" in app.tokens(browser, scope=scope)) is is_given


def test_each_use_gives_a_new_one(idp: MockIdP, app: Application, tokens: Any) -> None:
    idp.clock.advance(10)
    reply = app.refresh(tokens["refresh_token"])
    again = json.loads(reply.body)
    assert (reply.status, again["token_type"], again["scope"]) == (200, "Bearer", OFFLINE)
    assert ("cache-control", "no-store") in reply.headers
    for name in ("refresh_token", "access_token", "id_token"):
        assert again[name] != tokens[name]
    first, second = claims_in(tokens["id_token"]), claims_in(again["id_token"])
    # OpenID Connect Core 1.0, 12.2
    for name in ("iss", "sub", "aud", "auth_time"):
        assert first[name] == second[name]
    assert second["iat"] == first["iat"] + 10
    assert "nonce" not in second
    # The access token before stays good: RFC 6749, 6 does not end it.
    assert app.api(tokens["access_token"]) == app.api(again["access_token"]) == 200


def test_reuse_revokes_the_family(
    idp: MockIdP, app: Application, browser: Browser, tokens: Any
) -> None:
    other = app.tokens(browser, scope=OFFLINE)
    again = json.loads(app.refresh(tokens["refresh_token"]).body)
    # RFC 9700, 4.14.2
    assert refused(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert "has been used already; as it may have been stolen" in idp.journal.last.hint
    assert refused(app.refresh(again["refresh_token"])) == (400, "invalid_grant")
    for given in (tokens, again):
        assert app.api(given["access_token"]) == 401
        assert app.userinfo(given["access_token"]).status == 401
    assert app.refresh(other["refresh_token"]).status == 200, "another grant is another family"


def test_a_family_may_grow_old(idp: MockIdP, app: Application, tokens: Any) -> None:
    token = tokens["refresh_token"]
    for _ in range(5):
        idp.clock.advance(days=13)
        token = json.loads(app.refresh(token).body)["refresh_token"]
    idp.clock.advance(days=14)
    assert refused(app.refresh(token)) == (400, "invalid_grant")
    assert idp.journal.last.hint == "the refresh token expired 0 seconds ago"


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, OFFLINE),
        ("", OFFLINE),
        (" ", OFFLINE),
        ("email", "email"),
        ("openid", "openid"),
        ("email openid", "email openid"),
    ],
)
def test_a_refresh_may_ask_for_less(
    app: Application, tokens: Any, asked: str | None, granted: str
) -> None:
    again = json.loads(app.refresh(tokens["refresh_token"], scope=asked).body)
    assert again["scope"] == granted
    assert ("id_token" in again) is ("openid" in granted.split())
    # RFC 6749, 6: the new refresh token has the scope of the old one.
    assert json.loads(app.refresh(again["refresh_token"]).body)["scope"] == OFFLINE


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("openid profile", "'profile' is not one that the refresh token stands for"),
        ("openid emial", "did you mean 'email'?"),
        ('"', "U+0022"),
    ],
)
def test_and_not_for_more(
    idp: MockIdP, app: Application, tokens: Any, asked: str, hint: str
) -> None:
    assert refused(app.refresh(tokens["refresh_token"], scope=asked)) == (400, "invalid_scope")
    assert hint in idp.journal.last.hint
    assert app.refresh(tokens["refresh_token"]).status == 200, "the mistake does not use it up"


def test_a_refresh_token_is_for_its_client(idp: MockIdP, app: Application, tokens: Any) -> None:
    thief = idp.add_client(client_id="thief")
    stolen = app.refresh(
        tokens["refresh_token"], client_id="thief", client_secret=thief.client_secret
    )
    assert refused(stolen) == (400, "invalid_grant")
    assert "belongs to client 'app'" in idp.journal.last.hint
    assert app.refresh(tokens["refresh_token"]).status == 200


@pytest.mark.parametrize("sent", ["x", "x" * 5000, "\x7f", "ü"])
def test_what_is_no_refresh_token(idp: MockIdP, app: Application, sent: str) -> None:
    assert refused(app.refresh(sent)) == (400, "invalid_grant")
    assert "there is no such refresh token" in idp.journal.last.hint
    assert sent == "x" or sent not in idp.journal.render()


def test_a_code_is_no_refresh_token_and_the_other_way_round(
    app: Application, browser: Browser, tokens: Any
) -> None:
    code = app.sign_in(browser).answer["code"]
    assert refused(app.refresh(code)) == (400, "invalid_grant")
    assert refused(app.redeem(tokens["refresh_token"])) == (400, "invalid_grant")
    assert refused(app.refresh(tokens["access_token"])) == (400, "invalid_grant")


def test_a_user_who_is_disabled_gets_nothing_and_loses_nothing(
    idp: MockIdP, app: Application, tokens: Any
) -> None:
    users = idp._lane.users
    users.replace(replace(idp.user, enabled=False))
    assert refused(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert "has been disabled" in idp.journal.last.hint
    assert app.userinfo(tokens["access_token"]).status == 401
    users.replace(replace(idp.user, enabled=True))
    assert app.userinfo(tokens["access_token"]).status == 200
    assert app.refresh(tokens["refresh_token"]).status == 200


def test_a_disabled_client_gets_nothing(idp: MockIdP, app: Application, tokens: Any) -> None:
    idp.client.disable()
    assert refused(app.refresh(tokens["refresh_token"])) == (401, "invalid_client")
    idp.client.enable()
    assert app.refresh(tokens["refresh_token"]).status == 200


@pytest.fixture
def kept() -> Iterator[Application]:
    """At a provider whose refresh tokens stay, and whose access tokens end with each use."""
    settings: dict[str, Any] = {
        "refresh_token": {"rotates": False, "revokes_access_token": True, "needs": "nothing"}
    }
    idp = MockIdP("openid", config={}, clients=[APP], users=[ALICE, BOB], **settings)
    yield Application(idp, idp.client)
    idp.close()


def test_a_refresh_token_may_stay_the_same(kept: Application) -> None:
    tokens = kept.tokens(Browser(kept.idp.app, kept.home))
    assert "refresh_token" in tokens, "no offline_access is needed"
    for _ in range(3):
        again = json.loads(kept.refresh(tokens["refresh_token"]).body)
        assert "refresh_token" not in again
        assert kept.api(again["access_token"]) == 200
    assert kept.api(tokens["access_token"]) == 401


def test_a_user_may_take_everything_back(
    idp: MockIdP, app: Application, browser: Browser, tokens: Any
) -> None:
    idp.revoke("alice", "app")
    assert app.api(tokens["access_token"]) == 401
    assert refused(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert app.begin(browser).path == "/_mockidp/consent"


# -- userinfo -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid", {}),
        ("openid email", {"email": "alice@example.com", "email_verified": True}),
        ("openid phone", {"phone_number": "+1 555 0100"}),
        ("openid profile", {"name": "Alice Ames"}),
        ("openid address", {}),
        (
            "phone email openid",
            {
                "email": "alice@example.com",
                "email_verified": True,
                "phone_number": "+1 555 0100",
            },
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_scopes_say_which_claims(
    app: Application, browser: Browser, scope: str, claims: dict[str, Any], method: str
) -> None:
    token = app.tokens(browser, scope=scope)["access_token"]
    reply = app.userinfo(token, method)
    assert json.loads(reply.body) == {"sub": ALICE["sub"], **claims}
    assert ("content-type", "application/json") in reply.headers
    assert ("cache-control", "no-store") in reply.headers


def test_it_is_nowhere_where_no_client_can_ask_for_openid() -> None:
    with an_application(scopes_supported=["read"]) as app:
        assert app.userinfo("x").status == 404
        assert "nothing is at this path" in app.idp.journal.last.hint


def ask_userinfo(
    app: Application, method: str, *headers: tuple[str, str], query: str = "", body: bytes = b""
) -> Reply:
    return call(app.idp.app, method, f"{app.home}/userinfo{query}", headers=headers, body=body)


def test_the_token_may_be_in_a_form(app: Application, tokens: Any) -> None:
    body = urlencode({"access_token": tokens["access_token"]}).encode()
    reply = ask_userinfo(app, "POST", ("content-type", FORM), body=body)
    assert json.loads(reply.body)["sub"] == ALICE["sub"]


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_case_insensitive(app: Application, tokens: Any, scheme: str) -> None:
    header = ("authorization", f"{scheme} {tokens['access_token']}")
    assert ask_userinfo(app, "GET", header).status == 200


NO_TOKEN = 'Bearer realm="mockidp", DPoP algs="RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519"'


@pytest.mark.parametrize(
    ("way", "status", "challenge", "hint"),
    [
        pytest.param("none", 401, NO_TOKEN, "no Authorization header", id="none"),
        pytest.param("query", 401, NO_TOKEN, "no Authorization", id="query"),
        pytest.param("form by GET", 401, NO_TOKEN, "no Auth", id="form by GET"),
        pytest.param("JSON", 401, NO_TOKEN, "no Authorization", id="JSON"),
        pytest.param("basic", 401, NO_TOKEN, "the scheme 'Basic'", id="basic"),
        pytest.param("two", 400, "invalid_request", "more than one access token", id="two ways"),
        pytest.param("twice", 400, "invalid_request", "more than one access token", id="twice"),
        pytest.param("garbage", 401, "invalid_token", "malformed", id="garbage"),
        pytest.param("id_token", 401, "invalid_token", "is it an ID token?", id="the ID token"),
        pytest.param("of a client", 403, "insufficient_scope", "'openid'", id="of a client"),
        pytest.param("expired", 401, "expired", "expired 1 seconds ago", id="expired"),
        pytest.param("PUT", 405, "", "GET, HEAD, POST", id="PUT"),
    ],
)
def test_userinfo_refuses(
    idp: MockIdP,
    app: Application,
    tokens: Any,
    way: str,
    status: int,
    challenge: str,
    hint: str,
) -> None:
    token = tokens["access_token"]
    header = ("authorization", f"Bearer {token}")
    form = ("content-type", FORM)
    body = urlencode({"access_token": token}).encode()
    match way:
        case "none":
            reply = ask_userinfo(app, "GET")
        case "query":
            reply = ask_userinfo(app, "GET", query=f"?access_token={token}")
        case "form by GET":
            reply = ask_userinfo(app, "GET", form, body=body)
        case "JSON":
            json_type = ("content-type", "application/json")
            reply = ask_userinfo(
                app, "POST", json_type, body=json.dumps({"access_token": token}).encode()
            )
        case "basic":
            reply = ask_userinfo(app, "GET", ("authorization", "Basic YTpi"))
        case "two":
            reply = ask_userinfo(app, "POST", header, form, body=body)
        case "twice":
            reply = ask_userinfo(app, "GET", header, header)
        case "garbage":
            reply = app.userinfo("garbage")
        case "id_token":
            reply = app.userinfo(tokens["id_token"])
        case "of a client":
            reply = app.userinfo(idp.issue_token(scope="read"))
        case "expired":
            idp.clock.advance(3601)
            reply = app.userinfo(token)
        case _:
            reply = ask_userinfo(app, way, header)
    assert reply.status == status
    assert challenge in dict(reply.headers).get("www-authenticate", "")
    assert hint in idp.journal.last.hint
    assert token not in idp.journal.render()


def test_a_token_without_a_user_is_told_apart(app: Application) -> None:
    token = app.idp.issue_token(client="app", claims={"scope": "openid"})
    assert app.userinfo(token).status == 401
    assert "the client's own" in app.idp.journal.last.hint
