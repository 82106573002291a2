"""The journal of a lane: a bounded ring of exchanges with their verdicts and hints, and what tests
ask of it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from mockidp.clock import real_monotonic
from mockidp.model.event import ATTRIBUTES, Exchange
from mockidp.oauth.names import ENDPOINTS, REQUEST_PARAMETERS
from mockidp.profiles.problems import ConfigError


class Journal:
    """What happened on a lane.

    >>> journal = Journal()
    >>> journal.add(Exchange(at=0, method="POST", path="/token", endpoint="token", status=200))
    >>> journal.assert_called("token", times=1, status=200)
    """

    def __init__(self, size: int = 1000) -> None:
        self._entries: deque[Exchange] = deque(maxlen=size)
        self._added = 0
        self._changed = threading.Condition()
        self._waiting = 0
        self._notes: list[str] = []
        #: Called with each exchange as it is added; for printing them as they come.
        self.listener: Callable[[Exchange], None] | None = None
        #: The same for notes.
        self.note_listener: Callable[[str], None] | None = None
        #: Exceptions that no handler expected: defects of mockidp or of a user's callback.
        self.failures: list[BaseException] = []

    def add(self, entry: Exchange) -> None:
        """Put a finished exchange into the ring; the oldest makes room."""
        with self._changed:
            self._entries.append(entry)
            self._added += 1
            if self._waiting:
                self._changed.notify_all()
        if self.listener is not None:
            self.listener(entry)

    def note(self, text: str) -> None:
        """Something about the lane itself that a reader of the journal should know."""
        self._notes.append(text)
        if self.note_listener is not None:
            self.note_listener(text)

    @property
    def entries(self) -> tuple[Exchange, ...]:
        """The exchanges in the order of their answers."""
        with self._changed:
            return tuple(self._entries)

    @property
    def last(self) -> Exchange:
        """The newest exchange.

        :raises LookupError: when there is none.
        """
        entries = self.entries
        if not entries:
            raise LookupError("the journal is empty: no request has reached this lane")
        return entries[-1]

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, endpoint: str | None = None, **match: Any) -> list[Exchange]:
        """The exchanges of an endpoint whose attributes or parameters equal ``match``.

        ``journal.find("token", status=400, error="invalid_client",
        grant_type="client_credentials")``

        :raises ConfigError: for an endpoint that no lane has, and for a name in ``match`` that is
            neither an attribute of an exchange nor a request parameter.
        """
        if endpoint is not None and endpoint not in ("", *ENDPOINTS):
            raise ConfigError.unknown("journal", "endpoint", endpoint, ENDPOINTS)
        entries = self.entries
        known = {*ATTRIBUTES, *REQUEST_PARAMETERS, *(name for e in entries for name in e.params)}
        for name in match:
            if name not in known:
                raise ConfigError.unknown("journal", "attribute or parameter", name, known)
        return [
            entry
            for entry in entries
            if endpoint in (None, entry.endpoint)
            and all(_value(entry, name) == wanted for name, wanted in match.items())
        ]

    def assert_called(self, endpoint: str, *, times: int | None = None, **match: Any) -> None:
        """Fail unless the endpoint was called, exactly ``times`` times if given, with what
        ``match`` says.

        :raises AssertionError: with the journal in its text.
        """
        if times is not None:
            _check_number("assert_called", "times", times)
        found = len(self.find(endpoint, **match))
        if found == times or (times is None and found):
            return
        wanted = "at least once" if times is None else _times(times)
        raise AssertionError(self._report(endpoint, match, found, wanted))

    def assert_not_called(self, endpoint: str, **match: Any) -> None:
        """Fail if the endpoint was called with what ``match`` says."""
        self.assert_called(endpoint, times=0, **match)

    def wait_for(
        self, endpoint: str, *, times: int = 1, timeout: float = 5.0, **match: Any
    ) -> list[Exchange]:
        """Wait until the endpoint was called ``times`` times, for clients that call in the
        background.

        :raises TimeoutError: after ``timeout`` real seconds, with the journal in its text.
        """
        _check_number("wait_for", "times", times)
        if type(timeout) not in (int, float) or not timeout >= 0:
            raise ConfigError.at("wait_for", "timeout", timeout, "must be a number of seconds")
        now = real_monotonic()  # the test may have frozen time, and waits all the same
        deadline = now() + timeout
        with self._changed:
            while len(found := self.find(endpoint, **match)) < times:
                left = deadline - now()
                if left <= 0:
                    raise TimeoutError(self._report(endpoint, match, len(found), _times(times)))
                self._waiting += 1
                try:
                    self._changed.wait(min(left, threading.TIMEOUT_MAX))
                finally:
                    self._waiting -= 1
            return found

    def clear(self) -> None:
        """Forget the exchanges and failures; the notes are about the lane, and stay."""
        with self._changed:
            self._entries.clear()
            self._added = 0
            self.failures.clear()

    def render(self, limit: int = 50) -> str:
        """The journal as text: one line an exchange, with the hint below a refusal; of the newest
        ``limit`` exchanges.

        :raises ConfigError: for a limit that is no number of exchanges.
        """
        _check_number("render", "limit", limit)
        with self._changed:
            entries = tuple(self._entries)[-limit:] if limit else ()
            hidden = self._added - len(entries)
        lines = [f"note: {note}" for note in self._notes]
        lines += [f"({hidden} earlier exchanges)"] if hidden else []
        for text, alike in groupby(str(entry) for entry in entries):
            times = len(list(alike))
            first, newline, rest = text.partition("\n")
            lines.append(first + (f"  ({times} times)" if times > 1 else "") + newline + rest)
        return "\n".join(lines) or "no request has reached this lane"

    def _report(self, endpoint: str, match: Mapping[str, Any], found: int, wanted: str) -> str:
        asked = [f"{name}={value!r}" for name, value in match.items()]
        what = " ".join([endpoint or "any endpoint", *asked])
        return f"{what} was called {_times(found)}, not {wanted}\n{self.render()}"


def _check_number(call: str, name: str, value: object) -> None:
    if type(value) is not int or value < 0:
        raise ConfigError.at(call, name, value, "must be a whole number, not negative")


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _value(entry: Exchange, name: str) -> Any:
    return getattr(entry, name) if hasattr(entry, name) else entry.params.get(name)
