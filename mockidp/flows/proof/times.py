"""When a signed statement is good, and for whom (RFC 7519, sections 4.1.3 to 4.1.6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def time_problem(claims: Mapping[str, Any], now: float, *, skew: float) -> str:
    """What is wrong with `exp`, `nbf` and `iat`, those that are there; "" when nothing is.

    >>> time_problem({"exp": 100, "nbf": 95}, 90, skew=10)
    ''
    >>> time_problem({"exp": 90}, 90, skew=10)
    'exp was 0 s ago'
    """
    for name in ("exp", "nbf", "iat"):
        if name in claims and not is_number(claims[name]):
            return f"{name} is no number of seconds (RFC 7519, 2)"
    if "exp" in claims and claims["exp"] <= now:
        return f"exp was {_seconds(now, claims['exp'])} ago"
    for name in ("nbf", "iat"):
        if name in claims and claims[name] > now + skew:
            ahead = _seconds(claims[name], now)
            return f"{name} is {ahead} ahead, more than {skew:g} s: compare the clocks"
    return ""


def is_number(value: object) -> bool:
    """Whether JSON has a number here, and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def audience_problem(claims: Mapping[str, Any], accepted: Collection[str]) -> str:
    """What is wrong with `aud`, which must name one of these, alone or in a list."""
    aud = claims.get("aud")
    named = [aud] if isinstance(aud, str) else aud
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        return "aud is missing, or neither text nor a list of texts"
    if set(named) & set(accepted):
        return ""
    shown = ", ".join(repr(one[:200]) for one in named[:5]) or "nobody"
    return f"aud is {shown}; accepted: {', '.join(accepted)}"


def _seconds(later: float, earlier: float) -> str:
    try:
        return f"{later - earlier:.0f} s"
    except OverflowError:  # a whole number that no calendar reaches
        return "an age"
