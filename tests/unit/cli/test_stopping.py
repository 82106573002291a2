"""A signal ends `mockidp serve` whenever it comes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from mockidp.cli.stopping import StopSignal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers_are_put_back() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("number", SIGNALS)
def test_signals_at_every_line_of_the_wait_end_it(number: int) -> None:
    stop_signal = StopSignal()

    def trace(frame: FrameType, what: str, argument: Any) -> Any:
        signal.raise_signal(number)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        stop_signal.wait()
    finally:
        sys.settrace(before)


def test_the_end_of_the_terminal_is_ignored_where_the_caller_wants_that() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # nohup
    StopSignal()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
