"""What the memory store adds to the contract: flat memory, and a small one forgets nothing."""

from __future__ import annotations

import pytest

from mockidp.model.artifact import Artifact
from mockidp.store.memory import FEWEST_TO_SWEEP, MemoryStore


def session(number: int, expires_at: float | None) -> Artifact:
    return Artifact(
        kind="session", id=f"s{number}", expires_at=expires_at, family=f"family-{number % 1000}"
    )


def size(store: MemoryStore) -> int:
    content = store._content
    return len(content.live) + len(content.spent) + sum(map(len, content.families.values()))


@pytest.mark.parametrize("taken", [False, True], ids=["left alone", "taken"])
def test_memory_stays_flat_over_100_000_short_lived_artifacts(taken: bool) -> None:
    store, largest = MemoryStore(), 0
    for now in range(100_000):
        store.put(session(now, now + 10.0), now=now)
        if taken:
            store.take("session", f"s{now}", now=now)
        if now % 500 == 0:
            largest = max(largest, size(store))
    assert largest <= 2 * FEWEST_TO_SWEEP  # each is counted once itself and once in its family


def test_sweeping_leaves_no_family_behind() -> None:
    store = MemoryStore()
    for number in range(100):
        store.put(session(number, 10.0), now=0)
    assert store.sweep(now=10.0) == 100
    assert size(store) == 0
    assert store._content.families == {}


def test_a_growing_store_is_swept_ever_more_rarely() -> None:
    store = MemoryStore()
    thresholds = set()
    for number in range(20_000):
        store.put(session(number, None), now=0)
        thresholds.add(store._sweep_at)
    assert sorted(thresholds) == [FEWEST_TO_SWEEP * 2**power for power in range(6)]


def test_a_small_store_forgets_nothing_unasked_so_the_clock_can_be_rewound() -> None:
    store = MemoryStore()
    store.put(session(0, 10.0), now=0)
    for number in range(1, FEWEST_TO_SWEEP - 1):
        store.put(session(number, None), now=1_000)
    assert store.take("session", "s0", now=1_000).outcome == "expired"
    assert store.get("session", "s0", now=9) == session(0, 10.0)


@pytest.mark.parametrize("wrong", [None, {}, object()], ids=["None", "a dict", "an object"])
def test_restore_refuses_what_is_no_snapshot(wrong: object) -> None:
    with pytest.raises(TypeError, match="not a snapshot of a memory store"):
        MemoryStore().restore(wrong)
