"""The contract that `mockidp/store/base.py` states, held against every store in `STORES`.

Each check takes a maker of empty stores, so that the last part can hold the same checks against a
store that is wrong on purpose: one that reads and then deletes.
"""

from __future__ import annotations

import math
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from mockidp.model.artifact import Artifact, ArtifactKind
from mockidp.store import STORES
from mockidp.store.base import Outcome, Store, Take
from mockidp.store.memory import MemoryStore

Make = Callable[[], Store]

NOW = 1_700_000_000.0
END = NOW + 60
LAST_MOMENT = math.nextafter(END, 0.0)
RACERS = 100
ROUNDS = 30


def code(
    id: str = "c1",
    *,
    kind: ArtifactKind = "authorization_code",
    expires_at: float | None = END,
    family: str | None = "f1",
    client_id: str | None = "app",
    sub: str | None = "anna",
) -> Artifact:
    return Artifact(
        kind=kind,
        id=id,
        expires_at=expires_at,
        client_id=client_id,
        sub=sub,
        scope=("openid", "email"),
        family=family,
        data={"nonce": "n", "amr": ["pwd"], "auth_time": 1.5, "acr": None},
    )


def holding(make: Make, *artifacts: Artifact) -> Store:
    store = make()
    for artifact in artifacts:
        assert store.put(artifact, now=NOW)
    return store


def take(store: Store, id: str = "c1", *, now: float = NOW) -> Outcome:
    return store.take("authorization_code", id, now=now).outcome


def found(store: Store, *, now: float = NOW) -> list[str]:
    return [artifact.id for artifact in store.find(now=now)]


# put and get


def check_get_returns_what_was_put(make: Make) -> None:
    assert holding(make, code()).get("authorization_code", "c1", now=NOW) == code()


def check_what_was_never_put_is_missing(make: Make) -> None:
    store = make()
    assert store.get("authorization_code", "c1", now=NOW) is None
    assert store.take("authorization_code", "c1", now=NOW) == Take(outcome="missing", artifact=None)


def check_one_id_of_two_kinds_is_two_artifacts(make: Make) -> None:
    store = holding(make, code(), code(kind="refresh_token", family="f2"))
    assert take(store) == "won"
    assert store.get("refresh_token", "c1", now=NOW) == code(kind="refresh_token", family="f2")


def check_ids_are_compared_exactly(make: Make) -> None:
    ids = ("c1", "C1", "c1 ", "c:1", "", "õ", "o\u0303")
    store = holding(make, *(code(id, family=id) for id in ids))
    assert [store.get("authorization_code", id, now=NOW) for id in ids] == [
        code(id, family=id) for id in ids
    ]


def check_put_replaces_a_live_one(make: Make) -> None:
    store = holding(make, code(), code(sub="ben"))
    assert store.find(now=NOW) == [code(sub="ben")]


def check_put_replaces_an_expired_one(make: Make) -> None:
    store = holding(make, code())
    later = code(expires_at=END + 60)
    assert store.put(later, now=END)
    assert store.get("authorization_code", "c1", now=END) == later


def check_put_moves_the_artifact_to_its_new_family(make: Make) -> None:
    store = holding(make, code(family="f1"), code(family="f2"))
    assert store.revoke_family("f1") == 0
    assert store.revoke_family("f2") == 1


def check_put_does_not_make_a_spent_one_good_again(make: Make) -> None:
    store = holding(make, code())
    take(store)
    assert store.put(code(sub="ben"), now=LAST_MOMENT) is False
    assert store.take("authorization_code", "c1", now=NOW) == Take(outcome="spent", artifact=code())


def check_put_may_use_an_id_again_after_the_spent_one_expired(make: Make) -> None:
    store = holding(make, code())
    take(store)
    again = code(expires_at=END + 60, family="f2")
    assert store.put(again, now=END)
    assert store.revoke_family("f1") == 0
    assert store.take("authorization_code", "c1", now=END) == Take(outcome="won", artifact=again)


# expiry


