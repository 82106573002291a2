"""The server thread's time is real, and its loop ends cleanly."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import types

import freezegun
import pytest
import time_machine

from mockidp.clock import real_monotonic
from mockidp.hosting.loop import new_event_loop, run_until_stopped


def is_running(clock: object) -> bool:
    """A stopped clock stays at one value however often it is read."""
    assert callable(clock)
    first = clock()
    return any(clock() > first for _ in range(1_000_000))


@pytest.mark.parametrize("tick", [False, True])
@pytest.mark.parametrize("starts", ["before", "after"])
@pytest.mark.parametrize("library", ["freezegun", "time-machine"])
def test_frozen_time_does_not_stop_the_loop(library: str, starts: str, tick: bool) -> None:
    frozen = (
        freezegun.freeze_time("2000-01-01", tick=tick)
        if library == "freezegun"
        else time_machine.travel("2000-01-01", tick=tick)
    )
    loop = new_event_loop() if starts == "after" else None
    with frozen:
        assert time.time() < 1e9
        loop = loop or new_event_loop()
        assert is_running(loop.time)
        loop.run_until_complete(asyncio.sleep(0.001))
    loop.close()


@pytest.mark.parametrize("starts", ["before", "after"])
def test_time_is_real_where_clock_gettime_is_missing(
    starts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(time, "clock_gettime", raising=False)
    clock = real_monotonic() if starts == "after" else None
    with freezegun.freeze_time("2000-01-01"):
        assert is_running(clock or real_monotonic())


def test_a_module_loaded_in_frozen_time_gets_a_real_loop() -> None:
    source = sys.modules[new_event_loop.__module__].__file__
    assert source is not None
    module = types.ModuleType("loop_loaded_in_frozen_time")
    with open(source, encoding="utf-8") as file:
        code = compile(file.read(), source, "exec")
    with freezegun.freeze_time("2000-01-01"):
        exec(code, module.__dict__)
        loop = module.new_event_loop()
        assert is_running(loop.time)
    loop.close()


def test_stopping_cancels_what_still_runs() -> None:
    loop = new_event_loop()
    started, ended = threading.Event(), threading.Event()

    async def forever() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    thread = threading.Thread(target=run_until_stopped, args=(loop,))
    thread.start()
    asyncio.run_coroutine_threadsafe(forever(), loop)
    assert started.wait(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(60)
    assert ended.is_set()
    assert loop.is_closed()
