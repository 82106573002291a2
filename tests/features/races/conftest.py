"""A hundred threads that start together and are switched as often as Python can."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

T = TypeVar("T")

RACERS = 100

Race = Callable[[Callable[[], T]], list[T]]


@pytest.fixture
def race() -> Iterator[Callable[[Callable[[], T]], list[T]]]:
    """Calls something from all threads at once and gives what each call returned."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield _race
    sys.setswitchinterval(before)


def _race(run: Callable[[], T]) -> list[T]:
    barrier = threading.Barrier(RACERS)
    results: list[T] = []
    failures: list[BaseException] = []

    def start() -> None:
        barrier.wait(30)
        try:
            results.append(run())
        except BaseException as problem:
            failures.append(problem)
            raise

    threads = [threading.Thread(target=start) for _ in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(results) == RACERS
    return results
