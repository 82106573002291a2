"""A client gives its tokens back (RFC 7009)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.application import Application, an_application, refused
from fixtures.browser import Browser

OTHER = {"client_id": "other", "client_secret": "secret-of-the-other"}
SPA = {"client_id": "spa", "token_endpoint_auth_method": "none"}


@pytest.fixture(params=["jwt", "hex:40"])
def app(request: pytest.FixtureRequest) -> Iterator[Application]:
    """With both forms of access tokens."""
    with an_application(access_token_format=request.param) as app:
        yield app


def user_tokens(app: Application) -> Any:
    return app.tokens(Browser(app.idp.app, app.home), scope="openid offline_access")


def machine_token(app: Application) -> str:
    return str(json.loads(app.fetch("client_credentials", scope="read").body)["access_token"])


def revoke(app: Application, token: str, **given: str | None) -> None:
    reply = app.post("/revoke", token=token, **given)
    assert (reply.status, reply.body) == (200, b"")


@pytest.mark.parametrize("hint", [None, "refresh_token", "access_token", "no_such_type"])
def test_a_refresh_token_takes_its_grant_with_it(app: Application, hint: str | None) -> None:
    tokens = user_tokens(app)
    second = json.loads(app.refresh(tokens["refresh_token"]).body)
    revoke(app, second["refresh_token"], token_type_hint=hint)
    assert refused(app.refresh(second["refresh_token"])) == (400, "invalid_grant")
    for token in (tokens["access_token"], second["access_token"]):
        assert app.userinfo(token).status == 401
        assert app.api(token) == 401


def test_another_grant_of_the_same_user_stays(app: Application) -> None:
    first, second = user_tokens(app), user_tokens(app)
    revoke(app, first["refresh_token"])
    assert app.userinfo(second["access_token"]).status == 200
    assert app.refresh(second["refresh_token"]).status == 200


@pytest.mark.parametrize("hint", [None, "refresh_token", "access_token"])
def test_an_access_token_goes_alone(app: Application, hint: str | None) -> None:
    tokens = user_tokens(app)
    revoke(app, tokens["access_token"], token_type_hint=hint)
    assert app.userinfo(tokens["access_token"]).status == 401
    assert app.refresh(tokens["refresh_token"]).status == 200


def test_it_takes_its_grant_with_it_where_that_is_switched_on() -> None:
    with an_application(revocation_whole_grant=True) as app:
        tokens = user_tokens(app)
        revoke(app, tokens["access_token"])
        assert app.userinfo(tokens["access_token"]).status == 401
        assert refused(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
        alone = machine_token(app)
        revoke(app, alone)
        assert app.api(alone) == 401


def test_a_token_of_which_nothing_is_kept_is_refused_until_it_expires(app: Application) -> None:
    token, other = machine_token(app), machine_token(app)
    revoke(app, token)
    assert (app.api(token), app.api(other)) == (401, 200)
    lane = app.idp._lane
    assert len(lane.store.find("revoked", now=lane.clock.now())) == 1
    app.idp.clock.advance(3600)
    assert lane.store.find("revoked", now=lane.clock.now()) == []


def test_revoking_what_is_expired_revoked_or_unknown_is_no_error_and_keeps_nothing(
    app: Application,
) -> None:
    token = machine_token(app)
    app.idp.clock.advance(3601)
    lane = app.idp._lane
    for wrong in (token, token, "unknown", "a.b.c", "x" * 100_000, "ü\x01\n"):
        revoke(app, wrong)
        assert "nothing to revoke" in app.idp.journal.last.hint
    assert lane.store.find("revoked", now=lane.clock.now()) == []


def test_a_public_client_gives_its_own_tokens_back(app: Application) -> None:
    idp = app.idp
    idp.add_client(**SPA)
    mine = idp.issue_token("spa", user="alice")
    revoke(app, mine, client_id="spa", client_secret=None)
    assert app.userinfo(mine).status == 401


def test_another_clients_token_is_refused_and_stays_good(app: Application) -> None:
    tokens = user_tokens(app)
    for other in (OTHER, SPA):
        app.idp.add_client(**other)
        credentials = {"client_id": other["client_id"], "client_secret": other.get("client_secret")}
        for name in ("access_token", "refresh_token"):
            reply = app.post("/revoke", token=tokens[name], **credentials)
            assert refused(reply) == (400, "invalid_grant")
            assert "was issued to client 'app'" in app.idp.journal.last.hint
    assert app.userinfo(tokens["access_token"]).status == 200
    assert app.refresh(tokens["refresh_token"]).status == 200


@pytest.mark.parametrize("revocable", ["refresh_token", "access_token"])
def test_a_type_that_the_provider_does_not_revoke_is_named(revocable: str) -> None:
    with an_application(revocation_token_types=[revocable]) as app:
        tokens = user_tokens(app)
        (other,) = {"refresh_token", "access_token"} - {revocable}
        reply = app.post("/revoke", token=tokens[other])
        assert refused(reply) == (400, "unsupported_token_type")
        assert f"of the type {other}" in app.idp.journal.last.hint
        assert app.idp.journal.last.cites == "RFC 7009, 2.2.1"
        revoke(app, tokens[revocable])


@pytest.mark.parametrize(
    ("given", "answer", "hint"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client"), "wrong client_secret"),
        ({"client_id": None, "client_secret": None}, (401, "invalid_client"), "no client cred"),
        ({"client_secret": None}, (401, "invalid_client"), "has a secret"),
        ({"token": None}, (400, "invalid_request"), "token is missing"),
        ({"token": ""}, (400, "invalid_request"), "token is missing"),
    ],
)
def test_a_refusal_says_what_is_wrong(
    app: Application, given: dict[str, str | None], answer: tuple[int, str], hint: str
) -> None:
    assert refused(app.post("/revoke", **{"token": "x", **given})) == answer
    assert hint in app.idp.journal.last.hint
    assert app.idp.journal.last.cites


def test_a_provider_without_it_says_nothing_of_it() -> None:
    with an_application(revocation_path="") as app:
        assert app.post("/revoke", token="x").status == 404
        assert "revocation_endpoint" not in app.idp.metadata()
