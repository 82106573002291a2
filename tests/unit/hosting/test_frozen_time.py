"""Frozen and travelled time in the test moves what the server says, and stalls nothing."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import freezegun
import pytest
import time_machine

from mockidp.hosting.host import Host, Lane, Limits, Refusal

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Freeze = Callable[[], AbstractContextManager[Any]]

freezers = pytest.mark.parametrize(
    "freeze",
    [
        lambda: freezegun.freeze_time("2000-01-01"),
        lambda: freezegun.freeze_time("2000-01-01", tick=True),
        lambda: time_machine.travel("2000-01-01", tick=False),
        lambda: time_machine.travel("2000-01-01", tick=True),
    ],
    ids=["freezegun", "freezegun, ticking", "time-machine", "time-machine, ticking"],
)


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": time.strftime("%Y").encode()})


def http_date() -> bytes:
    return formatdate(time.time(), usegmt=True).encode()


def exchange(lane: Lane, data: bytes) -> bytes:
    with socket.create_connection((lane.host, lane.port), timeout=60) as client:
        client.sendall(data)
        received = b""
        while piece := client.recv(65536):
            received += piece
        return received


@freezers
@pytest.mark.parametrize("starts", ["before the host", "after the host"])
def test_a_host_lives_in_frozen_time(freeze: Freeze, starts: str) -> None:
    hosts = [Host(), Host(limits=Limits(head_timeout=0.01))]
    refusals: list[Refusal] = []
    if starts == "after the host":
        for host in hosts:
            host.open(hello, on_refusal=refusals.append, http_date=http_date).close()
    with freeze():
        lane, hurrying = (
            host.open(hello, on_refusal=refusals.append, http_date=http_date) for host in hosts
        )
        response = exchange(lane, b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert b"\r\ndate: Sat, 01 Jan 2000 00:0" in response
        assert b"\r\n2000\r\n" in response
        refused = exchange(hurrying, b"GET /")
        assert refused.startswith(b"HTTP/1.1 408 ")
        assert b"\r\ndate: Sat, 01 Jan 2000 00:0" in refused
        for host in hosts:
            host.close()
    assert [refusal.status for refusal in refusals] == [408]


@freezers
def test_a_kept_alive_connection_times_out_in_frozen_time(freeze: Freeze) -> None:
    with freeze(), Host(limits=Limits(keep_alive_timeout=0)) as host:
        lane = host.open(hello, on_refusal=print, http_date=http_date)
        assert exchange(lane, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").startswith(b"HTTP/1.1 200 ")
