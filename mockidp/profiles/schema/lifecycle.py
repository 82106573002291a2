"""Asking about a token, and giving it back (RFC 7662, RFC 7009)."""

from __future__ import annotations

from mockidp.oauth import names
from mockidp.profiles import rules
from mockidp.profiles.schema.facts import fact
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Introspection:
    path: str = fact(
        "",
        "where a client asks what a token is good for; empty: nowhere",
        rule=rules.path_or_nothing,
    )
    tells: str = fact(
        "own",
        "whose tokens a client is told of: its own and those that name it as an audience, or all",
        choices=("own", "all"),
    )
    members: tuple[str, ...] = fact(
        names.INTROSPECTION_MEMBERS,
        "what is said of a good token besides `active`, in this order",
        choices=names.INTROSPECTION_MEMBERS,
        ordered=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    path: str = fact(
        "", "where a client gives a token back; empty: nowhere", rule=rules.path_or_nothing
    )
    token_types: tuple[str, ...] = fact(
        names.TOKEN_TYPES, "tokens that can be revoked", choices=names.TOKEN_TYPES
    )
    whole_grant: bool = fact(
        False,
        "whether an access token takes all that came of its grant with it, as a refresh token does",
    )
