"""A refresh token at the token endpoint (RFC 6749, 6; RFC 9700, 4.14; OpenID Connect Core 1.0,
12).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fixtures.application import ALICE
from mockidp.keys.jwt import verify
from mockidp.tokens.lookup import TokenRefused, look_up

if TYPE_CHECKING:
    from tests.unit.flows.grants.conftest import Provider

Make = Callable[..., "Provider"]
REFRESH = "refresh_token"
NOW = 1_700_000_000


def test_a_refresh_gives_all_anew(provider: Provider) -> None:
    token = provider.refresh_token()
    answer = provider.ask(REFRESH, refresh_token=token)
    assert set(answer) == {
        *("access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"),
    }
    assert answer["refresh_token"] != token
    _, claims = verify(answer["id_token"], provider.lane.keys)
    assert (claims["auth_time"], claims["iat"]) == (NOW - 5, NOW)
    assert "nonce" not in claims
    kept = provider.lane.store.get("refresh_token", answer["refresh_token"], now=NOW)
    assert kept is not None
    assert (kept.family, kept.sub) == ("f", ALICE["sub"])
    assert kept.expires_at == NOW + 1_209_600


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, "openid offline_access read"),
        (" ", "openid offline_access read"),
        ("read", "read"),
        ("read openid", "read openid"),
        ("read read", "read"),
    ],
)
def test_the_scope_may_be_narrowed_once(
    provider: Provider, asked: str | None, granted: str
) -> None:
    answer = provider.ask(REFRESH, refresh_token=provider.refresh_token(), scope=asked)
    assert answer["scope"] == granted
    assert ("id_token" in answer) is ("openid" in granted)
    again = provider.ask(REFRESH, refresh_token=answer["refresh_token"])
    assert again["scope"] == "openid offline_access read"


@pytest.mark.parametrize(
    ("asked", "case", "hint"),
    [
        ("read write", "wider_scope", "'write' is not one that the refresh token stands for: op"),
        ("raed", "bad_scope", "did you mean 'read'?"),
        ("read,openid", "bad_scope", "not by commas"),
        ('re"ad', "bad_scope", "U+0022"),
    ],
)
def test_and_not_widened(provider: Provider, asked: str, case: str, hint: str) -> None:
    token = provider.refresh_token()
    error = provider.refused(REFRESH, refresh_token=token, scope=asked)
    assert (error.code, error.case) == ("invalid_scope", case)
    assert hint in error.hint
    provider.ask(REFRESH, refresh_token=token)


@pytest.mark.parametrize(
    ("way", "case", "hint"),
    [
        ("unknown", "unknown_refresh_token", "there is no such refresh token"),
        ("expired", "expired_refresh_token", "the refresh token expired 1 seconds ago"),
        ("foreign", "foreign_refresh_token", "belongs to client 'app', not to 'other'"),
        ("spent", "spent_refresh_token", "has been used already; as it may have been stolen"),
    ],
)
def test_refresh_tokens_that_are_not_good(
    provider: Provider, way: str, case: str, hint: str
) -> None:
    token, client = provider.refresh_token(), "app"
    match way:
        case "unknown":
            token = "x"
        case "expired":
            provider.lane.clock.advance(1_209_601)
        case "foreign":
            client = "other"
        case _:
            provider.ask(REFRESH, refresh_token=token)
    error = provider.refused(REFRESH, refresh_token=token, client_id=client)
    assert (error.code, error.case) == ("invalid_grant", case)
    assert hint in error.hint
    assert token == "x" or token not in error.hint


@pytest.mark.parametrize(("reuse", "is_good"), [("refuse", True), ("revoke", False)])
def test_what_a_second_use_does_to_the_family(
    make_provider: Make, reuse: str, is_good: bool
) -> None:
    provider = make_provider(refresh_token_reuse=reuse)
    token = provider.refresh_token()
    answer = provider.ask(REFRESH, refresh_token=token)
    for _ in range(2):
        assert provider.refused(REFRESH, refresh_token=token).code == "invalid_grant"
    if is_good:
        look_up(provider.lane, answer["access_token"])
        provider.ask(REFRESH, refresh_token=answer["refresh_token"])
    else:
        with pytest.raises(TokenRefused):
            look_up(provider.lane, answer["access_token"])
        provider.refused(REFRESH, refresh_token=answer["refresh_token"])


def test_other_families_stay(provider: Provider) -> None:
    mine, other = provider.refresh_token(), provider.refresh_token(family="g")
    provider.ask(REFRESH, refresh_token=mine)
    provider.refused(REFRESH, refresh_token=mine)
    provider.ask(REFRESH, refresh_token=other)


@pytest.mark.parametrize("is_revoked", [True, False])
def test_the_access_token_before_may_end_with_each_use(
    make_provider: Make, is_revoked: bool
) -> None:
    provider = make_provider(refresh_token_revokes_access_token=is_revoked)
    first = provider.ask(REFRESH, refresh_token=provider.refresh_token())
    second = provider.ask(REFRESH, refresh_token=first["refresh_token"])
    look_up(provider.lane, second["access_token"])
    if is_revoked:
        with pytest.raises(TokenRefused, match="was revoked"):
            look_up(provider.lane, first["access_token"])
    else:
        look_up(provider.lane, first["access_token"])


def test_a_token_that_stays_gives_no_other(make_provider: Make) -> None:
    provider = make_provider(refresh_token_rotates=False)
    token = provider.refresh_token()
    for _ in range(3):
        assert REFRESH not in provider.ask(REFRESH, refresh_token=token)
    provider.lane.clock.advance(1_209_600)
    assert provider.refused(REFRESH, refresh_token=token).case == "expired_refresh_token"


def test_one_without_an_end_never_expires(make_provider: Make) -> None:
    provider = make_provider(refresh_token_lifetime=0)
    token = provider.refresh_token()
    provider.lane.clock.advance(days=36_500)
    provider.ask(REFRESH, refresh_token=token)


def test_a_disabled_user_does_not_use_it_up(provider: Provider) -> None:
    users, token = provider.lane.users, provider.refresh_token()
    users.replace(replace(users.default, enabled=False))
    assert "has been disabled" in provider.refused(REFRESH, refresh_token=token).hint
    users.replace(replace(users.default, enabled=True))
    provider.ask(REFRESH, refresh_token=token)


def test_a_removed_user_gets_nothing(provider: Provider) -> None:
    token = provider.refresh_token()
    provider.lane.users.remove("alice")
    assert "does not exist any more" in provider.refused(REFRESH, refresh_token=token).hint
