"""Signing in on a device that has no browser (RFC 8628)."""

from __future__ import annotations

from mockidp.profiles import rules
from mockidp.profiles.schema.facts import fact
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthorization:
    path: str = fact(
        "", "where a device gets its codes; empty: nowhere", rule=rules.path_or_nothing
    )
    verification_path: str = fact(
        "/device", "the page on which a user types the code of a device", rule=rules.path
    )
    code_look: str = fact("token:32", "look of a device code", rule=rules.look)
    user_code_look: str = fact(
        "{consonants:4}-{consonants:4}",
        "look of a user code; what is typed is compared by its letters and digits alone",
        rule=rules.look,
    )
    complete: bool = fact(True, "whether there is a verification_uri_complete")
    lifetime: float = fact(600.0, "seconds until both codes expire", rule=rules.told_seconds)
    interval: float = fact(
        5.0, "seconds that a device waits between two token requests, and then 5 more each time"
    )
    wrong_codes: int = fact(
        10,
        "wrong user codes from one address within the lifetime of a code, after which it has to "
        "wait as long; 0: no limit",
    )