def check_get_ends_exactly_at_expires_at(make: Make) -> None:
    store = holding(make, code())
    assert store.get("authorization_code", "c1", now=LAST_MOMENT) == code()
    assert store.get("authorization_code", "c1", now=END) is None


def check_take_is_won_at_the_last_moment(make: Make) -> None:
    assert take(holding(make, code()), now=LAST_MOMENT) == "won"


def check_take_is_expired_exactly_at_expires_at(make: Make) -> None:
    store = holding(make, code())
    assert store.take("authorization_code", "c1", now=END) == Take(
        outcome="expired", artifact=code()
    )


def check_an_expired_take_does_not_spend(make: Make) -> None:
    store = holding(make, code())
    take(store, now=END)
    assert take(store, now=NOW) == "won"


def check_find_leaves_out_what_has_expired(make: Make) -> None:
    store = holding(make, code(), code("c2", expires_at=None), code("c3", expires_at=END + 1))
    assert found(store, now=LAST_MOMENT) == ["c1", "c2", "c3"]
    assert found(store, now=END) == ["c2", "c3"]


def check_without_expires_at_it_never_expires(make: Make) -> None:
    store = holding(make, code(expires_at=None))
    assert store.sweep(now=1e15) == 0
    assert store.get("authorization_code", "c1", now=1e15) == code(expires_at=None)
    assert take(store, now=1e15) == "won"


def check_sweep_drops_the_expired_spent_or_not_and_counts_them(make: Make) -> None:
    store = holding(make, code(), code("c2"), code("c3", expires_at=END + 1))
    take(store, "c2")
    assert store.sweep(now=LAST_MOMENT) == 0
    assert store.sweep(now=END) == 2
    assert store.sweep(now=END) == 0
    assert [take(store, id, now=NOW) for id in ("c1", "c2", "c3")] == ["missing", "missing", "won"]


def check_an_artifact_swept_from_a_family_is_not_counted_in_it(make: Make) -> None:
    store = holding(make, code(), code("c2", expires_at=None))
    store.sweep(now=END)
    assert store.revoke_family("f1") == 1


# spent memory


def check_the_second_take_is_told_spent_and_by_which_family(make: Make) -> None:
    store = holding(make, code())
    assert store.take("authorization_code", "c1", now=NOW) == Take(outcome="won", artifact=code())
    assert store.take("authorization_code", "c1", now=NOW) == Take(outcome="spent", artifact=code())


def check_a_spent_one_is_neither_got_nor_found(make: Make) -> None:
    store = holding(make, code())
    take(store)
    assert store.get("authorization_code", "c1", now=NOW) is None
    assert store.find(family="f1", now=NOW) == []


def check_spent_is_remembered_until_exactly_expires_at(make: Make) -> None:
    store = holding(make, code())
    take(store)
    assert take(store, now=LAST_MOMENT) == "spent"
    assert take(store, now=END) == "expired"


def check_spent_without_expires_at_is_remembered_for_ever(make: Make) -> None:
    store = holding(make, code(expires_at=None))
    take(store)
    store.sweep(now=1e15)
    assert take(store, now=1e15) == "spent"


# revoke


def check_revoke_forgets_one(make: Make) -> None:
    store = holding(make, code(), code("c2"))
    assert store.revoke("authorization_code", "c1") is True
    assert store.revoke("authorization_code", "c1") is False
    assert take(store) == "missing"
    assert found(store) == ["c2"]
    assert store.revoke_family("f1") == 1


def check_revoke_needs_the_kind_too(make: Make) -> None:
    store = holding(make, code())
    assert store.revoke("refresh_token", "c1") is False
    assert take(store) == "won"


def check_revoke_does_not_hide_that_it_was_spent(make: Make) -> None:
    store = holding(make, code())
    take(store)
    assert store.revoke("authorization_code", "c1") is False
    assert take(store) == "spent"


def check_revoke_family_takes_every_kind_and_no_other_family(make: Make) -> None:
    store = holding(
        make,
        code(),
        code("r1", kind="refresh_token"),
        code("c2", family="f2"),
        code("c3", family=None),
    )
    assert store.revoke_family("f1") == 2
    assert found(store) == ["c2", "c3"]
    assert store.revoke_family("f1") == 0
    assert store.revoke_family("nobody's") == 0


