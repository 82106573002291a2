"""The event loop of the server thread: its time is real time, whatever a test does to the clocks,
so that a frozen test cannot stall a timeout or the server.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from functools import partial

# How long a task may go on after it was cancelled, in seconds of real time.
CANCEL_GRACE = 5.0


def real_monotonic() -> Callable[[], float]:
    """A clock that freezegun and time-machine leave alone, in seconds; active already or later."""
    # Looked up by name: neither exists on every platform.
    gettime = getattr(time, "clock_gettime", None)
    monotonic = getattr(time, "CLOCK_MONOTONIC", None)
    if gettime is not None and monotonic is not None:
        return partial(gettime, monotonic)
    # freezegun swaps time.monotonic and keeps the real one; time-machine does not touch it.
    frozen = sys.modules.get("freezegun.api")
    real: Callable[[], float] = getattr(frozen, "real_monotonic", time.monotonic)
    return real


class RealTimeEventLoop(asyncio.SelectorEventLoop):
    """asyncio's selector loop with a clock of its own.

    The clock is kept on the instance: freezegun replaces what it finds in module namespaces.
    """

    def __init__(self) -> None:
        self._real_monotonic = real_monotonic()
        super().__init__()

    def time(self) -> float:
        return self._real_monotonic()


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A loop that is not running yet and belongs to no thread."""
    return RealTimeEventLoop()


def run_until_stopped(loop: asyncio.AbstractEventLoop) -> None:
    """Runs the loop in this thread until `loop.stop()`, then cancels what is left and closes it."""
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        if left:
            loop.run_until_complete(cancel_all(left))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


async def cancel_all(tasks: set[asyncio.Task[None]]) -> None:
    """Cancels the tasks and waits for them, but no longer than `CANCEL_GRACE`."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=CANCEL_GRACE)
