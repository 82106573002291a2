"""Live and sandbox: one software, two worlds. What is good in one is refused in the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mockidp import MockIdP, MockServer

WORLDS = ("easytranslate", "easytranslate-sandbox")
USERS = dict(zip(WORLDS, ("alice@example.com", "alice@sandbox.example"), strict=True))


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(WORLDS) as server:
        yield server


def other_of(world: str) -> str:
    return next(name for name in WORLDS if name != world)


def ask(idp: MockIdP, at: MockIdP, user: str, **given: str) -> requests.Response:
    """The credentials of one world, sent to one."""
    client_id, client_secret = idp.client.auth
    form = {
        "grant_type": "password",
        "client_id": client_id,
        "client_secret": client_secret,
        "username": user,
        "password": "alice",
        "scope": "dashboard",
        **given,
    }
    return requests.post(at.url("token"), data=form, timeout=60)


def fetch(idp: MockIdP, user: str) -> Any:
    reply = ask(idp, idp, user)
    assert reply.ok, reply.text
    return reply.json()


def me(idp: MockIdP, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return requests.get(f"{idp.base_url}/api/v1/user", headers=headers, timeout=60)


@pytest.mark.parametrize("world", WORLDS)
def test_each_world_knows_its_own(server: MockServer, world: str) -> None:
    idp = server[world]
    account = me(idp, fetch(idp, USERS[world])["access_token"]).json()
    assert account["data"]["attributes"]["email"] == USERS[world]
    assert idp.issuer.endswith(f"/{world}")


@pytest.mark.parametrize("world", WORLDS)
def test_credentials_are_refused_in_the_other(server: MockServer, world: str) -> None:
    home, other = server[world], server[other_of(world)]
    refused = ask(home, other, USERS[world])
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert home.client.client_id in other.journal.last.hint
    unknown = ask(other, other, USERS[world])
    assert (unknown.status_code, unknown.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("world", WORLDS)
def test_tokens_are_refused_in_the_other(server: MockServer, world: str) -> None:
    home, other = server[world], server[other_of(world)]
    tokens = fetch(home, USERS[world])
    assert me(other, tokens["access_token"]).status_code == 401
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refused = ask(other, other, USERS[other_of(world)], **again)
    hint = refused.json()["hint"]
    assert (refused.status_code, hint) == (401, "Cannot decrypt the refresh token")
    assert ask(home, home, USERS[world], **again).ok


def test_the_keys_are_two(server: MockServer) -> None:
    first, second = (server[world].jwks()["keys"][0]["n"] for world in WORLDS)
    assert first != second