def check_revoke_family_forgets_its_spent_ones_without_counting_them(make: Make) -> None:
    store = holding(make, code(expires_at=None), code("c2"))
    take(store)
    assert store.revoke_family("f1") == 1
    assert take(store) == "missing"


def check_a_revoked_family_can_begin_again(make: Make) -> None:
    store = holding(make, code())
    store.revoke_family("f1")
    store.put(code("c2"), now=NOW)
    assert store.find(family="f1", now=NOW) == [code("c2")]


# find


def check_find_applies_everything_that_is_given(make: Make) -> None:
    wanted = code("r1", kind="refresh_token")
    store = holding(
        make,
        wanted,
        code("r1"),
        code("r2", kind="refresh_token", family="f2"),
        code("r3", kind="refresh_token", client_id="other"),
        code("r4", kind="refresh_token", sub="ben"),
        code("r5", kind="refresh_token", family=None, client_id=None, sub=None),
    )
    assert store.find("refresh_token", family="f1", client_id="app", sub="anna", now=NOW) == [
        wanted
    ]
    assert len(store.find("refresh_token", now=NOW)) == 5
    assert len(store.find(family="f1", now=NOW)) == 4
    assert len(store.find(client_id="app", now=NOW)) == 4
    assert len(store.find(sub="anna", now=NOW)) == 4
    assert len(store.find(now=NOW)) == 6
    assert store.find("session", now=NOW) == []


def check_find_keeps_the_order_of_putting(make: Make) -> None:
    store = holding(make, code("b"), code("a"), code("c"), code("b", sub="ben"))
    assert found(store) == ["a", "c", "b"]
    assert [artifact.id for artifact in store.find(family="f1", now=NOW)] == ["a", "c", "b"]


def check_changing_what_find_returned_does_not_change_the_store(make: Make) -> None:
    store = holding(make, code())
    store.find(now=NOW).clear()
    assert found(store) == ["c1"]


# snapshot, restore, clear


def check_restore_brings_back_live_spent_and_families(make: Make) -> None:
    store = holding(make, code(), code("c2"), code("c3"))
    take(store, "c2")
    snapshot = store.snapshot()
    store.revoke_family("f1")
    store.put(code("c4", family="f2"), now=NOW)
    store.restore(snapshot)
    assert found(store) == ["c1", "c3"]
    assert take(store, "c2") == "spent"
    assert take(store, "c4") == "missing"
    assert store.revoke_family("f1") == 2


def check_a_later_change_does_not_reach_the_snapshot(make: Make) -> None:
    changes: list[Callable[[Store], object]] = [
        lambda store: store.put(code("c2"), now=NOW),
        lambda store: store.put(code(sub="ben"), now=NOW),
        lambda store: store.take("authorization_code", "c1", now=NOW),
        lambda store: store.revoke("authorization_code", "c1"),
        lambda store: store.revoke_family("f1"),
        lambda store: store.sweep(now=END),
        lambda store: store.clear(),
    ]
    store = holding(make, code())
    snapshot = store.snapshot()
    for change in changes:  # one store: what an earlier restore left behind would show as well
        change(store)
        store.restore(snapshot)
        assert store.find(now=NOW) == [code()]
        assert take(store, "c2") == "missing"
    assert take(store) == "won"


def check_clear_forgets_everything(make: Make) -> None:
    store = holding(make, code(), code("c2", expires_at=None))
    take(store, "c2")
    store.clear()
    assert [take(store), take(store, "c2")] == ["missing", "missing"]
    assert store.revoke_family("f1") == 0
    assert store.put(code("c2"), now=NOW)


def check_two_stores_do_not_notice_each_other(make: Make) -> None:
    one, other = holding(make, code()), make()
    assert found(other) == []
    other.clear()
    assert found(one) == ["c1"]


# take once, from many threads


