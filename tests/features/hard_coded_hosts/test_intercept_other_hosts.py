"""Hosts that are not the provider's are left alone, or refused with ``block_other_hosts=True``; and
ports of the provider's host that are not https are refused.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
import requests

from fixtures.https_clients import CLIENTS

if TYPE_CHECKING:
    from mockidp import MockIdP
    from mockidp.pytest_plugin import Factory

HOST = "api.groupdocs.cloud"
DISCOVERY = f"https://{HOST}/.well-known/openid-configuration"
# RFC 5737, 3 and RFC 3849, 2: addresses that nobody has.
NOBODY = "192.0.2.1"
NOBODY_6 = "2001:db8::1"
BLOCKED = r"block_other_hosts=True, and only loopback and api\.groupdocs\.cloud are left"


def connect_to(address: Any, family: int = socket.AF_INET) -> None:
    with socket.socket(family) as client:
        client.settimeout(60)
        client.connect(address)


def test_other_names_are_looked_up_as_before(idp: MockIdP, outside: list[str]) -> None:
    with idp.intercept(), pytest.raises(OSError, match="there is no outside"):
        urlopen("https://www.groupdocs.cloud/")
    assert outside == ["www.groupdocs.cloud"]


@pytest.mark.parametrize("name", CLIENTS)
def test_blocked_names_are_not_looked_up(name: str, idp: MockIdP, outside: list[str]) -> None:
    client = CLIENTS[name]()
    with idp.intercept(block_other_hosts=True):
        assert client.get(DISCOVERY)[0] == 200
        with pytest.raises(Exception, match=f"www.groupdocs.cloud is not .* {BLOCKED}"):
            client.get("https://www.groupdocs.cloud/")
    client.close()
    assert outside == []


LOOK_UPS: dict[str, Callable[[str], Any]] = {
    "getaddrinfo": lambda host: socket.getaddrinfo(host, 443),
    "getaddrinfo, keywords": lambda host: socket.getaddrinfo(host=host, port="https", proto=6),
    # Not the functions themselves: they are others in the block.
    "gethostbyname": lambda host: [socket.gethostbyname(host)],
    "gethostbyname_ex": lambda host: [*socket.gethostbyname_ex(host)],
}


@pytest.mark.parametrize("look_up", LOOK_UPS.values(), ids=LOOK_UPS.keys())
def test_each_look_up_refuses_what_is_blocked(idp: MockIdP, look_up: Callable[[str], Any]) -> None:
    with idp.intercept(block_other_hosts=True):
        with pytest.raises(socket.gaierror, match=BLOCKED):
            look_up("www.groupdocs.cloud")
        assert "127." in str(look_up("localhost"))
        assert "127." in str(look_up(HOST))


@pytest.mark.parametrize(
    ("family", "address"),
    [
        pytest.param(socket.AF_INET, (NOBODY, 443), id="address"),
        pytest.param(socket.AF_INET, (NOBODY, 80), id="another port"),
        pytest.param(socket.AF_INET, ("www.groupdocs.cloud", 443), id="name"),
        pytest.param(socket.AF_INET6, (NOBODY_6, 443, 0, 0), id="IPv6"),
        pytest.param(socket.AF_INET6, (f"::ffff:{NOBODY}", 443), id="IPv4 in IPv6"),
    ],
)
def test_blocked_addresses_are_not_connected_to(
    idp: MockIdP, family: int, address: tuple[Any, ...]
) -> None:
    with idp.intercept(block_other_hosts=True):
        with pytest.raises(ConnectionRefusedError, match=BLOCKED):
            connect_to(address, family)
        with socket.socket(family) as client:
            assert client.connect_ex(address) == errno.ECONNREFUSED


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_never_blocked(host: str, idp: MockIdP) -> None:
    with idp.intercept(block_other_hosts=True), socket.create_server((host, 0)) as server:
        connect_to((host, server.getsockname()[1]))


def test_the_lane_itself_is_never_blocked(idp: MockIdP) -> None:
    with idp.intercept(block_other_hosts=True):
        assert requests.get(idp.url("discovery")).status_code == 200


def test_sockets_of_the_file_system_are_never_blocked(idp: MockIdP, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with idp.intercept(block_other_hosts=True), socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        connect_to(path, socket.AF_UNIX)


def test_an_inner_block_that_does_not_ask_for_it_lifts_nothing(
    idp: MockIdP, mockidp_factory: Factory
) -> None:
    inner = mockidp_factory("groupdocs-total")
    with idp.intercept(block_other_hosts=True):
        with inner.intercept(), pytest.raises(ConnectionRefusedError, match=BLOCKED):
            connect_to((NOBODY, 443))
        with pytest.raises(ConnectionRefusedError, match=BLOCKED):
            connect_to((NOBODY, 443))


@pytest.mark.parametrize("port", [80, 8443])
def test_other_ports_of_the_provider_are_refused(port: int, idp: MockIdP) -> None:
    scheme = "http" if port == 80 else "https"
    said = rf"intercepts https://{HOST} \(port 443\) alone, and the client asked for port {port}"
    with idp.intercept(), pytest.raises(OSError, match=said):
        urlopen(f"{scheme}://{HOST}:{port}/")


def test_a_name_with_the_dot_of_the_root(idp: MockIdP) -> None:
    with idp.intercept():
        connect_to((f"{HOST}.", 443))
        assert socket.gethostbyname(f"{HOST}.") == socket.gethostbyname(HOST.upper())


def test_a_name_given_to_connect(idp: MockIdP) -> None:
    with idp.intercept(), socket.socket() as client:
        assert client.connect_ex((HOST, 443)) == 0


def test_ipv6_alone_is_not_served(idp: MockIdP) -> None:
    with idp.intercept(), pytest.raises(socket.gaierror):
        socket.getaddrinfo(HOST, 443, socket.AF_INET6)


@pytest.mark.parametrize("send", ["sendto", "sendmsg"])
def test_datagrams_without_a_connection_are_blocked_too(idp: MockIdP, send: str) -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as sender,
        socket.socket(type=socket.SOCK_DGRAM) as receiver,
    ):
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(60)

        def say(address: tuple[str, int]) -> None:
            if send == "sendto":
                sender.sendto(b"x", address)
            else:
                sender.sendmsg([b"x"], [], 0, address)

        with idp.intercept(block_other_hosts=True):
            with pytest.raises(ConnectionRefusedError, match=BLOCKED):
                say((NOBODY, 53))
            say(receiver.getsockname())
        assert receiver.recv(10) == b"x"
