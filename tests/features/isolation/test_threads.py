"""Twenty threads of one test, each with a provider of its own, do not notice each other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from mockidp import MockIdP
from mockidp.hosting.host import Host

if TYPE_CHECKING:
    from tests.features.isolation.conftest import Live

COUNT = 20
ALLOWED = 3


def run_all(live: Live, lanes: list[MockIdP]) -> list[BaseException | None]:
    """What the body of each thread ended with, all taking each step at the same time."""
    barrier = threading.Barrier(len(lanes), timeout=30)

    def run(number: int) -> None:
        try:
            live(lanes[number], number, barrier.wait)
        except BaseException:
            barrier.abort()  # nobody waits for one that has failed
            raise

    with ThreadPoolExecutor(len(lanes)) as pool:
        futures = [pool.submit(run, number) for number in range(len(lanes))]
    return [future.exception() for future in futures]


@pytest.fixture
def one_thread() -> Iterator[Host]:
    with Host() as host:
        yield host


def test_lanes_on_one_server_thread(live: Live, one_thread: Host) -> None:
    with ExitStack() as open_lanes:
        lanes = [
            open_lanes.enter_context(
                MockIdP("groupdocs-total", thread=one_thread, limiter_allowed=ALLOWED)
            )
            for _ in range(COUNT)
        ]
        assert run_all(live, lanes) == [None] * COUNT


def test_providers_with_server_threads_of_their_own(live: Live) -> None:
    with ExitStack() as open_lanes:
        lanes = [
            open_lanes.enter_context(MockIdP("groupdocs-total", limiter_allowed=ALLOWED))
            for _ in range(COUNT)
        ]
        assert run_all(live, lanes) == [None] * COUNT


def test_providers_that_each_thread_opens_and_closes(live: Live) -> None:
    def run(number: int) -> None:
        with MockIdP("groupdocs-total", limiter_allowed=ALLOWED) as idp:
            live(idp, number, lambda: None)

    with ThreadPoolExecutor(COUNT) as pool:
        list(pool.map(run, range(COUNT)))


def test_the_same_on_one_shared_lane_fails(live: Live) -> None:
    with MockIdP("groupdocs-total", limiter_allowed=ALLOWED) as shared:
        problems = run_all(live, [shared] * COUNT)
    failed = [problem for problem in problems if isinstance(problem, AssertionError)]
    # The others wait at a barrier that is broken then.
    others = [problem for problem in problems if isinstance(problem, threading.BrokenBarrierError)]
    assert failed
    assert len(failed) + len(others) == COUNT, "nobody gets through"
