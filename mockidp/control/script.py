"""One-shot overrides: what the next tokens shall be, without touching the settings of the lane."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockidp.profiles.problems import ConfigError


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

        :raises ConfigError: for a lifetime that is no finite number, or ``times`` below 1.
        """
        if lifetime is not None and not math.isfinite(lifetime):
            raise ConfigError.at("next_token", "lifetime", lifetime, "must be a finite number")
        if times < 1:
            raise ConfigError.at("next_token", "times", times, "must be at least 1")
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
