"""A signal ends `mockidp serve` whenever it comes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from mockidp.cli.stopping import StopSignal


@pytest.fixture(autouse=True)
def handlers_are_put_back() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
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
