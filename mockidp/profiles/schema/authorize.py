"""The authorization endpoint and whom it signs in (RFC 6749, 3.1; OpenID Connect Core, 3)."""

from __future__ import annotations

from collections.abc import Mapping

from mockidp.oauth import names
from mockidp.profiles import rules
from mockidp.profiles.schema.facts import fact
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorize:
    path: str = fact("/authorize", "the authorization endpoint", rule=rules.path)
    aliases: tuple[str, ...] = fact(
        (), "further paths that answer like the authorization endpoint", rule=rules.path
    )
    response_types: tuple[str, ...] = fact(
        (),
        "response types that this mock answers; none: there is no authorization endpoint",
        choices=names.RESPONSE_TYPES,
    )
    response_modes: tuple[str, ...] = fact(
        names.RESPONSE_MODES,
        "response modes a client may ask for; none: the provider does not look at the parameter",
        choices=names.RESPONSE_MODES,
    )
    default_modes: Mapping[str, str] = fact(
        {},
        "response mode of a response type, where it is not that of the specification",
        open=True,
        rule=rules.response_mode,
        key_rule=rules.response_type,
    )
    members: tuple[str, ...] = fact(
        names.RESPONSE_MEMBERS,
        "parameters of the response, in this order; no others are sent",
        choices=names.RESPONSE_MEMBERS,
        ordered=True,
    )
    refused_members: tuple[str, ...] = fact(
        ("error", "error_description", "state", "iss"),
        "parameters of a refusal, in this order; those without a text are left out",
        choices=names.REFUSED_MEMBERS,
        ordered=True,
    )
    refused_mode: str = fact(
        "same",
        "how a refusal travels: in the response mode of the request, or in the query always",
        choices=("same", "query"),
        applies=lambda p: any(kind != "code" for kind in p.authorize.response_types),
    )
    refused_as: str = fact(
        "page",
        "what the browser shows when there is no redirect URI to trust: a page, or JSON",
        choices=("page", "json"),
    )
    redirect_status: int = fact(302, "status of the redirect to the client", choices=(302, 303))
    redirect_uri_required: bool = fact(
        True, "whether redirect_uri must be sent although only one is registered"
    )
    pkce: str = fact(
        "public",
        "who must send a code_challenge: all clients, public ones, or none",
        choices=("all", "public", "none"),
    )
    code_challenge_methods: tuple[str, ...] = fact(
        names.CODE_CHALLENGE_METHODS,
        "values of code_challenge_method",
        choices=names.CODE_CHALLENGE_METHODS,
    )
    nonce_required: bool = fact(
        True,
        "whether a nonce must be sent where the response holds an id_token",
        applies=lambda p: any("id_token" in kind for kind in p.authorize.response_types),
    )
    consent: str = fact(
        "remember",
        "whether the user is asked for consent: each time, once a scope, or never",
        choices=("ask", "remember", "skip"),
    )
    code_look: str = fact("token:32", "look of a code", rule=rules.look)
    code_lifetime: float = fact(60.0, "seconds until a code expires")
    code_reuse: str = fact(
        "revoke",
        "what a used code does: it is refused, or it also revokes the tokens it gave",
        choices=("refuse", "revoke"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    parameters: tuple[str, ...] = fact(
        (),
        "parameters of an authentication request that it looks at besides those that every "
        "provider here does: claims asked for one by one, their languages, whom it is about",
        choices=names.AUTHENTICATION_PARAMETERS,
    )
    acr_values: tuple[str, ...] = fact(
        (),
        "classes of authentication that a client may ask for, the usual one first; each sign-in is "
        "of any of them; none: the provider has no such classes",
        ordered=True,
    )
    subject_types: tuple[str, ...] = fact(
        ("public",),
        "by which `sub` a client may know a user: the same as everybody, or one of its own",
        choices=names.SUBJECT_TYPES,
    )
    offline_access: str = fact(
        "asked for",
        "when the scope offline_access is not ignored: whenever it is asked for, with a code, or "
        "with a code and prompt=consent",
        choices=("asked for", "with a code", "with prompt=consent"),
    )
    amr: tuple[str, ...] = fact(
        ("pwd",),
        "how users sign in, said as `amr` (RFC 8176, 2) of those who have none of their own; "
        "none: nothing is said",
        ordered=True,
    )
    session_lifetime: float = fact(
        43200.0, "seconds for which a user stays signed in", rule=rules.positive
    )
    page_lifetime: float = fact(
        3600.0,
        "seconds for which a page may stand open that asks a person, or tells of an error",
        rule=rules.positive,
    )
