"""Nonces that the provider gives out and knows again without keeping any (RFC 9449, section 8)."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

from mockidp.clock import Clock
from mockidp.ids import Ids

_TIME = 6
_MARK = 18
_LENGTH = (_TIME + _MARK) * 4 // 3


class Nonces:
    """A nonce is the moment when it was made, and a mark that only its maker can make."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._secret = b""

    def make(self) -> str:
        """A new one; within the same millisecond it is the same."""
        milliseconds = max(0, int(self._clock.now() * 1000)) % (1 << 8 * _TIME)
        moment = milliseconds.to_bytes(_TIME)
        return urlsafe_b64encode(moment + self._mark(moment)).decode()

    def age(self, nonce: str) -> float | None:
        """Seconds since it was made; None where it is none of these."""
        if len(nonce) != _LENGTH or not nonce.isascii():
            return None
        try:
            octets = urlsafe_b64decode(nonce)
        except Error:
            return None
        moment, mark = octets[:_TIME], octets[_TIME:]
        if not hmac.compare_digest(mark, self._mark(moment)):
            return None
        return self._clock.now() - int.from_bytes(moment) / 1000

    def _mark(self, moment: bytes) -> bytes:
        # Made when it is needed first: few lanes give out nonces.
        self._secret = self._secret or self._ids.token(32).encode()
        return hmac.digest(self._secret, moment, "sha256")[:_MARK]
