"""The rate limiter of a token endpoint, as the profile describes it, on the lane's clock."""

from __future__ import annotations

import hashlib
import math
import threading
from collections import deque
from dataclasses import field
from email.utils import formatdate

from mockidp.clock import Clock, in_calendar
from mockidp.profiles.schema.limiter import Limiter
from mockidp.records import dataclass


@dataclass(slots=True)
class _Account:
    """What one caller has done: the moments that count, and until when it is rejected."""

    moments: deque[float] = field(default_factory=deque)
    rejected_until: float = -math.inf

    def copy(self) -> _Account:
        return _Account(deque(self.moments), self.rejected_until)


class Limits:
    """Counts answers in a sliding window and rejects a caller for a while when they are too
    many.
    """

    #: Callers remembered at once; more are only made by an attack, and the oldest are forgotten.
    MOST = 10_000

    def __init__(self, policy: Limiter | None, clock: Clock) -> None:
        self.policy = policy if policy and policy.allowed else None
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: dict[bytes, _Account] = {}

    def key(self, client_id: str | None, client_secret: str | None, ip: str | None) -> bytes:
        """What the policy tells callers apart by; callers without any of it share one key."""
        assert self.policy is not None
        parts = {"client_id": client_id, "client_secret": client_secret, "ip": ip}
        # Hashed, so that no secret is kept; lengths keep ("ab", "c") apart from ("a", "bc").
        texts = [parts[name] or "" for name in self.policy.key]
        return hashlib.sha256(
            "".join(f"{len(t)}:{t}" for t in texts).encode("utf-8", "surrogatepass")
        ).digest()

    def rejection(self, key: bytes) -> float | None:
        """The seconds for which this caller is still rejected; None when it may go on.

        A rejected request is not counted and does not prolong the cooldown.
        """
        account = self._accounts.get(key)
        if account is None:
            return None
        with self._lock:
            now = self._clock.now()
            self._bound_rejection(account, now)
            left = account.rejected_until - now
        return left if left > 0 else None

    @property
    def has_callers(self) -> bool:
        """Whether anybody has been counted yet."""
        return bool(self._accounts)

    def counts(self, status: int) -> bool:
        """Whether an answer with this status counts."""
        policy = self.policy
        return policy is not None and (not policy.counts or status in policy.counts)

    def count(self, key: bytes) -> None:
        """Take note of an answer that counts; the one that fills the window starts the cooldown."""
        policy = self.policy
        assert policy is not None
        now = self._clock.now()
        with self._lock:
            account = self._accounts.setdefault(key, _Account())
            moments = account.moments
            self._forget_old(moments, now)
            moments.append(now)
            if len(moments) >= policy.allowed:
                start = moments[0] if policy.begins == "at the first" else now
                account.rejected_until = start + policy.cooldown
                moments.clear()
            if len(self._accounts) > self.MOST:
                del self._accounts[next(iter(self._accounts))]

    def remaining(self, key: bytes) -> int:
        """How many more answers may count before this caller is rejected."""
        assert self.policy is not None
        with self._lock:
            account = self._accounts.get(key)
            if account is None:
                return self.policy.allowed
            now = self._clock.now()
            self._bound_rejection(account, now)
            if account.rejected_until > now:
                return 0
            self._forget_old(account.moments, now)
            return self.policy.allowed - len(account.moments)

    def _bound_rejection(self, account: _Account, now: float) -> None:
        """Where the clock was moved back, no more of the cooldown is left than it has."""
        policy = self.policy
        assert policy is not None
        account.rejected_until = min(account.rejected_until, now + policy.cooldown)

    def _forget_old(self, moments: deque[float], now: float) -> None:
        """Drop what the window has left behind; one that stands goes as a whole."""
        policy = self.policy
        assert policy is not None
        start = now - policy.window
        if moments and moments[-1] > now:  # the clock was moved back
            moments.extend([min(moments.popleft(), now) for _ in range(len(moments))])
        if policy.begins == "at the first" and moments and moments[0] <= start:
            moments.clear()
        while moments and moments[0] <= start:
            moments.popleft()

    def retry_after(self, left: float) -> str | None:
        """The Retry-After of a rejection with ``left`` seconds to go (RFC 9110, 10.2.3); never
        0.
        """
        assert self.policy is not None
        form = self.policy.retry_after
        if form == "absent":
            return None
        if form == "date":
            return formatdate(in_calendar(math.ceil(self._clock.now() + left)), usegmt=True)
        return str(max(1, math.ceil(left)) if form == "remaining" else form)

    def snapshot(self) -> dict[bytes, _Account]:
        with self._lock:
            return {key: account.copy() for key, account in self._accounts.items()}

    def restore(self, snapshot: dict[bytes, _Account]) -> None:
        with self._lock:
            self._accounts = {key: account.copy() for key, account in snapshot.items()}
