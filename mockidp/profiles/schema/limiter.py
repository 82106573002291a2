"""What happens after too many answers of a kind (RFC 6585, 4)."""

from __future__ import annotations

from collections.abc import Mapping

from mockidp.profiles import rules
from mockidp.profiles.schema.facts import Template, fact, header_table
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limiter:
    counts: tuple[int, ...] = fact(
        (400, 401),
        "statuses of token answers that count as failures; empty: every request",
        rule=rules.status,
    )
    key: tuple[str, ...] = fact(
        ("client_id", "client_secret"),
        "what callers are told apart by; requests without any of it share one key",
        choices=("client_id", "client_secret", "ip"),
    )
    allowed: int = fact(20, "counted answers in one window that start the cooldown; 0: no limit")
    window: float = fact(60.0, "length of the window in seconds")
    cooldown: float = fact(600.0, "seconds for which further requests are rejected")
    status: int = fact(429, "status of a rejected request", rule=rules.status)
    retry_after: str | int = fact(
        "remaining",
        "Retry-After: the remaining seconds, an HTTP date, absent, or a constant number of seconds",
        choices=("remaining", "date", "absent", int),
    )
    error: str = fact(
        "too_many_requests",
        "the `error` member of a rejection",
        applies=lambda p: p.limiter is None or not p.limiter.body,
    )
    begins: str = fact(
        "at the last",
        "when the cooldown begins: at the counted answer that fills the window, which slides, or "
        "at the first one of a window that stands",
        choices=("at the last", "at the first"),
    )
    body: Template = fact({}, "members of a rejection, in the place of `error`", open=True)
    headers: Mapping[str, str] = header_table(
        "headers of every answer: {allowed} and {remaining} answers in this window"
    )
    rejection_headers: Mapping[str, str] = header_table(
        "headers of a rejection besides these: {until} is its end in seconds since the epoch"
    )
