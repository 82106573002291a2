"""What a type checker sees of the public names: mypy reads this file, and pytest runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, assert_type

import pytest

import mockidp
from mockidp import ConfigError, MockIdP, MockServer, RegisteredClient
from mockidp.clock import Clock
from mockidp.control.api_answers import ApiAnswers
from mockidp.control.faults import Faults
from mockidp.control.journal import Journal
from mockidp.idp.state import State
from mockidp.model.client import Client
from mockidp.model.event import Exchange
from mockidp.model.user import User
from mockidp.testing import Callback, LoggedOut, Robot, RobotError


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    with MockIdP("groupdocs-total", access_token_lifetime=60, port=0) as idp:
        assert_type(idp, MockIdP)
        yield idp


def test_names_of_the_package() -> None:
    assert_type(mockidp.__version__, str)
    problem: ValueError = ConfigError("wrong")
    assert isinstance(problem, ConfigError)


def test_a_provider(idp: MockIdP) -> None:
    assert_type(idp.profile, str)
    assert_type(idp.base_url, str)
    assert_type(idp.issuer, str)
    assert_type(idp.url("token"), str)
    assert_type(idp.metadata(), dict[str, Any])
    assert_type(idp.jwks(), dict[str, Any])
    assert_type(idp.start(), MockIdP)


def test_what_a_test_holds(idp: MockIdP) -> None:
    assert_type(idp.clock, Clock)
    assert_type(idp.journal, Journal)
    assert_type(idp.faults, Faults)
    assert_type(idp.api, ApiAnswers)
    assert_type(idp.snapshot(), State)
    idp.restore(idp.snapshot())
    idp.reset()


def test_hard_coded_hosts(idp: MockIdP) -> None:
    with idp.intercept(block_other_hosts=True) as same:
        assert_type(same, MockIdP)
    with MockServer(["groupdocs-total"]) as server, server.intercept() as whole:
        assert_type(whole, MockServer)


def test_clients_with_hard_coded_hosts(idp: MockIdP) -> None:
    assert_type(idp.proxy_url, str)
    assert_type(idp.environment(), dict[str, str])
    assert_type(idp.ca_pem, str)
    assert_type(idp.ca_file, str)
    with MockServer(["openid"], tls=True) as server:
        assert_type(server.proxy_url, str)
        assert_type(server.environment(), dict[str, str])
        assert_type(server.tls, bool)


def test_tokens(idp: MockIdP) -> None:
    claims: Mapping[str, object] = {"tenant": 7}
    assert_type(idp.issue_token(), str)
    assert_type(idp.issue_token(idp.client, scope=["api.storage"], claims=claims), str)
    assert_type(idp.issue_token(idp.client.client_id, user=idp.user, lifetime=0.5), str)
    assert_type(idp.rotate_keys(overlap=False), str)
    idp.retire_key(idp.rotate_keys())
    idp.next_token(lifetime=5, claims=claims, times=2)


def test_clients_and_users(idp: MockIdP) -> None:
    client = idp.add_client(client_name="third")
    assert_type(client, RegisteredClient)
    assert_type(idp.client, RegisteredClient)
    assert_type(client.client_id, str)
    assert_type(client.client_secret, str)
    assert_type(client.auth, tuple[str, str])
    assert_type(client.record, Client)
    assert_type(client.rotate_secret(), str)
    assert_type(idp.add_user("carol"), User)
    assert_type(idp.user, User)


def test_the_journal(idp: MockIdP) -> None:
    assert_type(idp.journal.entries, tuple[Exchange, ...])
    assert_type(idp.journal.find("token", status=200), list[Exchange])
    assert_type([entry.hint for entry in idp.journal], list[str])
    assert_type(len(idp.journal), int)


async def what_the_robot_gives(idp: MockIdP) -> None:
    """Only read by the type checker: without an application there is nothing to sign in to."""
    callback = idp.robot.login("http://…", user="alice", password="alice")
    assert_type(callback, Callback)
    assert_type(await idp.robot.alogin("http://…", idp.user, deny=True), Callback)
    idp.robot.approve_device("WDJB-MJHT", user="alice", deny=True)
    await idp.robot.aapprove_device("WDJB-MJHT", idp.user)
    left = idp.robot.logout("http://…", stay=True)
    assert_type(left, LoggedOut)
    assert_type(left.callback, Callback | None)
    assert_type(left.frames, tuple[str, ...])
    assert_type(await idp.robot.alogout("http://…"), LoggedOut)
    address: str = callback
    assert_type(callback.code, str | None)
    assert_type(callback.state, str | None)
    assert_type(callback.error, str | None)
    assert_type(callback.params, Mapping[str, str])
    assert_type(callback.data, dict[str, str] | None)
    assert_type(callback.redirect_uri, str)
    assert address


def test_the_robot(idp: MockIdP) -> None:
    assert_type(idp.robot, Robot)
    assert_type(idp.new_robot(), Robot)
    assert_type(Robot(idp), Robot)
    assert_type(idp.real_names, tuple[str, ...])
    problem: Exception = RobotError("no way back")
    assert isinstance(problem, RobotError)


def test_a_server() -> None:
    with MockServer(["openid"], access_token_lifetime=60) as server:
        assert_type(server, MockServer)
        assert_type(server["openid"], MockIdP)
        assert_type(list(server), list[str])
        assert_type(server.base_url, str)


def test_wrong_types_are_seen() -> None:
    """mypy warns of an ignore that is not needed, so each of these is an error to it."""
    with pytest.raises(ConfigError):
        MockIdP(7)  # type: ignore[arg-type]
    with MockIdP() as idp:
        with pytest.raises(TypeError):
            idp.add_user()  # type: ignore[call-arg]
        with pytest.raises(AttributeError):
            idp.base_url = "http://elsewhere"  # type: ignore[misc]


def test_the_factory_of_the_plugin() -> None:
    from mockidp.pytest_plugin import Factory

    factory: Factory = MockIdP
    assert_type(factory, Callable[..., MockIdP])