@contextmanager
def eager_switching() -> Iterator[None]:
    """Threads change places as often as the interpreter can, so that a gap shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def race(run: Callable[[int], Outcome]) -> list[Counter[Outcome]]:
    """The outcomes of each round, in which all racers call `run` with its number at once."""
    rounds: list[Counter[Outcome]] = [Counter() for _ in range(ROUNDS)]
    start = threading.Barrier(RACERS)
    tally = threading.Lock()

    def racer() -> None:
        try:
            for number, outcomes in enumerate(rounds):
                start.wait(timeout=30)
                outcome = run(number)
                with tally:
                    outcomes[outcome] += 1
        except BaseException:
            start.abort()  # or the others would wait for this one
            raise

    with eager_switching(), ThreadPoolExecutor(RACERS) as pool:
        ends = [pool.submit(racer).exception for _ in range(RACERS)]
    errors = [error for end in ends if (error := end())]
    for error in sorted(errors, key=lambda error: isinstance(error, threading.BrokenBarrierError)):
        raise error  # the cause, rather than what the abort did to the others
    return rounds


def assert_one_winner_each(rounds: list[Counter[Outcome]]) -> None:
    for outcomes in rounds:
        assert outcomes["won"] == 1, f"{outcomes['won']} winners"
        assert outcomes == {"won": 1, "spent": RACERS - 1}


def check_take_is_won_once_in_a_race(make: Make) -> None:
    store = holding(make, *(code(f"c{number}") for number in range(ROUNDS)))
    assert_one_winner_each(race(lambda number: take(store, f"c{number}")))


def check_put_then_take_lets_one_through_in_a_race(make: Make) -> None:
    store = make()

    def see(number: int) -> Outcome:
        store.put(code(f"c{number}"), now=NOW)
        return take(store, f"c{number}")

    assert_one_winner_each(race(see))


RACES = (check_take_is_won_once_in_a_race, check_put_then_take_lets_one_through_in_a_race)
CHECKS = tuple(
    value
    for name, value in list(globals().items())
    if name.startswith("check_") and value not in RACES
)


def title(check: Callable[[Make], None]) -> str:
    return check.__name__.removeprefix("check_")


@pytest.mark.parametrize("check", [*CHECKS, *RACES], ids=title)
@pytest.mark.parametrize("make", STORES, ids=lambda store: store.name)
def test_store_keeps_the_contract(make: Make, check: Callable[[Make], None]) -> None:
    check(make)


# the suite itself


class ReadThenDelete(MemoryStore):
    """The decoy: it takes in two steps, and `between` says what happens before the second."""

    name = "read then delete"

    def __init__(self, between: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self._between = between

    def take(self, kind: ArtifactKind, id: str, *, now: float) -> Take:
        artifact = self.get(kind, id, now=now)
        if artifact is None:
            return super().take(kind, id, now=now)
        self._between()
        super().take(kind, id, now=now)
        return Take(outcome="won", artifact=artifact)


@pytest.mark.parametrize("check", CHECKS, ids=title)
def test_without_a_race_the_decoy_looks_right(check: Callable[[Make], None]) -> None:
    check(ReadThenDelete)


def test_the_race_catches_the_decoy() -> None:
    # Nobody deletes before all have read, so every racer wins: the worst case, and always the same.
    all_have_read = threading.Barrier(RACERS)
    with pytest.raises(AssertionError, match=f"{RACERS} winners"):
        check_take_is_won_once_in_a_race(
            lambda: ReadThenDelete(lambda: all_have_read.wait(timeout=30))
        )


def test_the_race_leaves_the_switch_interval_as_it_was() -> None:
    before = sys.getswitchinterval()
    with eager_switching():
        assert sys.getswitchinterval() < before
    with pytest.raises(AssertionError, match="0 winners"), eager_switching():
        assert_one_winner_each([Counter()])
    assert sys.getswitchinterval() == before


def test_an_error_in_a_racer_is_not_swallowed() -> None:
    def fail(number: int) -> Outcome:
        raise ConnectionError(f"round {number}")

    with pytest.raises(ConnectionError, match="round 0"):
        race(fail)
