"""From a presented access token back to its claims, or to the reason why it is not good (RFC 6750,
section 3.1).
"""

from __future__ import annotations

from typing import Any, Literal

from mockidp.clock import in_calendar
from mockidp.issuer import Issuer
from mockidp.keys.jwt import BadToken, verify


class TokenRefused(Exception):
    """A presented token that is not good: ``expired`` or ``invalid``, with a hint for the
    developer.
    """

    def __init__(
        self, kind: Literal["expired", "invalid"], hint: str, expired_at: float = 0
    ) -> None:
        super().__init__(hint)
        self.kind = kind
        self.hint = hint
        #: The `exp` of an expired token, seconds since the epoch.
        self.expired_at = expired_at


def look_up(lane: Issuer, token: str) -> dict[str, Any]:
    """The claims of a token that this lane, or a lane of its system, has issued and that is still
    good.

    :raises TokenRefused: for anything else.
    """
    try:
        _, claims = verify(token, lane.keys)
    except BadToken as problem:
        raise TokenRefused(
            "invalid", f"the token is refused as {problem.reason}: {problem.hint}"
        ) from None
    issuer = claims.get("iss")
    if issuer is not None and not (isinstance(issuer, str) and issuer in lane.system.issuers):
        known = ", ".join(sorted(lane.system.issuers))
        whose = "none of this provider's, so it was made for another address"
        raise TokenRefused("invalid", f"iss {issuer!r} is {whose}: {known}")
    now = lane.clock.now()
    expires_at = _time(claims, "exp")
    if expires_at is not None and now >= expires_at:
        expired_at = in_calendar(expires_at)
        raise TokenRefused(
            "expired",
            f"the token expired {now - expired_at:.0f} seconds ago; fetch a new one",
            expired_at,
        )
    not_before = _time(claims, "nbf")
    if not_before is not None and now < not_before:
        raise TokenRefused(
            "invalid",
            f"nbf lies {in_calendar(not_before) - now:.0f} seconds ahead of the lane's clock",
        )
    return claims


def _time(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(
            "invalid", f"{name} must be a number (RFC 7519, 2), not {type(value).__name__}"
        )
    return value
