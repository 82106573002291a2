"""Name and password at the token endpoint (RFC 6749, 4.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from fixtures.application import ALICE
from mockidp.keys.jwt import verify

if TYPE_CHECKING:
    from tests.unit.flows.grants.conftest import Provider

NOW = 1_700_000_000
GOOD = {"username": "alice", "password": str(ALICE["password"])}


@pytest.fixture
def provider(make_provider: Callable[..., Provider]) -> Provider:
    return make_provider(
        token_grant_types=["password", "refresh_token"],
        refresh_token={"given_by": ["password"], "needs": "nothing"},
        id_token_given_by=["password"],
    )


def test_the_user_is_who_the_tokens_are_about(provider: Provider) -> None:
    answer = provider.ask("password", **GOOD, scope="openid read")
    assert verify(answer["access_token"], provider.lane.keys)[1]["sub"] == ALICE["sub"]
    claims = verify(answer["id_token"], provider.lane.keys)[1]
    assert (claims["sub"], claims["auth_time"]) == (ALICE["sub"], NOW)
    assert answer["scope"] == "openid read"
    again = provider.ask("refresh_token", refresh_token=answer["refresh_token"])
    assert again["scope"] == "openid read"


def test_each_sign_in_is_a_family_of_its_own(provider: Provider) -> None:
    tokens = [provider.ask("password", **GOOD)["refresh_token"] for _ in range(2)]
    provider.ask("refresh_token", refresh_token=tokens[0])
    provider.refused("refresh_token", refresh_token=tokens[0])
    provider.ask("refresh_token", refresh_token=tokens[1])


@pytest.mark.parametrize(
    ("sent", "code", "case"),
    [
        ({"username": None}, "invalid_request", "missing_parameter"),
        ({"password": None}, "invalid_request", "missing_parameter"),
        ({"password": ""}, "invalid_request", "missing_parameter"),
        ({"password": "x"}, "invalid_grant", "bad_user"),
        ({"username": "who"}, "invalid_grant", "bad_user"),
        ({"scope": "x"}, "invalid_scope", "bad_scope"),
    ],
)
def test_what_is_refused(
    provider: Provider, sent: dict[str, str | None], code: str, case: str
) -> None:
    error = provider.refused("password", **{**GOOD, **sent})
    assert (error.code, error.case) == (code, case)
    assert GOOD["password"] not in error.hint
