"""The lane's clock: moved, frozen, resumed, put back, and what it refuses."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, cast

import pytest

from mockidp.clock import Clock, in_calendar, real_monotonic, wall_time

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def frozen() -> Clock:
    clock = Clock()
    clock.freeze(at=1000.0)
    return clock


def test_a_fresh_clock_shows_wall_time() -> None:
    before = time.time()
    assert before <= Clock().now() <= time.time()


@pytest.mark.parametrize(
    ("move", "shown"),
    [
        pytest.param(lambda c: c.advance(1.5), 1001.5, id="seconds"),
        pytest.param(lambda c: c.advance(minutes=2), 1120.0, id="minutes"),
        pytest.param(lambda c: c.advance(hours=1), 4600.0, id="hours"),
        pytest.param(lambda c: c.advance(days=1), 87400.0, id="days"),
        pytest.param(lambda c: c.advance(1, minutes=1, hours=1, days=1), 91061.0, id="all of them"),
        pytest.param(lambda c: c.advance(), 1000.0, id="nothing"),
        pytest.param(lambda c: c.rewind(minutes=20), -200.0, id="back, past the epoch"),
        pytest.param(lambda c: (c.advance(7), c.rewind(7)), 1000.0, id="there and back"),
        pytest.param(lambda c: c.freeze(at=5), 5.0, id="frozen elsewhere"),
    ],
)
def test_moves_while_frozen(frozen: Clock, move: Callable[[Clock], object], shown: float) -> None:
    move(frozen)
    assert frozen.now() == shown


def test_moves_while_running() -> None:
    clock = Clock()
    clock.advance(days=1)
    assert clock.now() - time.time() == pytest.approx(86400, abs=60)
    clock.rewind(days=2)
    assert clock.now() - time.time() == pytest.approx(-86400, abs=60)


def test_resumes_from_where_it_stands(frozen: Clock) -> None:
    frozen.advance(50)
    frozen.resume()
    first = frozen.now()
    assert first == pytest.approx(1050, abs=60)
    deadline = time.monotonic() + 60
    while frozen.now() == first and time.monotonic() < deadline:
        pass
    assert frozen.now() > first


def test_resuming_a_running_clock_changes_nothing() -> None:
    clock = Clock()
    clock.advance(hours=1)
    clock.resume()
    assert clock.now() - time.time() == pytest.approx(3600, abs=60)


def test_freezes_where_it_is() -> None:
    clock = Clock()
    clock.advance(hours=1)
    clock.freeze()
    first = clock.now()
    assert first - time.time() == pytest.approx(3600, abs=60)
    assert clock.now() == first


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(NOON, id="UTC"),
        pytest.param(NOON.replace(tzinfo=None), id="naive means UTC"),
        pytest.param(NOON.astimezone(timezone(timedelta(hours=9))), id="another zone"),
        pytest.param(1772366400, id="whole seconds since the epoch"),
        pytest.param("2026-03-01T12:00:00Z", id="text"),
        pytest.param("2026-03-01 21:00+09:00", id="text with another zone"),
        pytest.param("2026-03-01T12:00", id="text without a zone means UTC"),
    ],
)
def test_freezes_at_a_given_moment(at: float | datetime | str) -> None:
    clock = Clock()
    clock.freeze(at=at)
    assert clock.now() == 1772366400.0


@pytest.mark.parametrize(
    "move",
    [
        pytest.param(lambda c: c.advance(-1), id="advance by less than nothing"),
        pytest.param(lambda c: c.rewind(minutes=-1), id="rewind by less than nothing"),
        pytest.param(lambda c: c.advance(math.nan), id="advance by nan"),
        pytest.param(lambda c: c.advance(math.inf), id="advance by infinity"),
        pytest.param(lambda c: c.advance(1e300), id="advance out of this world"),
        pytest.param(lambda c: c.freeze(at=math.nan), id="freeze at nan"),
        pytest.param(lambda c: c.freeze(at=math.inf), id="freeze at infinity"),
        pytest.param(lambda c: c.freeze(at=10**400), id="freeze at more than a float holds"),
        pytest.param(lambda c: c.advance(cast("Any", "60")), id="advance by a text"),
        pytest.param(lambda c: c.advance(minutes=cast("Any", None)), id="advance by None"),
        pytest.param(lambda c: c.rewind(cast("Any", [60])), id="rewind by a list"),
        pytest.param(lambda c: c.freeze(cast("Any", [2026, 2, 27])), id="freeze at a list"),
        pytest.param(lambda c: c.freeze(cast("Any", b"x")), id="freeze at octets"),
        pytest.param(lambda c: c.freeze(at="2026"), id="freeze at a text that is no moment"),
    ],
)
def test_refuses_what_is_no_amount_and_stays(frozen: Clock, move: Callable[[Clock], None]) -> None:
    with pytest.raises(ValueError, match=r"amount|moment|NaN"):
        move(frozen)
    assert frozen.now() == 1000.0


def test_restore_brings_back_a_frozen_and_a_moved_clock(frozen: Clock) -> None:
    saved = frozen.snapshot()
    frozen.advance(days=9)
    frozen.resume()
    frozen.restore(saved)
    assert frozen.now() == 1000.0

    moved = Clock()
    moved.advance(hours=1)
    saved = moved.snapshot()
    moved.freeze(at=0)
    moved.restore(saved)
    assert moved.now() - time.time() == pytest.approx(3600, abs=60)


def test_reset_goes_back_to_wall_time(frozen: Clock) -> None:
    frozen.reset()
    assert frozen.now() == pytest.approx(time.time(), abs=60)


def test_two_clocks_do_not_know_each_other(frozen: Clock) -> None:
    other = Clock()
    frozen.advance(days=1)
    assert other.now() == pytest.approx(time.time(), abs=60)


def test_no_move_of_any_thread_is_lost(frozen: Clock) -> None:
    def move() -> None:
        for _ in range(500):
            frozen.advance(2)
            frozen.rewind(1)

    threads = [threading.Thread(target=move) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert frozen.now() == 1000 + 8 * 500


def test_wall_time_is_that_of_the_machine() -> None:
    assert wall_time() == pytest.approx(time.time(), abs=60)


def test_real_monotonic_never_goes_back() -> None:
    now = real_monotonic()
    readings = [now() for _ in range(100)]
    assert readings == sorted(readings)


@pytest.mark.parametrize(
    ("moment", "nearest"),
    [
        pytest.param(0, 0, id="the epoch"),
        pytest.param(-1e20, datetime(1, 1, 1, tzinfo=UTC).timestamp(), id="before the year 1"),
        pytest.param(10**400, 253402300799, id="after the year 9999"),
    ],
)
def test_in_calendar_gives_a_moment_that_has_a_date(moment: float, nearest: float) -> None:
    found = in_calendar(moment)
    assert found == nearest
    assert datetime.fromtimestamp(found, UTC).year >= 1


@pytest.mark.parametrize(
    "at",
    [date(2026, 2, 27), datetime(2026, 2, 27, tzinfo=UTC), "2026-02-27", 1_772_150_400],
    ids=repr,
)
def test_a_day_is_its_midnight(at: Any) -> None:
    clock = Clock()
    clock.freeze(at)
    assert clock.now() == 1_772_150_400
