"""Authorization requests that come another way: as a JWT, or pushed (RFC 9101, RFC 9126)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockidp.oauth import names
from mockidp.profiles import rules
from mockidp.profiles.schema.facts import fact
from mockidp.records import dataclass

if TYPE_CHECKING:
    from mockidp.profiles.schema.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestObject:
    given: tuple[str, ...] = fact(
        names.REQUEST_OBJECTS,
        "the parameters by which a request object may come; the others are refused",
        choices=names.REQUEST_OBJECTS,
    )
    algs: tuple[str, ...] = fact(
        names.REQUEST_OBJECT_ALGORITHMS,
        "algorithms of a request object, unless its client is registered for one",
        choices=names.REQUEST_OBJECT_ALGORITHMS,
    )
    registered_uris: bool = fact(
        True, "whether a request_uri must be one of those that its client has registered"
    )
    others: str = fact(
        "used",
        "parameters beside a request object that it does not have: used or ignored",
        choices=("used", "ignored"),
    )
    skew: float = fact(10.0, "the most seconds that its `iat` and `nbf` may be ahead")


def _has_par(profile: Profile) -> bool:
    return bool(profile.par.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Par:
    path: str = fact(
        "",
        "where a client pushes its authorization requests (RFC 9126); empty: nowhere",
        rule=rules.path_or_nothing,
    )
    look: str = fact(
        "token:32",
        "look of what a request_uri has after urn:ietf:params:oauth:request_uri:",
        rule=rules.look,
        applies=_has_par,
    )
    lifetime: float = fact(
        60.0, "seconds until a request_uri expires", rule=rules.told_seconds, applies=_has_par
    )
    required: bool = fact(
        False,
        "whether every client must push its requests, and not only those that are registered so "
        "(require_pushed_authorization_requests)",
        applies=_has_par,
    )
