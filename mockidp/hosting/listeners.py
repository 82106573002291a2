"""The listening sockets of a host, which any thread may add and take away while the loop runs.

To tell an event loop something from another thread wakes it, here twice for each test, and that
costs more than all else about a lane. So the sockets wait in a selector of their own, which
the loop watches like one more socket: epoll(7) and kqueue(2) may be watched, and may be changed
while somebody does.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
import threading
from collections.abc import Callable
from contextvars import Context
from typing import Protocol


class Listeners(Protocol):
    """Says when somebody connects to one of some sockets. Made before the loop runs."""

    def add(self, listener: socket.socket, on_ready: Callable[[], None]) -> None:
        """Calls `on_ready` on the event loop whenever there is somebody to accept."""

    def remove(self, listener: socket.socket) -> None:
        """Watches it no more, if it did; one call may still be on its way. For a socket that is not
        closed yet.
        """

    def close(self) -> None:
        """Gives the descriptors back, once the loop has ended."""


def listeners_of(loop: asyncio.AbstractEventLoop) -> Listeners:
    """The way that this platform has."""
    selector = selectors.DefaultSelector()
    if hasattr(selector, "fileno"):
        return WatchedListeners(loop, selector, selector.fileno())
    selector.close()
    return ToldListeners(loop)


class WatchedListeners:
    """Where one selector can watch another (Linux, macOS, BSD): changes do not wake the loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, selector: selectors.BaseSelector, descriptor: int
    ) -> None:
        self._selector = selector
        # The kernel needs none; the dict that selectors keep beside it does. Reentrant, because the
        # garbage collector may close a lane anywhere.
        self._lock = threading.RLock()
        # An empty context: requests do not inherit the context variables of the opening test.
        Context().run(loop.add_reader, descriptor, self._call)

    def add(self, listener: socket.socket, on_ready: Callable[[], None]) -> None:
        with self._lock:
            # Somebody else may have closed a descriptor of ours, and this is its number.
            self.remove(listener)
            self._selector.register(listener, selectors.EVENT_READ, on_ready)

    def remove(self, listener: socket.socket) -> None:
        with self._lock, contextlib.suppress(KeyError):
            self._selector.unregister(listener)

    def close(self) -> None:
        self._selector.close()

    def _call(self) -> None:
        with self._lock:
            ready = self._selector.select(0)
        for key, _ in ready:
            key.data()


class ToldListeners:
    """Where the loop has to watch each socket itself, and has to be told (Windows)."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def add(self, listener: socket.socket, on_ready: Callable[[], None]) -> None:
        context = Context()  # as above
        if runs_here(self._loop):
            context.run(self._watch, listener, on_ready)
        else:
            self._loop.call_soon_threadsafe(self._watch, listener, on_ready, context=context)

    def remove(self, listener: socket.socket) -> None:
        if runs_here(self._loop):
            self._loop.remove_reader(listener)
        else:
            asyncio.run_coroutine_threadsafe(self._remove(listener), self._loop).result()

    def _watch(self, listener: socket.socket, on_ready: Callable[[], None]) -> None:
        if listener.fileno() >= 0:  # it may have been removed and closed on the loop meanwhile
            self._loop.add_reader(listener, on_ready)

    async def _remove(self, listener: socket.socket) -> None:
        self._loop.remove_reader(listener)

    def close(self) -> None:
        pass


def runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether this thread is the one that runs the loop."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
