"""The event loop of Windows, which connects without the method of the socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from mockidp.hosting.host import Host, Lane
from mockidp.hosting.interception import begin

HOST = "login.example.com"
DATE = b"Tue, 15 Nov 1994 08:12:31 GMT"


async def nobody(scope: object, receive: object, send: object) -> None:
    raise AssertionError("no request is sent")


@pytest.fixture
def host() -> Iterator[Host]:
    with Host() as host:
        yield host


@pytest.fixture
def lane(host: Host) -> Lane:
    tls = host.authority.server_context([HOST])
    return host.open(nobody, on_refusal=print, http_date=lambda: DATE, tls=tls)


def test_the_loop_of_windows_is_led_to_the_lane(
    host: Host, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    from asyncio import proactor_events

    connected: list[Any] = []

    async def sock_connect(loop: object, sock: socket.socket, address: Any) -> None:
        connected.append(address)

    kind = proactor_events.BaseProactorEventLoop
    monkeypatch.setattr(kind, "sock_connect", sock_connect)
    interception = begin(lane, owner="<this>", hosts=[HOST], trust=host.authority.trust)
    try:
        with socket.socket() as client:
            for address in [(socket.gethostbyname(HOST), 443), ("127.0.0.1", 443)]:
                asyncio.run(kind.sock_connect(None, client, address))  # type: ignore[arg-type]
    finally:
        interception.end()
    assert connected == [(lane.host, lane.port), ("127.0.0.1", 443)]
    assert kind.sock_connect is sock_connect
