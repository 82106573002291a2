"""The server thread: one event loop in one daemon thread, started with the first lane, and on it
any number of lanes.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from uvicorn.server import ServerState

from mockidp.hosting.certificates import Authority
from mockidp.hosting.lane import Lane, listen
from mockidp.hosting.listeners import Listeners, listeners_of
from mockidp.hosting.loop import new_event_loop, run_until_stopped
from mockidp.hosting.protocol import LaneProtocol
from mockidp.hosting.refusal import Limits, RawHeaders, Refusal
from mockidp.hosting.service import Service, nobody, quiet_config

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Host", "Lane", "Limits", "Refusal"]


class Host:
    """Where lanes are opened. A session needs one; its methods may be called from any thread.

    >>> import urllib.request
    >>> async def app(scope, receive, send):
    ...     await send({"type": "http.response.start", "status": 204})
    ...     await send({"type": "http.response.body"})
    >>> date = b"Tue, 15 Nov 1994 08:12:31 GMT"
    >>> with Host() as host:
    ...     lane = host.open(app, on_refusal=print, http_date=lambda: date)
    ...     urllib.request.urlopen(lane.origin).status
    204
    """

    def __init__(self, *, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._config = quiet_config(self._limits)
        # Reentrant, because the garbage collector may close a lane anywhere.
        self._lock = threading.RLock()
        self._closing = threading.Lock()
        self._lanes: set[Lane] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: Listeners | None = None
        self._thread: threading.Thread | None = None
        self._process: int | None = None
        self._is_closed = False
        self._authority: Authority | None = None

    @property
    def authority(self) -> Authority:
        """The one authority of all TLS lanes here, made when first asked for."""
        with self._lock:
            if self._authority is None:
                self._authority = Authority()
            return self._authority

    def open(
        self,
        app: ASGIApp,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        on_refusal: Callable[[Refusal], None],
        http_date: Callable[[], bytes],
        on_error: Callable[[BaseException], None] | None = None,
        tls: ssl.SSLContext | None = None,
        refusal_headers: RawHeaders = (),
    ) -> Lane:
        """Serves the application at an address of its own; port 0 is any free one. With `tls`, such
        as `authority.server_context(names)`, it is an https:// address.

        The callbacks run on the event loop: `on_refusal` gets what never became a request,
        `http_date` gives the Date of each response (RFC 9110, section 5.6.7), `on_error` gets what
        escapes the application; `refusal_headers` go with the answers to what was refused.

        Raises OSError for an address that cannot be had, RuntimeError after `close` and in a forked
        child, where the thread does not exist.
        """
        app = app if on_error is None else _reporting(app, on_error)
        service = self._service(app, on_refusal, http_date, refusal_headers)
        return self._listen(host, port, service, LaneProtocol, tls)

    def open_proxy(
        self,
        routes: Mapping[str, Lane],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        on_refusal: Callable[[Refusal], None],
        http_date: Callable[[], bytes],
    ) -> Lane:
        """A CONNECT proxy at an address of its own: from each of these host names, in small
        letters, to a lane that speaks TLS.

        What it refuses is reported like the refusals of a lane. Raises as `open` does.
        """
        from mockidp.hosting.proxy import ProxyProtocol

        service = self._service(nobody, on_refusal, http_date)
        return self._listen(host, port, service, partial(ProxyProtocol, routes), None)

    def _service(
        self,
        app: ASGIApp,
        on_refusal: Callable[[Refusal], None],
        http_date: Callable[[], bytes],
        refusal_headers: RawHeaders = (),
    ) -> Service:
        return Service(
            app=app,
            config=self._config,
            state=ServerState(),
            limits=self._limits,
            on_refusal=on_refusal,
            http_date=http_date,
            refusal_headers=refusal_headers,
        )

    def _listen(
        self,
        host: str,
        port: int,
        service: Service,
        protocol: Callable[[Service, asyncio.AbstractEventLoop], LaneProtocol],
        tls: ssl.SSLContext | None,
    ) -> Lane:
        if self._is_forked:
            raise RuntimeError(
                f"this Host runs in process {self._process}, and a forked child ({os.getpid()}) "
                "has no copy of its thread: make a new Host in the child"
            )
        with self._lock:
            if self._is_closed:
                raise RuntimeError("this Host is closed: make a new one")
            loop, listeners = self._running()
            listener = listen(host, port)
            try:
                lane = Lane(
                    host,
                    listener,
                    service,
                    loop,
                    listeners,
                    self._forget,
                    protocol=protocol,
                    tls=tls,
                )
            except BaseException:
                listener.close()
                raise
            self._lanes.add(lane)
        return lane

    def close(self) -> None:
        """Closes the lanes and ends the thread, and waits for it. Idempotent.

        In a forked child it does nothing. Raises RuntimeError on the thread it would wait for.
        """
        if self._is_forked:
            return
        if self._thread is threading.current_thread():
            raise RuntimeError("a Host cannot be closed from its own event loop")
        with self._closing:
            with self._lock:
                self._is_closed = True
                lanes = list(self._lanes)
            for lane in lanes:
                lane.close()
            if self._loop is not None and self._thread is not None and self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
            if self._listeners is not None:
                self._listeners.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _is_forked(self) -> bool:
        return self._process is not None and self._process != os.getpid()

    def _running(self) -> tuple[asyncio.AbstractEventLoop, Listeners]:
        if self._loop is None or self._listeners is None:
            loop = new_event_loop()
            try:
                self._listeners = listeners_of(loop)
            except OSError:
                loop.close()
                raise
            self._loop = loop
            self._process = os.getpid()
            self._thread = threading.Thread(
                target=run_until_stopped, args=(loop,), name="mockidp-host", daemon=True
            )
            self._thread.start()
        return self._loop, self._listeners

    def _forget(self, lane: Lane) -> None:
        with self._lock:
            self._lanes.discard(lane)


def _reporting(app: ASGIApp, on_error: Callable[[BaseException], None]) -> ASGIApp:
    async def reporting(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:  # the lane is closing
            raise
        except BaseException as error:  # pytest's outcomes are no Exception
            on_error(error)
            raise

    return reporting
