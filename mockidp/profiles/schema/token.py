"""The token endpoint and what scopes it grants (RFC 6749, 3.2 and 3.3)."""

from __future__ import annotations

from collections.abc import Mapping

from mockidp.oauth import names
from mockidp.profiles import rules
from mockidp.profiles.schema.facts import fact
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    path: str = fact("/token", "the token endpoint", rule=rules.path)
    aliases: tuple[str, ...] = fact(
        (), "further paths that answer like the token endpoint", rule=rules.path
    )
    body_types: tuple[str, ...] = fact(
        (names.FORM_TYPE,), "media types a token request may have", choices=names.BODY_TYPES
    )
    order: tuple[str, ...] = fact(
        names.TOKEN_PHASES,
        "which check comes first, the client's credentials or the grant type",
        choices=names.TOKEN_PHASES,
        ordered=True,
        complete=True,
    )
    checks: tuple[str, ...] = fact(
        names.TOKEN_CHECKS,
        "which check comes next: whether the client may use the grant, the grant's parameters, "
        "or the scope",
        choices=names.TOKEN_CHECKS,
        ordered=True,
        complete=True,
    )
    repeated: str = fact("refuse", "a parameter sent twice", choices=("refuse", "first", "last"))
    grant_types: tuple[str, ...] = fact(
        ("client_credentials",), "grant types that this mock answers", choices=names.GRANT_TYPES
    )
    refused_grants: Mapping[str, str] = fact(
        {},
        "grant types the provider knows and no client here may use, with the error they get",
        open=True,
    )
    max_length: Mapping[str, int] = fact(
        {},
        "longest value of a parameter, in characters, by its name: client_id, client_secret, "
        "scope or grant_type",
        open=True,
        key_rule=rules.limited_parameter,
    )
    members: tuple[str, ...] = fact(
        names.TOKEN_MEMBERS,
        "members of the answer, in this order; no others are sent",
        choices=names.TOKEN_MEMBERS,
        ordered=True,
    )
    scope_member: bool = fact(True, "whether the answer has a `scope` member")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    supported: tuple[str, ...] = fact((), "scopes of the provider", rule=rules.scope)
    when_missing: str = fact(
        "all",
        "a request without scope gets all scopes of the client, the default ones, none, or a "
        "refusal",
        choices=("all", "default", "none", "refuse"),
    )
    default: tuple[str, ...] = fact(
        (),
        "the scopes of a request that names none",
        rule=rules.scope,
        applies=lambda p: p.scopes.when_missing == "default",
    )
    order: str = fact(
        "requested",
        "order of the granted scopes: as requested, or sorted by name",
        choices=("requested", "sorted"),
    )
    unknown: str = fact(
        "refused",
        "scopes that the provider has not: refused, or passed over in authorization requests with "
        "the scope openid",
        choices=("refused", "ignored in authentication requests"),
        applies=lambda p: "openid" in p.scopes.supported and p.authorize.response_types,
    )
    meanings: Mapping[str, str] = fact(
        {}, "what a scope allows, in words for the consent page", open=True
    )
