"""One-shot overrides: what the next tokens shall be, without touching the settings of the lane."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from mockidp.control.times import check_times
from mockidp.profiles import rules
from mockidp.profiles.problems import ConfigError
from mockidp.records import dataclass

#: Seconds; past this no calendar goes.
_LONGEST = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOverride:
    """Deviations for a single token; claims with the value None are left out."""

    lifetime: float | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)


class Script:
    """Overrides in the order in which they will be used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: deque[TokenOverride] = deque()

    def next_token(
        self,
        *,
        lifetime: float | None = None,
        claims: Mapping[str, Any] | None = None,
        times: int = 1,
    ) -> None:
        """Give the next ``times`` tokens another lifetime (seconds) or other claims.

        :raises ConfigError: for a lifetime that is no finite number, claims that are no JSON, or
            ``times`` below 1.
        """
        check_token("next_token", lifetime, claims)
        times = check_times("next_token", times)
        override = TokenOverride(lifetime=lifetime, claims=dict(claims or {}))
        with self._lock:
            self._tokens.extend([override] * times)

    def take_token(self) -> TokenOverride | None:
        if not self._tokens:
            return None
        with self._lock:
            return self._tokens.popleft() if self._tokens else None

    def snapshot(self) -> tuple[TokenOverride, ...]:
        with self._lock:
            return tuple(self._tokens)

    def restore(self, snapshot: tuple[TokenOverride, ...]) -> None:
        with self._lock:
            self._tokens = deque(snapshot)


def check_token(call: str, lifetime: object, claims: object) -> None:
    """
    :raises ConfigError: for what no token can hold; ``call`` is the place to name.
    """
    if lifetime is not None:
        if not isinstance(lifetime, int | float) or isinstance(lifetime, bool):
            raise ConfigError.at(call, "lifetime", lifetime, "must be a number of seconds")
        # False for nan as well.
        if not -_LONGEST <= lifetime <= _LONGEST:
            raise ConfigError.at(call, "lifetime", lifetime, "must be a finite number up to 1e12")
    if claims is None:
        return
    if not isinstance(claims, Mapping):
        raise ConfigError.at(call, "claims", claims, "must be a table of names and JSON values")
    for name, value in claims.items():
        if problem := rules.of_text(rules.json, name):
            raise ConfigError.at(call, "claims", name, problem)
        if problem := rules.json(value):
            raise ConfigError.at(call, f"claims.{name}", value, problem)
