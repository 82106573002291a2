"""One connection: uvicorn's HTTP/1.1 protocol, with limits on what a client may send and how long
it may take (RFC 9112, sections 2.2, 3 and 9.5; RFC 6585, section 5).
"""

from __future__ import annotations

import asyncio
from enum import Enum
from http import HTTPStatus
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockidp.hosting.held_head import HeldHead
from mockidp.hosting.refusal import (
    BAD_REQUEST,
    HEAD_TOO_LARGE,
    REQUEST_TIMEOUT,
    BadHead,
    Refusal,
    answer,
    check_host,
    explain_garbage,
)
from mockidp.hosting.service import SILENT, Service

# What is used of uvicorn beyond its constructor and the asyncio and httptools callbacks, the same
# from 0.35 to 0.54: on HttpToolsProtocol app, client, cycle, flow, headers, loop, parser, pipeline,
# scope, server_state, timeout_keep_alive with its _task and _handler, transport, url, logger and
# access_log (silenced), _should_upgrade, _unset_keepalive_if_required, on_response_complete; on a
# cycle disconnected, message_event, response_started, response_complete, transport; ServerState as
# it is.


class Phase(Enum):
    """How far the message on the wire has come."""

    IDLE = "between messages"
    HEAD = "in a head"
    BODY = "in a body"


# Their plain names: an attribute of an Enum is looked up in a slow way, here many times a request.
IDLE, HEAD, BODY = Phase


