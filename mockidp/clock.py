"""The one clock of a lane: wall time as the test sees it, which the test may advance, rewind,
freeze and resume.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from types import BuiltinFunctionType

# freezegun looks at this many frames above its caller and shows real time when one of them belongs
# to a module it ignores, `threading` among them: a call that sits shallow in a bare Thread would
# see real time.
_FREEZEGUN_FRAMES = 5


def wall_time() -> float:
    """Seconds since the epoch, moved together with freezegun and time-machine in every thread.

    time-machine replaces the C function behind ``time.time``, so a plain call follows it. freezegun
    puts a Python function in its place and hides from shallow frames of a thread; then the call
    goes through a few frames of our own.
    """
    now = time.time
    return now() if type(now) is BuiltinFunctionType else _below(_FREEZEGUN_FRAMES)


def _below(frames: int) -> float:
    return _below(frames - 1) if frames else time.time()


def in_calendar(moment: float) -> float:
    """The nearest moment that can be written as a date (years 1 to 9999), for clocks moved far."""
    return min(max(moment, -62_135_596_800), 253_402_300_799)


def real_monotonic() -> Callable[[], float]:
    """A clock for real timeouts, in seconds: freezegun and time-machine leave it alone, whether
    they are active already or later.
    """
    # Looked up by name: neither exists on every platform.
    gettime = getattr(time, "clock_gettime", None)
    monotonic = getattr(time, "CLOCK_MONOTONIC", None)
    if gettime is not None and monotonic is not None:
        return partial(gettime, monotonic)
    # freezegun swaps time.monotonic and keeps the real one; time-machine does not touch it.
    frozen = sys.modules.get("freezegun.api")
    real: Callable[[], float] = getattr(frozen, "real_monotonic", time.monotonic)
    return real


class Clock:
    """Time as one lane sees it: wall time plus what the test has moved.

    >>> clock = Clock()
    >>> clock.freeze(at=1_000_000_000)
    >>> clock.advance(minutes=10)
    >>> clock.now()
    1000000600.0
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = 0.0
        self._frozen_at: float | None = None

    def now(self) -> float:
        """Seconds since the epoch, with fractions."""
        frozen_at = self._frozen_at
        return wall_time() + self._offset if frozen_at is None else frozen_at

    def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Move the clock forward: everything of the lane that depends on time sees it at once.

        :raises ValueError: for a negative amount (``rewind`` moves back), and for no amount at all.
        """
        self._move(_seconds(seconds, minutes, hours, days))

    def rewind(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Move the clock back, as a server whose clock is behind.

        :raises ValueError: for a negative amount.
        """
        self._move(-_seconds(seconds, minutes, hours, days))

    def freeze(self, at: float | date | str | None = None) -> None:
        """Stop the clock, now or at a given moment: seconds since the epoch, a ``datetime``, a
        ``date`` (its midnight), or the text of one as in ``"2026-02-27T15:30:00Z"`` (ISO 8601);
        without a zone they mean UTC.

        >>> clock = Clock()
        >>> clock.freeze("2026-02-27")
        >>> clock.now()
        1772150400.0

        :raises ValueError: for a text that is no moment, and a number that is not finite.
        """
        moment = None if at is None else _epoch(at)
        with self._lock:
            self._frozen_at = self.now() if moment is None else moment

    def resume(self) -> None:
        """Let a frozen clock run on from where it stands; ``reset`` is back to the real time.

        >>> clock = Clock()
        >>> clock.freeze("2026-02-27")
        >>> clock.resume()
        >>> 0 <= clock.now() - 1772150400 < 60
        True
        """
        with self._lock:
            if self._frozen_at is not None:
                self._offset = self._frozen_at - wall_time()
                self._frozen_at = None

    def reset(self) -> None:
        """Back to the real time, running."""
        with self._lock:
            self._offset, self._frozen_at = 0.0, None

    def snapshot(self) -> tuple[float, float | None]:
        """What ``restore`` needs to put the clock back."""
        return self._offset, self._frozen_at

    def restore(self, snapshot: tuple[float, float | None]) -> None:
        with self._lock:
            self._offset, self._frozen_at = snapshot

    def _move(self, seconds: float) -> None:
        with self._lock:
            if self._frozen_at is None:
                self._offset += seconds
            else:
                self._frozen_at += seconds


def _seconds(seconds: float, minutes: float, hours: float, days: float) -> float:
    given = {"seconds": seconds, "minutes": minutes, "hours": hours, "days": days}
    for name, value in given.items():
        if not _is_number(value):
            raise ValueError(f"the amount of {name} must be a number, got {value!r}")
    try:
        amount = timedelta(**given)
    except OverflowError:
        raise ValueError("the amount must be less than three million years") from None
    total = amount.total_seconds()
    if total < 0:
        raise ValueError(f"the amount must not be negative, got {total:g} seconds")
    return total


def _is_number(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and not math.isnan(value))


def _epoch(at: float | date | str) -> float:
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at)
        except ValueError:
            raise ValueError(
                f"the moment must be as in '2026-02-27T15:30:00Z', got {at!r}"
            ) from None
    if not isinstance(at, date):
        try:
            seconds = float(at)
        except (TypeError, ValueError):
            raise ValueError(
                f"the moment must be seconds since the epoch, a date, or its text, got {at!r}"
            ) from None
        except OverflowError:  # of an int that is larger than all of them
            seconds = math.inf
        if not math.isfinite(seconds):
            raise ValueError(f"the moment must be a finite number of seconds, got {seconds}")
        return seconds
    moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day, tzinfo=UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
