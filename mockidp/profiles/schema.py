"""The facts a profile may state: their names, types, choices and meaning.

Every leaf is one fact of one provider, with a sentence that the reference page and ``mockidp
providers`` print. The values here are what a user-made profile falls back to where its chain says
nothing; a built-in profile states every leaf itself, with evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from mockidp.oauth import names
from mockidp.profiles import rules
from mockidp.profiles.evidence import Fact

#: A template of claims or members: names to JSON values whose strings may hold ``{placeholders}``.
Template = Mapping[str, Any]


def fact(
    default: Any,
    doc: str,
    *,
    choices: tuple[Any, ...] = (),
    ordered: bool = False,
    complete: bool = False,
    open: bool = False,
    rule: rules.Rule | None = None,
    key_rule: rules.Rule | None = None,
) -> Any:
    """A leaf of the schema.

    ``ordered`` marks a list whose order matters, ``complete`` one that names every choice once,
    and ``open`` a table whose keys the profile chooses (each key is one fact). ``rule`` is what a
    value must keep besides its type, ``key_rule`` the same for the keys of an open table.
    """
    metadata = {
        "doc": doc,
        "choices": choices,
        "ordered": ordered,
        "complete": complete,
        "open": open,
        "rule": rule,
        "key_rule": key_rule,
    }
    if isinstance(default, dict):
        return field(default_factory=lambda: MappingProxyType(dict(default)), metadata=metadata)
    return field(default=default, metadata=metadata)


def section(kind: type, doc: str) -> Any:
    """A table that a profile may leave out: then the provider has nothing of the kind."""
    return field(default=None, metadata={"doc": doc, "section": kind})


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    serves: tuple[str, ...] = fact(
        (),
        "the real host names, each with the path prefix that belongs to this provider",
        rule=rules.host_and_prefix,
    )
    issuer: str = fact("", "the `iss` that the real provider writes into its tokens")
    system: str = fact("", "profiles of one system share clients and keys in one server")
    case_sensitive: bool = fact(True, "whether /Token is another path than /token")
    not_served: tuple[str, ...] = fact(
        (),
        "paths that the real provider has and this mock has not: they answer 404, with a hint",
        rule=rules.path,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    content_type: str = fact(
        "application/json", "media type of token answers and refusals", rule=rules.header_text
    )
    headers: Mapping[str, str] = fact(
        {},
        "headers of token answers and refusals",
        open=True,
        rule=rules.header_text,
        key_rule=rules.header_name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    path: str = fact("/token", "the token endpoint", rule=rules.path)
    aliases: tuple[str, ...] = fact(
        (), "further paths that answer like the token endpoint", rule=rules.path
    )
    body_types: tuple[str, ...] = fact(
        (names.FORM_TYPE,), "media types a token request may have", choices=names.BODY_TYPES
    )
    wrong_method_status: int = fact(
        405, "answer to anything but POST; 405 names POST in Allow", rule=rules.status
    )
    wrong_body_type: str = fact(
        "invalid_request", "error for another media type", choices=names.TOKEN_ERRORS
    )
    order: tuple[str, ...] = fact(
        names.TOKEN_PHASES,
        "which check comes first, the client's credentials or the grant type",
        choices=names.TOKEN_PHASES,
        ordered=True,
        complete=True,
    )
    repeated: str = fact("refuse", "a parameter sent twice", choices=("refuse", "first"))
    missing_grant_type: str = fact(
        "invalid_request", "error when grant_type is missing", choices=names.TOKEN_ERRORS
    )
    grant_types: tuple[str, ...] = fact(
        ("client_credentials",), "grant types that this mock answers", choices=names.GRANT_TYPES
    )
    refused_grants: Mapping[str, str] = fact(
        {},
        "grant types the provider knows and no client here may use, with the error they get",
        open=True,
    )
    max_length: Mapping[str, int] = fact(
        {}, "longest value of a parameter, in characters", open=True
    )
    members: tuple[str, ...] = fact(
        names.TOKEN_MEMBERS,
        "members of the answer, in this order; no others are sent",
        choices=names.TOKEN_MEMBERS,
        ordered=True,
    )
    scope_member: bool = fact(True, "whether the answer has a `scope` member")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAuth:
    methods: tuple[str, ...] = fact(
        names.CLIENT_AUTH_METHODS,
        "how a client may prove who it is, tried in this order",
        choices=names.CLIENT_AUTH_METHODS,
        ordered=True,
    )
    basic_decoding: str = fact(
        "form",
        "id and secret in a Basic header: form-url-encoded (RFC 6749, 2.3.1), raw, or either",
        choices=("form", "raw", "either"),
    )
    malformed_basic: str = fact(
        "refuse",
        "a Basic header that cannot be read: refuse, or ignore and look into the body",
        choices=("refuse", "ignore"),
    )
    several_methods: str = fact(
        "refuse",
        "credentials in the header and in the body: refuse, or the first method wins",
        choices=("refuse", "first"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    members: tuple[str, ...] = fact(
        ("error", "error_description"),
        "members of a refusal, in this order",
        choices=("error", "error_description"),
        ordered=True,
    )
    status: int = fact(400, "status of a refusal", rule=rules.status)
    invalid_client_status: int = fact(401, "status of `invalid_client`", rule=rules.status)
    challenge: str = fact(
        "", "WWW-Authenticate of an `invalid_client`; empty: none", rule=rules.header_text
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    format: str = fact("jwt", "what an access token is", choices=names.TOKEN_FORMATS)
    lifetime: float = fact(3600.0, "seconds until it expires; also `expires_in`")
    alg: str = fact("RS256", "signing algorithm", choices=names.SIGNING_ALGORITHMS)
    typ: str = fact("JWT", "the `typ` of its header; empty: none")
    claims: Template = fact({}, "its claims, in this order", open=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    supported: tuple[str, ...] = fact((), "scopes of the provider")
    when_missing: str = fact(
        "all",
        "a request without scope gets all scopes of the client, none, or a refusal",
        choices=("all", "none", "refuse"),
    )
    order: str = fact(
        "requested",
        "order of the granted scopes: as requested, or sorted by name",
        choices=("requested", "sorted"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    id_look: str = fact(
        "guid", "look of a new client's id: guid, hex:N, decimal:N or token:N", rule=rules.look
    )
    secret_look: str = fact("hex:32", "look of a new client's secret", rule=rules.look)
    attributes: Mapping[str, str] = fact(
        {},
        "attributes of a new client's record and the look of their values",
        open=True,
        rule=rules.look,
    )
    delay: float = fact(
        0.0, "seconds for which a client that is added while the lane runs is refused"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limiter:
    counts: tuple[int, ...] = fact(
        (400,),
        "statuses of token answers that count as failures; empty: every request",
        rule=rules.status,
    )
    key: tuple[str, ...] = fact(
        ("client_id", "client_secret"),
        "what callers are told apart by; requests without any of it share one key",
        choices=("client_id", "client_secret", "ip"),
    )
    allowed: int = fact(20, "counted answers in one window that start the cooldown; 0: no limit")
    window: float = fact(60.0, "length of the sliding window in seconds")
    cooldown: float = fact(600.0, "seconds for which further requests are rejected")
    status: int = fact(429, "status of a rejected request", rule=rules.status)
    retry_after: str | int = fact(
        "remaining",
        "Retry-After: the remaining seconds, an HTTP date, absent, or a constant number of seconds",
        choices=("remaining", "date", "absent", int),
    )
    error: str = fact("too_many_requests", "the `error` member of a rejection")


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    path: str = fact("/.well-known/openid-configuration", "where the metadata is", rule=rules.path)
    content_type: str = fact("application/json", "its media type", rule=rules.header_text)
    document: Template = fact({}, "its members, in this order", open=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwks:
    path: str = fact("/jwks", "where the public keys are", rule=rules.path)
    content_type: str = fact("application/json", "their media type", rule=rules.header_text)
    members: tuple[str, ...] = fact(
        names.JWK_MEMBERS,
        "members of a key, in this order; those that a key has not are left out",
        choices=names.JWK_MEMBERS,
        ordered=True,
    )
    kid: bool = fact(True, "whether keys and token headers carry a `kid`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    prefixes: tuple[str, ...] = fact(
        (),
        "path prefixes of the provider's own API, which asks for a bearer token",
        rule=rules.path,
    )
    challenge_missing: str = fact(
        "Bearer", "WWW-Authenticate when there is no token", rule=rules.header_text
    )
    challenge_invalid: str = fact(
        'Bearer error="invalid_token"',
        "WWW-Authenticate for a token that is not good",
        rule=rules.header_text,
    )
    challenge_expired: str = fact(
        'Bearer error="invalid_token"',
        "WWW-Authenticate for an expired token; {expired_at} is its `exp`",
        rule=rules.header_text,
    )
    date_format: str = fact(
        "%Y-%m-%dT%H:%M:%SZ",
        "how {expired_at} is written (strftime, UTC)",
        rule=rules.header_text,
    )
    content_type: str = fact("application/json", "media type of a 401", rule=rules.header_text)
    body: Template = fact({}, "members of a 401; {message} says why", open=True)


# One profile equals only itself: what is worked out from it can be kept beside it.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """How one provider behaves."""

    name: str
    title: str
    summary: str
    documentation: tuple[str, ...]
    #: The client every lane starts with, as keywords of ``Client``.
    default_client: Mapping[str, Any]
    #: Where each fact comes from, by its dotted path.
    evidence: Mapping[str, Fact]

    routing: Routing = field(default_factory=Routing)
    wire: Wire = field(default_factory=Wire)
    token: Token = field(default_factory=Token)
    client_auth: ClientAuth = field(default_factory=ClientAuth)
    errors: Errors = field(default_factory=Errors)
    access_token: AccessToken = field(default_factory=AccessToken)
    scopes: Scopes = field(default_factory=Scopes)
    new_client: NewClient = field(default_factory=NewClient)
    jwks: Jwks = field(default_factory=Jwks)
    discovery: Discovery = field(default_factory=Discovery)
    api: Api = field(default_factory=Api)
    limiter: Limiter | None = section(
        Limiter, "answers with a status of its own after too many failures"
    )


@lru_cache(maxsize=1)
def sections() -> Mapping[str, type]:
    """The tables of a profile file and the dataclass behind each."""
    found: dict[str, type] = {}
    for item in fields(Profile):
        kind = item.metadata.get("section") or item.default_factory
        if isinstance(kind, type) and is_dataclass(kind):
            found[item.name] = kind
    return MappingProxyType(found)
