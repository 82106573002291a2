"""What a client, or an API, is told of a token (RFC 7662)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.application import ALICE, SECRET, Application, an_application, refused
from fixtures.browser import Browser

API = {"client_id": "api", "client_secret": "secret-of-the-api"}


@pytest.fixture(params=["jwt", "hex:40"])
def app(request: pytest.FixtureRequest) -> Iterator[Application]:
    """With both forms of access tokens."""
    with an_application(access_token_format=request.param) as app:
        app.idp.clock.freeze()
        yield app


def told(app: Application, token: str | None, **given: str | None) -> Any:
    reply = app.post("/introspect", token=token, **given)
    assert reply.status == 200, reply.body
    assert ("cache-control", "no-store") in reply.headers
    return json.loads(reply.body)


def machine_token(app: Application) -> str:
    reply = app.fetch("client_credentials", scope="read")
    return str(json.loads(reply.body)["access_token"])


def user_tokens(app: Application) -> Any:
    return app.tokens(Browser(app.idp.app, app.home), scope="openid offline_access email")


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "something_else"])
def test_a_good_token_is_told_whatever_the_hint(app: Application, hint: str | None) -> None:
    tokens = user_tokens(app)
    now = int(app.idp.clock.now())
    access = told(app, tokens["access_token"], token_type_hint=hint)
    assert access["active"] is True
    assert access["scope"] == "openid offline_access email"
    assert (access["client_id"], access["username"], access["sub"]) == (
        "app",
        "alice",
        ALICE["sub"],
    )
    assert (access["exp"], access["iat"], access["iss"]) == (now + 3600, now, app.home)
    assert access["token_type"] == "Bearer"
    refresh = told(app, tokens["refresh_token"], token_type_hint=hint)
    assert (refresh["active"], refresh["username"], refresh["sub"]) == (True, "alice", ALICE["sub"])
    assert "token_type" not in refresh


def test_a_token_of_the_client_itself_has_no_username(app: Application) -> None:
    found = told(app, machine_token(app))
    assert (found["active"], found["sub"], found["scope"]) == (True, "app", "read")
    assert "username" not in found


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("unknown", id="unknown"),
        pytest.param("a.b.c", id="no JWT"),
        pytest.param("ü\x01\n<script>", id="no token at all"),
        pytest.param("x" * 100_000, id="very long"),
        pytest.param("." * 10_000, id="many dots"),
    ],
)
def test_what_is_no_token_is_not_active_and_nothing_else_is_said(
    app: Application, token: str
) -> None:
    assert told(app, token) == {"active": False}
    assert app.idp.journal.last.hint


def test_nothing_that_is_not_good_is_active(app: Application) -> None:
    tokens = user_tokens(app)
    used = tokens["refresh_token"]
    fresh = json.loads(app.refresh(used).body)["refresh_token"]
    assert told(app, used) == {"active": False}
    assert told(app, fresh)["active"] is True
    assert told(app, tokens["id_token"]) == {"active": False}
    app.idp.clock.advance(3600)
    assert told(app, tokens["access_token"]) == {"active": False}
    assert told(app, fresh)["active"] is True
    app.idp.revoke("alice")
    assert told(app, fresh) == {"active": False}


def test_tokens_of_who_may_sign_in_no_more_are_not_active() -> None:
    with an_application() as app:
        tokens = user_tokens(app)
        lane = app.idp._lane
        user = lane.users.by_sub(str(ALICE["sub"]))
        assert user is not None
        lane.users.remove(user.username)
        assert told(app, tokens["refresh_token"]) == {"active": False}
        app.idp.add_user("alice", sub=ALICE["sub"], enabled=False)
        assert told(app, tokens["access_token"]) == {"active": False}
        assert "disabled" in app.idp.journal.last.hint


def test_another_clients_token_is_as_good_as_none(app: Application) -> None:
    tokens = user_tokens(app)
    app.idp.add_client(**API)
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert told(app, token, **API) == {"active": False}
        assert "issued to 'app'" in app.idp.journal.last.hint


def test_an_api_is_told_of_the_tokens_that_are_for_it() -> None:
    with an_application() as app:
        app.idp.add_client(**API)
        for audience in ("api", ["https://other.example", "api"]):
            app.idp.next_token(claims={"aud": audience})
            assert told(app, machine_token(app), **API)["aud"] == audience
        app.idp.next_token(claims={"aud": ["apis", {"api": 1}]})
        assert told(app, machine_token(app), **API) == {"active": False}


def test_every_client_is_told_of_all_tokens_where_that_is_switched_on() -> None:
    with an_application(introspection_tells="all") as app:
        app.idp.add_client(**API)
        assert told(app, machine_token(app), **API)["client_id"] == "app"


def test_a_token_bound_to_a_key_says_so() -> None:
    with an_application() as app:
        app.idp.next_token(claims={"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}})
        found = told(app, machine_token(app))
        assert found["token_type"] == "DPoP"  # RFC 9449, 6.2
        assert found["cnf"] == {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}


@pytest.mark.parametrize(
    ("given", "answer", "hint"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client"), "wrong client_secret"),
        ({"client_id": None, "client_secret": None}, (401, "invalid_client"), "no client cred"),
        ({"client_id": "nobody"}, (401, "invalid_client"), "no client has the id"),
        ({"token": None}, (400, "invalid_request"), "token is missing"),
        ({"client_id": "spa", "client_secret": None}, (401, "invalid_client"), "is public"),
    ],
)
def test_a_refusal_says_what_is_wrong(
    app: Application, given: dict[str, str | None], answer: tuple[int, str], hint: str
) -> None:
    app.idp.add_client(client_id="spa", token_endpoint_auth_method="none")
    reply = app.post("/introspect", **{"token": "x", **given})
    assert refused(reply) == answer
    assert hint in app.idp.journal.last.hint
    assert app.idp.journal.last.cites


def test_the_journal_shows_no_token(app: Application) -> None:
    token = machine_token(app)
    told(app, token)
    told(app, f"{token}x")
    written = app.idp.journal.render(100)
    assert token[-20:] not in written
    assert SECRET not in written


def test_a_provider_without_it_says_nothing_of_it() -> None:
    with an_application(introspection_path="") as app:
        assert app.post("/introspect", token="x").status == 404
        assert "introspection_endpoint" not in app.idp.metadata()
