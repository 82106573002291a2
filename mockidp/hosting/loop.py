"""The event loop of the server thread: its time is real time, whatever a test does to the clocks,
so that a frozen test cannot stall a timeout or the server.
"""

from __future__ import annotations

import asyncio

from mockidp.clock import real_monotonic

# How long a task may go on after it was cancelled, in seconds of real time.
CANCEL_GRACE = 5.0


class RealTimeEventLoop(asyncio.SelectorEventLoop):
    """asyncio's selector loop with a clock of its own.

    The clock is kept on the instance: freezegun replaces what it finds in module namespaces.
    """

    def __init__(self) -> None:
        # In the place of the method: the loop asks several times for each request.
        self.time = real_monotonic()  # type: ignore[method-assign]
        super().__init__()


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
