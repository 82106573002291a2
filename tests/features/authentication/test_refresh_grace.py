"""A refresh token that was used a moment ago, where the provider forgives it (RFC 9700, 4.14.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.application import APP, Application, an_application, refused
from fixtures.browser import Browser

OFFLINE = "openid offline_access"


@pytest.fixture
def graceful() -> Iterator[Application]:
    other = {**APP, "client_id": "other"}
    with an_application(refresh_token_grace=10, clients=[APP, other]) as app:
        app.idp.clock.freeze(at=1_700_000_000)
        yield app


@pytest.fixture
def tokens(graceful: Application) -> Any:
    return graceful.tokens(Browser(graceful.idp.app, graceful.idp.issuer), scope=OFFLINE)


def test_it_gives_a_new_pair_each_time(graceful: Application, tokens: Any) -> None:
    given = [tokens]
    for _ in range(3):
        reply = graceful.refresh(tokens["refresh_token"])
        assert reply.status == 200, reply.body
        given.append(json.loads(reply.body))
    for name in ("refresh_token", "access_token", "id_token"):
        assert len({each[name] for each in given}) == 4
    for each in given[1:]:
        assert graceful.refresh(each["refresh_token"]).status == 200
        assert graceful.userinfo(each["access_token"]).status == 200


def test_afterwards_it_is_a_theft(graceful: Application, tokens: Any) -> None:
    again = json.loads(graceful.refresh(tokens["refresh_token"]).body)
    graceful.idp.clock.advance(9.9)
    assert graceful.refresh(tokens["refresh_token"]).status == 200
    graceful.idp.clock.advance(0.1)
    assert refused(graceful.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert "may have been stolen" in graceful.idp.journal.last.hint
    assert refused(graceful.refresh(again["refresh_token"])) == (400, "invalid_grant")
    assert graceful.userinfo(again["access_token"]).status == 401


@pytest.mark.parametrize("how", ["revoked grant", "revoked token", "other client", "user is gone"])
def test_nothing_else_is_forgiven(graceful: Application, tokens: Any, how: str) -> None:
    graceful.refresh(tokens["refresh_token"])
    given: dict[str, str] = {}
    if how == "revoked grant":
        graceful.idp.revoke("alice")
    elif how == "revoked token":
        assert graceful.post("/revoke", token=tokens["refresh_token"]).status == 200
    elif how == "other client":
        given["client_id"] = "other"
    else:
        graceful.idp._lane.users.remove("alice")
    assert refused(graceful.refresh(tokens["refresh_token"], **given)) == (400, "invalid_grant")


def test_an_expired_one_is_expired(graceful: Application) -> None:
    with an_application(refresh_token_grace=10, refresh_token_lifetime=5) as app:
        app.idp.clock.freeze(at=1_700_000_000)
        tokens = app.tokens(Browser(app.idp.app, app.idp.issuer), scope=OFFLINE)
        assert app.refresh(tokens["refresh_token"]).status == 200
        app.idp.clock.advance(5)
        assert refused(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
        assert "expired" in app.idp.journal.last.hint


def is_active(app: Application, token: str, hint: str) -> bool:
    reply = app.post("/introspect", token=token, token_type_hint=hint)
    return bool(json.loads(reply.body)["active"])


@pytest.mark.parametrize("hint", ["refresh_token", "access_token"])
def test_introspection_says_of_it_what_a_refresh_would(
    graceful: Application, tokens: Any, hint: str
) -> None:
    token = tokens["refresh_token"]
    graceful.refresh(token)
    assert is_active(graceful, token, hint)
    graceful.idp.clock.advance(9.9)
    assert is_active(graceful, token, hint)
    graceful.idp.clock.advance(0.1)
    assert not is_active(graceful, token, hint)


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_introspection_forgives_no_more_than_a_refresh(how: str) -> None:
    with an_application(refresh_token_grace=10, refresh_token_lifetime=5) as app:
        app.idp.clock.freeze(at=1_700_000_000)
        token = app.tokens(Browser(app.idp.app, app.idp.issuer), scope=OFFLINE)["refresh_token"]
        app.refresh(token)
        assert is_active(app, token, "refresh_token")
        if how == "revoked":
            assert app.post("/revoke", token=token).status == 200
        else:
            app.idp.clock.advance(5)
        assert not is_active(app, token, "refresh_token")


def test_without_it_the_second_use_is_refused(app: Application, browser: Browser) -> None:
    token = app.tokens(browser, scope=OFFLINE)["refresh_token"]
    assert app.refresh(token).status == 200
    assert app.refresh(token).status == 400
