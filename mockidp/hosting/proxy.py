"""An HTTP proxy for clients whose host names cannot be changed: CONNECT to a real host name (RFC
9110, section 9.3.6) ends at a lane's TLS port, and anything else is refused with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import httptools

from mockidp.hosting.protocol import LaneProtocol, Phase
from mockidp.hosting.refusal import BAD_REQUEST, Refusal, answer
from mockidp.hosting.service import Service

if TYPE_CHECKING:
    from mockidp.hosting.lane import Lane

FORBIDDEN = HTTPStatus.FORBIDDEN
BAD_GATEWAY = HTTPStatus.BAD_GATEWAY
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
TLS_PORT = "443"


class ProxyProtocol(LaneProtocol):
    """A connection to the proxy: a head with a lane's limits, then a tunnel or a refusal."""

    def __init__(
        self, routes: Mapping[str, Lane], service: Service, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(service, loop)
        self.routes = routes
        self.asked = ("?", "?")
        self.reason = ""
        self.far: Far | None = None
        self.early = b""

    # ── the head ─────────────────────────────────────────────────────────────────────────────────

    def _feed(self, piece: bytes) -> None:
        if self.far is None:
            super()._feed(piece)
        else:
            self.early += piece

    def _parse(self, piece: bytes) -> None:
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            # What follows the head of a CONNECT is the tunnel's.
            self.early += piece[upgrade.args[0] :]

    def on_headers_complete(self) -> None:
        if self.refusal is not None:
            return  # what comes behind a refused head, in the same piece
        self._unwatch()
        method, target = self.parser.get_method().decode("ascii"), self.url.decode("latin-1")
        if method != "CONNECT":
            self._refuse_plain(method, target)
            return
        self.asked = (method, target)
        host, _, port = target.rpartition(":")
        lane = self.routes.get(host.lower())
        if lane is None:
            self.refuse(FORBIDDEN, f"This proxy does not lead to {target}. {self._served}")
        elif port != TLS_PORT:
            self.refuse(FORBIDDEN, f"This proxy leads to port {TLS_PORT} alone, not {port}.")
        else:
            self._lead_to(lane)

    def on_body(self, body: bytes) -> None:
        """A refused request is not read."""

    def on_message_complete(self) -> None:
        """A refusal ends the connection, and a tunnel has no messages."""

    @property
    def _served(self) -> str:
        return f"It serves https:// of {', '.join(sorted(self.routes)) or 'no host at all'}."

    def _refuse_plain(self, method: str, target: str) -> None:
        url = urlsplit(target) if "://" in target else None
        if url is None:
            self.asked = (method, "?")
            reason = "This is a proxy: it is for HTTPS_PROXY, not to be asked itself."
            self.refuse(BAD_REQUEST, f"{reason} {self._served}")
            return
        self.asked = (method, f"{url.scheme}://{url.netloc.rpartition('@')[2]}/")
        reason = "This proxy takes CONNECT alone, which clients send for https:// addresses."
        self.refuse(FORBIDDEN, f"{reason} {self._served}")

    def _report(self, status: HTTPStatus, reason: str, peer: str) -> None:
        self.reason = reason
        method, path = self.asked
        self.service.on_refusal(
            Refusal(status=status.value, reason=reason, peer=peer, method=method, path=path)
        )

    def _answer(self, status: HTTPStatus) -> bytes:
        # No real provider says this, so it may explain itself on the wire.
        return answer(status, self.service.http_date(), self.reason)

    # ── the tunnel ───────────────────────────────────────────────────────────────────────────────

    def _lead_to(self, lane: Lane) -> None:
        self.phase = Phase.IDLE
        self.far = Far(self.transport)
        self.transport.pause_reading()
        task = self.loop.create_task(self._connect(self.far, lane))
        self.service.state.tasks.add(task)
        task.add_done_callback(self.service.state.tasks.discard)

    async def _connect(self, far: Far, lane: Lane) -> None:
        try:
            await self.loop.create_connection(lambda: far, *lane.address)
        except OSError as problem:
            self.far = None
            self.transport.resume_reading()
            self.refuse(BAD_GATEWAY, f"The provider does not listen any more: {problem}.")
            return
        if self.transport.is_closing():
            far.hang_up(None)
            return
        self.transport.write(ESTABLISHED)
        far.transport.write(self.early)
        self.early = b""
        self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self.far is None:
            super().data_received(data)
        else:
            self.far.transport.write(data)

    def eof_received(self) -> bool | None:  # type: ignore[override]  # asyncio's own type
        if self.far is None:
            return super().eof_received()
        self.far.transport.write_eof()
        return True  # the answer may still be on its way

    def connection_lost(self, exc: Exception | None) -> None:
        if self.far is not None:
            self.far.hang_up(exc)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.far is not None:
            self.far.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.far is not None:
            self.far.transport.resume_reading()


class Far(asyncio.Protocol):
    """The end of a tunnel that is connected to the lane."""

    transport: asyncio.Transport

    def __init__(self, near: asyncio.Transport) -> None:
        self.near = near
        self.is_connected = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.is_connected = True

    def data_received(self, data: bytes) -> None:
        self.near.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None:
            self.near.close()
        else:
            self.near.abort()

    def pause_writing(self) -> None:
        self.near.pause_reading()

    def resume_writing(self) -> None:
        self.near.resume_reading()

    def hang_up(self, exc: Exception | None) -> None:
        if not self.is_connected:
            return
        if exc is None:
            self.transport.close()
        else:
            self.transport.abort()
