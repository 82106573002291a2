"""Listening sockets are added and taken away while the loop runs, by any thread."""

from __future__ import annotations

import asyncio
import os
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar

import pytest

from mockidp.hosting.lane import listen
from mockidp.hosting.listeners import (
    Listeners,
    ToldListeners,
    WatchedListeners,
    listeners_of,
    runs_here,
)
from mockidp.hosting.loop import new_event_loop, run_until_stopped

in_test = ContextVar("in_test", default=False)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = new_event_loop()
    yield loop
    if not loop.is_closed():
        loop.close()


@pytest.fixture(params=["watched", "told"])
def listeners(
    request: pytest.FixtureRequest, loop: asyncio.AbstractEventLoop
) -> Iterator[Listeners]:
    """Each way, of a loop that runs in a thread of its own."""
    if request.param == "watched" and not hasattr(selectors.DefaultSelector, "fileno"):
        pytest.skip("no selector of this platform can be watched")
    made = listeners_of(loop) if request.param == "watched" else ToldListeners(loop)
    thread = threading.Thread(target=run_until_stopped, args=(loop,))
    thread.start()
    yield made
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    made.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with listen("127.0.0.1", 0) as opened:
        yield opened


def connect(listener: socket.socket) -> socket.socket:
    return socket.create_connection(listener.getsockname(), timeout=60)


def on_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Done on the loop's thread, and waited for."""

    async def done() -> None:
        call()

    asyncio.run_coroutine_threadsafe(done(), loop).result(60)


@pytest.mark.parametrize(
    ("selector", "kind"),
    [
        (selectors.SelectSelector, ToldListeners),
        (selectors.DefaultSelector, WatchedListeners),
    ],
)
def test_the_loop_watches_a_selector_where_that_has_a_descriptor(
    loop: asyncio.AbstractEventLoop,
    monkeypatch: pytest.MonkeyPatch,
    selector: type[selectors.BaseSelector],
    kind: type,
) -> None:
    if not hasattr(selector, "fileno"):
        kind = ToldListeners
    monkeypatch.setattr(selectors, "DefaultSelector", selector)
    made = listeners_of(loop)
    assert type(made) is kind
    loop.close()
    made.close()


def test_a_connection_is_told_on_the_loop_in_a_context_of_its_own(
    listeners: Listeners, listener: socket.socket, loop: asyncio.AbstractEventLoop
) -> None:
    told: list[tuple[bool, bool]] = []
    accepted = threading.Event()

    def accept() -> None:
        told.append((runs_here(loop), in_test.get()))
        listener.accept()[0].close()
        accepted.set()

    token = in_test.set(True)
    listeners.add(listener, accept)
    in_test.reset(token)
    with connect(listener):
        assert accepted.wait(60)
    assert told == [(True, False)]


@pytest.mark.parametrize("where", ["on the loop", "elsewhere"])
def test_what_is_taken_away_is_not_told_and_may_come_back(
    listeners: Listeners, listener: socket.socket, loop: asyncio.AbstractEventLoop, where: str
) -> None:
    told: list[str] = []
    accepted = threading.Event()

    def accept() -> None:
        told.append("again")
        with suppress(BlockingIOError):
            listener.accept()[0].close()
        accepted.set()

    def change() -> None:
        listeners.add(listener, lambda: told.append("removed"))
        listeners.remove(listener)
        listeners.remove(listener)

    if where == "elsewhere":
        change()
    else:
        on_loop(loop, change)
    with connect(listener):
        on_loop(loop, lambda: None)
        assert told == []
        if where == "elsewhere":
            listeners.add(listener, accept)
        else:
            on_loop(loop, lambda: listeners.add(listener, accept))
        assert accepted.wait(60)
    assert set(told) == {"again"}


def test_a_number_that_somebody_else_has_closed_may_come_again(
    loop: asyncio.AbstractEventLoop, listener: socket.socket
) -> None:
    if not hasattr(selectors.DefaultSelector, "fileno"):
        pytest.skip("no selector of this platform can be watched")
    made = listeners_of(loop)
    with listen("127.0.0.1", 0) as first:
        made.add(first, lambda: None)
        number = first.fileno()
        os.dup2(listener.fileno(), number)  # closes what had it
        made.add(first, lambda: None)
        made.remove(first)
    loop.close()
    made.close()


def test_what_the_loop_cannot_take_away_is_told_to_who_asks(
    loop: asyncio.AbstractEventLoop, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(listener: socket.socket) -> bool:
        raise ValueError("Invalid file descriptor: -1")

    monkeypatch.setattr(loop, "remove_reader", fail)
    told = ToldListeners(loop)
    thread = threading.Thread(target=run_until_stopped, args=(loop,))
    thread.start()
    try:
        with pytest.raises(ValueError, match="Invalid file descriptor"):
            told.remove(listener)
    finally:
        monkeypatch.undo()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