class LaneProtocol(HttpToolsProtocol):
    """A connection of one lane. Its own timer runs only while a head or a body is incomplete."""

    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(service.config, service.state, {}, loop)
        # Starlette writes the scope as a plain mapping, uvicorn as a TypedDict.
        self.app = cast(Any, service.app)
        self.logger = SILENT
        self.access_log = False
        self.service = service
        self.phase = IDLE
        #: Octets since the last ones of a body: of a head, of chunk sizes, of trailers.
        self.head_size = 0
        self.has_body = False
        self.messages = 0
        #: When the last response was complete, in seconds of the loop.
        self.idle_since = 0.0
        self.timer: asyncio.TimerHandle | None = None
        self.refusal: HTTPStatus | None = None
        self.is_replaying = False
        #: Method and target of a request that is refused although it could be parsed.
        self.line = ("?", "?")

    # ── the transport ────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None and self.phase is not IDLE:
            self.refuse(BAD_REQUEST, f"The client broke the connection {self.phase.value}.")
        self._unwatch()
        self._unset_keepalive_if_required()
        self.service.leaving.add(self)
        self.loop.call_soon(self.service.leaving.discard, self)
        super().connection_lost(exc)

    def eof_received(self) -> bool | None:  # type: ignore[override]  # asyncio's own type
        # RFC 9112, 8: the request is incomplete, and its sender may still read.
        if self.phase is not IDLE:
            self.refuse(BAD_REQUEST, f"The client closed the connection {self.phase.value}.")
        return None

    def data_received(self, data: bytes) -> None:
        # A head over the limit is cut where the limit is, so nothing after it is parsed. The usual
        # request is one piece.
        while data and self.refusal is None:
            room = self.service.limits.head_bytes - self.head_size
            self._feed(data[:room])
            data = data[room:]
        if self.timer is None and self.refusal is None and self.phase is not IDLE:
            self._watch()

    def _feed(self, piece: bytes) -> None:
        if self.phase is IDLE:
            self.phase = HEAD
        before, was_in_body = self.messages, self.phase is BODY
        self.has_body = False
        try:
            self._parse(piece)
        except httptools.HttpParserError as error:
            wrong = error.__context__
            is_parsed = isinstance(wrong, BadHead)
            if is_parsed:
                # Without the query, which may hold what nobody shall read.
                path = self.url.partition(b"?")[0]
                self.line = (self.parser.get_method().decode(), path.decode("latin-1"))
            reason = str(wrong) if is_parsed else explain_garbage(piece, _complaint(error))
            self.refuse(BAD_REQUEST, reason)
            return
        if self.phase is BODY and was_in_body:
            self._limit_what_is_no_body(piece)
        if self.phase is not HEAD:
            return
        # A head that began inside this piece counts from the next one: the parser does not say
        # where it began.
        self.head_size = self.head_size + len(piece) if self.messages == before else 0
        if self.head_size >= self.service.limits.head_bytes:
            limit = self.service.limits.head_bytes
            self.refuse(HEAD_TOO_LARGE, f"The head of the request is over {limit} bytes long.")

    def _limit_what_is_no_body(self, piece: bytes) -> None:
        """Extensions of chunks, and trailers, may be of any length (RFC 9112, 7.1.1 and 7.1.2)."""
        self.head_size = 0 if self.has_body else self.head_size + len(piece)
        if self.head_size >= self.service.limits.head_bytes:
            limit = self.service.limits.head_bytes
            self.refuse(HEAD_TOO_LARGE, f"The trailers of the request are over {limit} bytes long.")

    # ── the parser ───────────────────────────────────────────────────────────────────────────────

    def _parse(self, piece: bytes) -> None:
        while piece:
            try:
                self.parser.feed_data(piece)
            except httptools.HttpParserUpgrade as upgrade:
                # RFC 9110, 7.8: a server may ignore the upgrade. The parser stopped after the head.
                piece = piece[upgrade.args[0] :]
                self._resume()
            else:
                return

    def _resume(self) -> None:
        """Goes on after the head of an ignored upgrade.

        The parser takes such a message for one without a body, but Java's client asks for h2c with
        every POST: a fresh parser is told of the body by a head that says nothing else.
        """
        if self.phase is BODY:
            self.is_replaying = True
            head = b"POST / HTTP/1.1\r\n%s\r\n" % _framing(self.headers)
            self.parser = httptools.HttpRequestParser(self)
            self.parser.feed_data(head)

    def _should_upgrade(self) -> bool:
        return False

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if not self.is_replaying:
            self.phase = HEAD

    def on_headers_complete(self) -> None:
        if self.is_replaying:
            self.is_replaying = False
            return
        check_host(self.headers, self.parser.get_http_version())
        # RFC 9110, 6.6.1
        self.server_state.default_headers = [(b"date", self.service.http_date())]
        super().on_headers_complete()
        # RFC 9110, 6.5.1: trailers are no headers, and the parser reports both alike. The list that
        # the application has is complete, and what follows goes to another one.
        self.headers = [*self.headers]
        if self.scope["method"] != "HEAD":  # whose answer is nothing but a head
            self.cycle.transport = cast(Any, HeldHead(self.transport))
        self._unwatch()
        self.phase = BODY
        self.head_size = 0

    def on_body(self, body: bytes) -> None:
        self.has_body = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade() and _framing(self.headers):
            return
        super().on_message_complete()
        self._unwatch()
        self.phase = IDLE
        self.head_size = 0
        self.messages += 1
        if self.cycle.response_complete:  # answered without its body, which ends only now
            self._wait_for_the_next()

    # ── time ─────────────────────────────────────────────────────────────────────────────────────

    def _watch(self) -> None:
        limits = self.service.limits
        in_body = self.phase is BODY
        delay = limits.body_timeout if in_body else limits.head_timeout
        self.timer = self.loop.call_later(delay, self._time_out, delay)

    def _unwatch(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _time_out(self, delay: float) -> None:
        if self.flow.read_paused:  # the application keeps the client waiting, not the reverse
            self._watch()
        elif self.phase is IDLE:
            self.refuse(REQUEST_TIMEOUT, f"The client connected and sent nothing for {delay:g} s.")
        else:
            reason = f"The client was still {self.phase.value} after {delay:g} s."
            self.refuse(REQUEST_TIMEOUT, reason)

    def on_response_complete(self) -> None:
        if self.pipeline:
            super().on_response_complete()
        elif self.refusal is not None:
            self._say_no(is_answered=False)
        elif not self.transport.is_closing():
            # In the place of uvicorn's, which sets a timer for each response and stops it again.
            self.flow.resume_reading()
            self._wait_for_the_next()

    def _wait_for_the_next(self) -> None:
        self.idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._close_when_idle(self.timeout_keep_alive)

    def _close_when_idle(self, delay: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(delay, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if self.phase is not IDLE or self._is_answering:
            return  # whatever ends later sets the timer again
        left = self.idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._close_when_idle(left)
        else:
            super().timeout_keep_alive_handler()

    # ── refusing ─────────────────────────────────────────────────────────────────────────────────

    def refuse(self, status: HTTPStatus, reason: str) -> None:
        """Reads nothing more, reports, and answers once the earlier requests have their answers."""
        if self.refusal is not None:
            return
        self._unwatch()
        cycle, in_body = self.cycle, self.phase is BODY
        if in_body and cycle.response_complete:  # answered without its body: nothing left to say
            self.refusal = status
            self.transport.close()
            return
        self.refusal = status
        self._report(status, reason, peer_name(self.client))
        # RFC 9112, 9.3.2: answers go out in the order of the requests.
        if in_body and self.pipeline:
            self.pipeline.popleft()
        elif in_body:
            cycle.disconnected = True
            cycle.message_event.set()
            self._say_no(is_answered=cycle.response_started and not _is_held(cycle.transport))
        elif not self._is_answering:
            self._say_no(is_answered=False)

    def _report(self, status: HTTPStatus, reason: str, peer: str) -> None:
        method, path = self.line
        self.service.on_refusal(
            Refusal(status=status.value, reason=reason, peer=peer, method=method, path=path)
        )

    def _answer(self, status: HTTPStatus) -> bytes:
        return answer(status, self.service.http_date(), headers=self.service.refusal_headers)

    @property
    def _is_answering(self) -> bool:
        return bool(self.cycle) and not self.cycle.response_complete

    def _say_no(self, *, is_answered: bool) -> None:
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        if self.refusal is None or is_answered:
            self.transport.close()
            return
        self.flow.resume_reading()
        self.transport.write(self._answer(self.refusal))
        if self.transport.can_write_eof():
            # RFC 9112, 9.6: closing with unread bytes would reset the connection, and the client
            # would lose the answer while it is still writing.
            self.transport.write_eof()
            linger = self.service.limits.linger_timeout
            self.timer = self.loop.call_later(linger, self.transport.abort)
        else:
            self.transport.close()


def _is_held(transport: object) -> bool:
    return isinstance(transport, HeldHead) and not transport.has_begun


def _framing(headers: list[tuple[bytes, bytes]]) -> bytes:
    """The header lines that say how long the body is (RFC 9112, section 6.3); empty for none."""
    names = (b"content-length", b"transfer-encoding")
    return b"".join(b"%s: %s\r\n" % line for line in headers if line[0] in names)


def _complaint(error: httptools.HttpParserError) -> str:
    if isinstance(error, httptools.HttpParserCallbackError):
        return f"the request target cannot be used ({error.__context__})"
    return str(error)


def peer_name(client: tuple[str, int] | None) -> str:
    """Address and port of a client as a reader expects them; "" where it is gone already."""
    if client is None:
        return ""
    host, port = client
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
