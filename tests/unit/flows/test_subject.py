"""Users by name and password, and by what was made for them (RFC 6749, 4.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.application import ALICE, BOB
from mockidp.flows.subject import active_user, authenticate_user
from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError

PASSWORD = str(ALICE["password"])


@pytest.fixture
def lane(make_lane: Callable[..., Issuer]) -> Issuer:
    return make_lane("openid", users=[ALICE, BOB, {"username": "ünï", "password": "pä"}])


def test_a_user_is_known_by_his_password(lane: Issuer) -> None:
    assert authenticate_user(lane, "alice", PASSWORD).sub == ALICE["sub"]
    assert authenticate_user(lane, "bob", "bob").username == "bob"


@pytest.mark.parametrize(
    ("username", "password", "hint"),
    [
        ("alice", "x", "wrong password for user 'alice'"),
        ("alice", "", "wrong password for user 'alice'"),
        ("alice", PASSWORD.upper(), "wrong password"),
        ("alice", f"{PASSWORD} ", "wrong password"),
        ("alice", "ü\udcff", "wrong password"),
        ("Alice", PASSWORD, "no user is called 'Alice'; known: 'alice', 'bob'"),
        ("", "", "no user is called ''"),
        ("x" * 10_000, PASSWORD, "no user is called 'xxx"),
        ("\r\n\u202e", PASSWORD, "no user is called '\\r\\n\\u202e'"),
        (str(ALICE["sub"]), PASSWORD, "no user is called"),
    ],
)
def test_and_by_nothing_else(lane: Issuer, username: str, password: str, hint: str) -> None:
    with pytest.raises(OAuthError) as caught:
        authenticate_user(lane, username, password)
    error = caught.value
    assert (error.code, error.case, error.cites) == ("invalid_grant", "bad_user", "RFC 6749, 4.3.2")
    assert hint in error.hint
    assert PASSWORD not in error.hint
    assert len(error.hint) < 400
    assert error.hint.isprintable()


def test_a_disabled_user_is_refused_even_with_the_password(lane: Issuer) -> None:
    lane.users.replace(replace(lane.users.default, enabled=False))
    with pytest.raises(OAuthError, match="user 'alice' is disabled"):
        authenticate_user(lane, "alice", PASSWORD)


@pytest.mark.parametrize("sub", [None, "", "nobody", "alice"])
def test_nobody_has_this_sub(lane: Issuer, sub: str | None) -> None:
    with pytest.raises(OAuthError) as caught:
        active_user(lane, sub, "code")
    assert caught.value.code == "invalid_grant"
    assert caught.value.hint == "the user that the code is for does not exist any more"


def test_a_user_who_is_there_may_be_disabled(lane: Issuer) -> None:
    assert active_user(lane, str(ALICE["sub"]), "code").username == "alice"
    lane.users.replace(replace(lane.users.default, enabled=False))
    with pytest.raises(OAuthError, match="has been disabled"):
        active_user(lane, str(ALICE["sub"]), "code")
