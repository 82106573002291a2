"""Lifetimes as a user sets them: for the provider, a client, a test and a single token."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from fixtures.asgi import call
from mockidp.idp import MockIdP

CONFIG: Mapping[str, Any] = {
    "profiles": {
        "openid": {
            "access_token": {"lifetime": 100},
            "clients": [
                {"client_id": "usual", "client_secret": "s"},
                {"client_id": "short", "client_secret": "s", "access_token_lifetime": 10},
            ],
        }
    }
}
FORM = [("content-type", "application/x-www-form-urlencoded")]


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    idp = MockIdP("openid", config=CONFIG)
    idp.clock.freeze(at=1_700_000_000)
    yield idp
    idp.close()


def fetch(idp: MockIdP, client_id: str = "usual") -> tuple[str, int]:
    body = f"grant_type=client_credentials&client_id={client_id}&client_secret=s"
    reply = call(idp.app, "POST", "http://idp.test/token", headers=FORM, body=body.encode())
    answer = json.loads(reply.body)
    return answer["access_token"], answer["expires_in"]


def is_good(idp: MockIdP, token: str) -> bool:
    headers = [("authorization", f"Bearer {token}")]
    status = call(idp.app, "GET", "http://idp.test/api/x", headers=headers).status
    assert status in (200, 401)
    return status == 200


def assert_lives(idp: MockIdP, token: str, seconds: int) -> None:
    idp.clock.advance(seconds - 1)
    assert is_good(idp, token)
    idp.clock.advance(1)
    assert not is_good(idp, token)
    idp.clock.rewind(seconds)
    assert is_good(idp, token)


@pytest.mark.parametrize(("client_id", "lifetime"), [("usual", 100), ("short", 10)])
def test_of_the_provider_and_of_a_client(idp: MockIdP, client_id: str, lifetime: int) -> None:
    token, expires_in = fetch(idp, client_id)
    assert expires_in == lifetime
    assert_lives(idp, token, lifetime)


def test_of_a_test() -> None:
    with MockIdP("openid", config=CONFIG, access_token_lifetime=30) as idp:
        idp.clock.freeze()
        token, expires_in = fetch(idp)
        assert expires_in == 30
        assert_lives(idp, token, 30)


def test_of_a_client_from_now_on(idp: MockIdP) -> None:
    idp.client.update(access_token_lifetime=20)
    assert fetch(idp)[1] == 20
    idp.client.update(access_token_lifetime=None)
    assert fetch(idp)[1] == 100


def test_of_the_next_tokens_alone(idp: MockIdP) -> None:
    idp.next_token(lifetime=5, times=2)
    (first, _), (_, second), (_, third) = fetch(idp), fetch(idp), fetch(idp)
    assert (second, third) == (5, 100)
    assert_lives(idp, first, 5)


def test_of_one_token_that_is_issued(idp: MockIdP) -> None:
    assert_lives(idp, idp.issue_token(lifetime=7), 7)
    assert not is_good(idp, idp.issue_token(lifetime=-1))
    assert not is_good(idp, idp.issue_token(lifetime=0))


def test_a_resumed_clock_lets_them_run_out(idp: MockIdP) -> None:
    token, _ = fetch(idp)
    idp.clock.advance(99)
    idp.clock.resume()
    idp.clock.advance(1)
    assert not is_good(idp, token)


def test_a_reset_brings_the_configured_lifetimes_back(idp: MockIdP) -> None:
    idp.client.update(access_token_lifetime=20)
    idp.next_token(lifetime=5)
    idp.reset()
    assert fetch(idp)[1] == 100
