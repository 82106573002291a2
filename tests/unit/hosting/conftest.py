"""A host, lanes on it, and a client that writes and reads bytes."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from fixtures.passing_time import let_pass
from mockidp.hosting.host import Host, Lane, Limits, Refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

DATE = b"Tue, 15 Nov 1994 08:12:31 GMT"
PATIENCE = 60.0


@dataclass(slots=True, kw_only=True)
class Application:
    """Answers with method, path and body. On /held it says so, and waits to be cancelled."""

    ends: queue.Queue[str] = field(default_factory=queue.Queue)
    is_held: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._serve(scope, receive, send)
        except asyncio.CancelledError:
            self.ends.put("cancelled")
            raise

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/early":
            await _respond(send, 413, b"too much")
            return
        if path == "/begun":
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": b"first", "more_body": True})
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.ends.put("disconnect")
                await _respond(send, 200, b"nobody reads this")
                return
            body += message["body"]
            if not message["more_body"]:
                break
        if path == "/held":
            self.is_held.set()
            await asyncio.Event().wait()
        await _respond(send, 200, b"%s %s %s" % (scope["method"].encode(), path.encode(), body))
        self.ends.put("answered")


async def _respond(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Client:
    """A connection to a lane, in bytes."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.socket = socket.create_connection((lane.host, lane.port), timeout=PATIENCE)
        self.unread = b""

    @property
    def address(self) -> str:
        host, port = self.socket.getsockname()[:2]
        return f"{host}:{port}"

    def send(self, *pieces: bytes) -> Client:
        """Each piece is read by the server before the next is sent."""
        for number, piece in enumerate(pieces):
            if number:
                wait_until_read(self.lane)
            self.socket.sendall(piece)
        return self

    def end(self) -> Client:
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def read(self, until: bytes) -> bytes:
        """All that arrives up to and with these bytes."""
        while until not in self.unread:
            piece = self.socket.recv(65536)
            assert piece, f"closed after {self.unread!r}"
            self.unread += piece
        before, _, self.unread = self.unread.partition(until)
        return before + until

    def read_all(self) -> bytes:
        """All that arrives until the server closes the connection."""
        received, self.unread = self.unread, b""
        while piece := self.socket.recv(65536):
            received += piece
        return received


def wait_until_read(lane: Lane) -> None:
    """The loop has read what was sent before: it reads all that is ready, then answers this."""
    with socket.create_connection((lane.host, lane.port), timeout=PATIENCE) as other:
        other.sendall(b"GET /early HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        while other.recv(65536):
            pass


@dataclass(slots=True, kw_only=True)
class Served:
    """A lane and what it reported."""

    host: Host
    lane: Lane
    application: Application
    refusals: queue.Queue[Refusal] = field(default_factory=queue.Queue)
    errors: queue.Queue[BaseException] = field(default_factory=queue.Queue)

    def let_pass(self, seconds: float) -> None:
        """What was sent is read, and then the server's time goes on by so much at once."""
        wait_until_read(self.lane)
        let_pass(self.host, seconds)


Serve = Callable[..., Served]
Connect = Callable[[Served], Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Opens a lane on a host with these limits, with `tls` one for these names; the host is closed
    after the test.
    """
    hosts: list[Host] = []

    def opened(
        app: ASGIApp | None = None, *, tls: Sequence[str] | None = None, **limits: float
    ) -> Served:
        hosts.append(Host(limits=Limits(**limits)))  # type: ignore[arg-type]  # int or float
        application = Application()
        refusals: queue.Queue[Refusal] = queue.Queue()
        errors: queue.Queue[BaseException] = queue.Queue()
        lane = hosts[-1].open(
            app or application,
            on_refusal=refusals.put,
            http_date=lambda: DATE,
            on_error=errors.put,
            tls=None if tls is None else hosts[-1].authority.server_context(tls),
        )
        return Served(
            host=hosts[-1], lane=lane, application=application, refusals=refusals, errors=errors
        )

    yield opened
    for host in hosts:
        host.close()


@pytest.fixture
def host() -> Iterator[Host]:
    with Host() as opened:
        yield opened


@pytest.fixture
def served(serve: Serve) -> Served:
    return serve()


@pytest.fixture
def connect() -> Iterator[Connect]:
    clients: list[Client] = []

    def connected(served: Served) -> Client:
        clients.append(Client(served.lane))
        return clients[-1]

    yield connected
    for client in clients:
        client.socket.close()
