"""A lane: one listening socket on the server thread's loop, and the connections it accepts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from mockidp.hosting.listeners import Listeners, runs_here
from mockidp.hosting.loop import cancel_all
from mockidp.hosting.protocol import LaneProtocol, peer_name
from mockidp.hosting.refusal import (
    BAD_REQUEST,
    REQUEST_TIMEOUT,
    Refusal,
    explain_handshake,
    explain_no_handshake,
)
from mockidp.hosting.service import Service

BACKLOG = 1024
ACCEPTS_PER_TURN = 64
# Real seconds without accepting once the process is out of file descriptors.
ACCEPT_PAUSE = 1.0

# The first byte of a TLS connection (RFC 8446, 5.1).
TLS_HANDSHAKE = b"\x16"

# An address to bind that is none to connect to, and the one to name instead.
REACHABLE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


def origin_of(host: str, port: int, scheme: str = "http") -> str:
    """Where clients reach what listens on this address (RFC 6454, section 6.2)."""
    host = REACHABLE.get(host, host)
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens: from now on clients can connect, and wait to be accepted.

    Raises OSError for an address that is in use, forbidden or not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small answers at once (TCP_NODELAY) only where the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # Set before binding it lets a fixed port be had again although connections of the last
        # server linger there; with port 0 it could give two processes the same port, so it is set
        # after, and only serves those who ask for this port later. On Windows it means theft.
        if port and os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except (OverflowError, TypeError) as problem:  # a port above 65535, a name that cannot be one
        listener.close()
        raise OSError(str(problem)) from None
    except BaseException:
        listener.close()
        raise
    return listener


class Lane:
    """One running provider's address. Made by `Host.open`; its methods may be called anywhere."""

    def __init__(
        self,
        host: str,
        listener: socket.socket,
        service: Service,
        loop: asyncio.AbstractEventLoop,
        listeners: Listeners,
        on_closed: Callable[[Lane], None],
        *,
        protocol: Callable[[Service, asyncio.AbstractEventLoop], LaneProtocol] = LaneProtocol,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        self._service = service
        self._loop = loop
        self._listeners = listeners
        self._on_closed = on_closed
        self._make_protocol = protocol
        self._tls = tls
        self._process = os.getpid()
        self._closing = threading.Lock()
        self._is_closed = False
        # Held while connections are accepted: none comes in unseen while the lane closes.
        # Reentrant, because the garbage collector may close a lane anywhere.
        self._door = threading.RLock()
        self._is_listening = True
        self._accepting: dict[asyncio.Task[Any], socket.socket] = {}
        self._listen()

    @property
    def origin(self) -> str:
        """Scheme, address and port to reach it at (RFC 6454, section 6.2)."""
        return origin_of(self.host, self.port, "http" if self._tls is None else "https")

    @property
    def address(self) -> tuple[str, int]:
        """Where to connect to."""
        return REACHABLE.get(self.host, self.host), self.port

    def close(self) -> None:
        """Closes the port and every connection, cancels running requests, and waits for all that.

        Idempotent. From the event loop itself it cannot wait; in a forked child it does nothing,
        because the lane is the parent's.
        """
        if os.getpid() != self._process:
            return
        if runs_here(self._loop):
            try:
                self._stop_listening()
            finally:
                self._loop.create_task(self._end_connections())
            return
        with self._closing:
            if not self._is_closed:
                # In most tests nobody is connected by now, and the loop need not be woken. Where
                # the lane is being closed there too, it is asked when it has done that.
                if not self._stop_listening() or self._is_busy:
                    self._run(self._end_connections())
                if self._listener.fileno() >= 0:  # whoever closed it was interrupted
                    self._close_port()
                self._is_closed = True
        self._on_closed(self)

    def hang_up(self) -> None:
        """Aborts the connections that there are, and goes on listening."""
        with self._closing:
            if not self._is_closed and os.getpid() == self._process:
                self._run(self._abort_connections())

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        try:
            asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()
        except RuntimeError:  # the loop has ended
            coroutine.close()
            raise

    @property
    def _is_busy(self) -> bool:
        state = self._service.state
        # In the order in which a connection goes through them: none is missed on its way.
        return bool(self._accepting or state.connections or state.tasks or self._service.leaving)

    def _listen(self) -> None:
        with self._door:
            if self._is_listening:
                self._listeners.add(self._listener, self._accept)

    def _stop_listening(self) -> bool:
        """Closes the port, and says whether it was open."""
        with self._door:
            was_listening, self._is_listening = self._is_listening, False
        if was_listening:
            self._close_port()
        return was_listening

    def _close_port(self) -> None:
        self._listeners.remove(self._listener)
        _hang_up(self._listener)
        self._listener.close()

    # ── on the event loop ────────────────────────────────────────────────────────────────────────

    def _accept(self) -> None:
        with self._door:
            for _ in range(ACCEPTS_PER_TURN):
                if not (self._is_listening and self._accept_one()):
                    return

    def _accept_one(self) -> bool:
        try:
            connection, address = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False
        except OSError:
            # Out of file descriptors: the socket stays ready and the loop would spin.
            self._listeners.remove(self._listener)
            self._loop.call_later(ACCEPT_PAUSE, self._listen)
            return False
        connection.setblocking(False)
        task: asyncio.Task[Any] = self._loop.create_task(
            self._loop.connect_accepted_socket(self._protocol, connection)
            if self._tls is None
            else self._shake_hands(connection, peer_name(address[:2]))
        )
        self._accepting[task] = connection
        task.add_done_callback(self._accepting.pop)
        return True

    def _protocol(self) -> LaneProtocol:
        return self._make_protocol(self._service, self._loop)

    async def _shake_hands(self, connection: socket.socket, peer: str) -> None:
        limits = self._service.limits
        is_ours = True
        try:
            async with asyncio.timeout(limits.head_timeout):
                first = await _peek(connection, self._loop)
                if first[:1] == TLS_HANDSHAKE:
                    is_ours = False  # asyncio closes it, whatever comes of it
                    await self._loop.connect_accepted_socket(
                        self._protocol,
                        connection,
                        ssl=self._tls,
                        ssl_handshake_timeout=limits.head_timeout,
                        ssl_shutdown_timeout=limits.linger_timeout,
                    )
                elif first:  # otherwise somebody only looked whether the port is open
                    self._refuse(BAD_REQUEST, explain_no_handshake(first), peer)
        except (TimeoutError, ConnectionAbortedError):
            reason = (
                f"The client did not finish the TLS handshake within {limits.head_timeout:g} s."
            )
            self._refuse(REQUEST_TIMEOUT, reason, peer)
        except OSError as problem:  # what OpenSSL says is one
            self._refuse(BAD_REQUEST, explain_handshake(problem), peer)
        finally:
            if is_ours:
                connection.close()

    def _refuse(self, status: HTTPStatus, reason: str, peer: str) -> None:
        self._service.on_refusal(Refusal(status=status.value, reason=reason, peer=peer))

    async def _end_connections(self) -> None:
        state = self._service.state
        if self._accepting and self._tls is None:
            await asyncio.wait(self._accepting)
        elif self._accepting:
            for connection in self._accepting.values():
                _hang_up(connection)
            await asyncio.sleep(0)  # all have begun now, and clean up when they are cancelled
            if self._accepting:
                await cancel_all(set(self._accepting))
        while state.connections:
            await self._abort_connections()
            await asyncio.sleep(0)  # asyncio reports a lost connection in its next turn
        if state.tasks:
            await cancel_all(set(state.tasks))
        while self._service.leaving:
            await asyncio.sleep(0)

    async def _abort_connections(self) -> None:
        for connection in list(self._service.state.connections):
            sock = connection.transport.get_extra_info("socket")
            if sock is not None:  # TLS forgets it one turn before the connection is lost
                _hang_up(sock)
            connection.transport.abort()


async def _peek(connection: socket.socket, loop: asyncio.AbstractEventLoop) -> bytes:
    """The first bytes that a client sends, left where they are; empty when it sends none."""
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        await readable.wait()
        return connection.recv(64, socket.MSG_PEEK)
    except ConnectionError:
        return b""
    finally:
        loop.remove_reader(connection)


def _hang_up(sock: socket.socket) -> None:
    """Ends it for every process: a child forked meanwhile holds a copy that `close` leaves open."""
    with contextlib.suppress(OSError):  # it may be disconnected already
        sock.shutdown(socket.SHUT_RDWR)
