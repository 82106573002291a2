"""Tokens issued in a bare thread are of the time of the test.

freezegun shows real time to calls whose nearest frames belong to `threading`, which is where the
stack of a bare thread begins.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import starmap
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from mockidp import MockIdP

if TYPE_CHECKING:
    from tests.features.time_travel.conftest import Check, Travel

T = TypeVar("T")


def in_a_bare_thread(call: Callable[[], T]) -> T:
    results: list[T] = []
    # The call stands directly upon `threading`: `extend` and `starmap` have no Python frames.
    thread = threading.Thread(target=results.extend, args=(starmap(call, [()]),))
    thread.start()
    thread.join(60)
    return results[0]


def in_a_pool(call: Callable[[], T]) -> T:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result(60)


runners = pytest.mark.parametrize("run", [in_a_bare_thread, in_a_pool], ids=["bare thread", "pool"])
Run = Callable[[Callable[[], Any]], Any]
ClaimsOf = Callable[[str], dict[str, Any]]


@runners
def test_issued_tokens(travelled: Travel, claims_of: ClaimsOf, check_now: Check, run: Run) -> None:
    with MockIdP("groupdocs-total") as idp:
        check_now(claims_of(run(idp.issue_token))["nbf"])
        travelled.on(days=3)
        idp.clock.advance(hours=1)
        check_now(claims_of(run(idp.issue_token))["nbf"], ahead=3600)


@runners
def test_the_clock_itself(travelled: Travel, check_now: Check, run: Run) -> None:
    clock = MockIdP("groupdocs-total").clock
    check_now(run(clock.now))
    clock.advance(minutes=5)
    check_now(run(clock.now), ahead=300)
