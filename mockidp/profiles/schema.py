"""The facts a profile may state: their names, types, choices and meaning.

Every leaf is one fact of one provider, with a sentence that the reference page and ``mockidp
providers`` print. The values here are what a user-made profile falls back to where its chain says
nothing; a built-in profile states every leaf itself, with evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    applies: Callable[[Any], bool] | None = None,
) -> Any:
    """A leaf of the schema.

    ``ordered`` marks a list whose order matters, ``complete`` one that names every choice once,
    and ``open`` a table whose keys the profile chooses (each key is one fact). ``rule`` is what a
    value must keep besides its type, ``key_rule`` the same for the keys of an open table.
    ``applies`` says of a profile whether the leaf means anything in it: what a token that is no
    JWT has as its claims is nothing that anybody could know.
    """
    metadata = {
        "doc": doc,
        "choices": choices,
        "ordered": ordered,
        "complete": complete,
        "open": open,
        "rule": rule,
        "key_rule": key_rule,
        "applies": applies,
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
        "application/json", "media type of token answers", rule=rules.header_text
    )
    headers: Mapping[str, str] = fact(
        {},
        "headers of token answers; looks such as {hex:26} are made anew for each",
        open=True,
        rule=rules.header_text,
        key_rule=rules.header_name,
    )
    json: str = fact(
        "compact",
        "how JSON is written: without white space, or as PHP does, with \\/ and \\u00e9",
        choices=("compact", "php"),
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
class ClientAssertion:
    algs: tuple[str, ...] = fact(
        names.ASSERTION_ALGORITHMS,
        "algorithms of a client_assertion",
        choices=names.ASSERTION_ALGORITHMS,
    )
    audience: str = fact(
        "issuer or endpoint",
        "the `aud` of a client_assertion: the issuer or the address of the token endpoint or the "
        "one asked, also in a list; or the issuer alone",
        choices=("issuer or endpoint", "issuer"),
    )
    lifetime: float = fact(3600.0, "the most seconds that its `exp` may be ahead")
    skew: float = fact(10.0, "the most seconds that its `iat` and `nbf` may be ahead")


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


def _has_whole_bodies(profile: Profile) -> bool:
    said = any("body" in case for case in profile.errors.cases.values())
    return said or (profile.limiter is not None and bool(profile.limiter.body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    members: tuple[str, ...] = fact(
        ("error", "error_description"),
        "members of a refusal, in this order; those without a text are left out",
        choices=("error", "error_description", "error_uri", "hint", "message"),
        ordered=True,
    )
    status: int = fact(400, "status of a refusal", rule=rules.status)
    invalid_client_status: int = fact(401, "status of `invalid_client`", rule=rules.status)
    challenge_header: str = fact(
        "",
        "WWW-Authenticate of an `invalid_client` when the request has an Authorization header; "
        "empty: none",
        rule=rules.header_text,
    )
    challenge_body: str = fact("", "the same when it has none; empty: none", rule=rules.header_text)
    content_type: str = fact("application/json", "media type of a refusal", rule=rules.header_text)
    headers: Mapping[str, str] = fact(
        {},
        "headers of a refusal",
        open=True,
        rule=rules.header_text,
        key_rule=rules.header_name,
    )
    cases: Template = fact(
        {},
        "what a provider says in a certain case: `error`, `description`, `hint`, `uri`, `status`, "
        "or a whole `body`",
        open=True,
        rule=rules.error_case,
        key_rule=rules.error_case_name,
    )
    body_json: str = fact(
        "compact",
        "how such a body, and that of a limiter, is written; see wire.json, or with indents of 4",
        choices=("compact", "php", "pretty"),
        applies=_has_whole_bodies,
    )


def _is_jwt(profile: Profile) -> bool:
    return profile.access_token.format == "jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    format: str = fact(
        "jwt",
        "what an access token is: jwt, or the look of an opaque one, such as hex:40",
        rule=rules.token_format,
    )
    lifetime: float = fact(3600.0, "seconds until it expires; also `expires_in`")
    alg: str = fact("RS256", "signing algorithm", choices=names.SIGNING_ALGORITHMS, applies=_is_jwt)
    typ: str = fact("JWT", "the `typ` of its header; empty: none", applies=_is_jwt)
    claims: Template = fact({}, "its claims, in this order", open=True, applies=_is_jwt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwt:
    header: tuple[str, ...] = fact(
        names.JOSE_MEMBERS,
        "order of the members of a token's header; those that it has not are left out",
        choices=names.JOSE_MEMBERS,
        ordered=True,
        complete=True,
    )
    times: str = fact(
        "whole",
        "whether times are whole numbers of seconds, or have microseconds",
        choices=("whole", "fractional"),
    )
    json: str = fact(
        "compact", "how its JSON is written; see wire.json", choices=("compact", "php")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    look: str = fact("token:32", "look of a refresh token", rule=rules.look)
    lifetime: float = fact(0.0, "seconds until it expires; 0: never")
    given_by: tuple[str, ...] = fact(
        ("authorization_code",),
        "grants whose answer has a refresh token, if the client may refresh at all",
        choices=names.USER_GRANTS,
    )
    needs: str = fact(
        "nothing",
        "the scope without which none is given: nothing, offline_access, or offline_access "
        "where an id_token is given beside it",
        choices=("nothing", "offline_access", "offline_access with id_token"),
    )
    rotates: bool = fact(True, "whether each use gives a new one and uses up the old one")
    reuse: str = fact(
        "refuse",
        "what a used one does: it is refused, or it also revokes all that came of the same grant",
        choices=("refuse", "revoke"),
    )
    revokes_access_token: bool = fact(
        False, "whether each use revokes the access token that came with it"
    )
    grace: float = fact(
        0.0,
        "seconds for which a used one gives new tokens once more, as where the answer got lost or "
        "two requests raced; 0: not at all",
        applies=lambda p: p.refresh_token.rotates,
    )


def _has_authorize(profile: Profile) -> bool:
    return bool(profile.authorize.response_types)


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
    lifetime: float = fact(60.0, "seconds until a request_uri expires", applies=_has_par)
    required: bool = fact(
        False,
        "whether every client must push its requests, and not only those that are registered so "
        "(require_pushed_authorization_requests)",
        applies=_has_par,
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


def _has_dpop(profile: Profile) -> bool:
    return bool(profile.dpop.algs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dpop:
    algs: tuple[str, ...] = fact(
        (),
        "algorithms of a DPoP proof (RFC 9449); none: the provider does not look at proofs",
        choices=names.SIGNING_ALGORITHMS,
    )
    lifetime: float = fact(60.0, "seconds for which a proof is good", applies=_has_dpop)
    skew: float = fact(
        10.0, "the most seconds that its `iat` and `nbf` may be ahead", applies=_has_dpop
    )
    nonce: str = fact(
        "off",
        "whether a proof must hold a nonce that the provider has given out",
        choices=("off", "required"),
        applies=_has_dpop,
    )
    nonce_lifetime: float = fact(300.0, "seconds for which a nonce is good", applies=_has_dpop)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceIndicators:
    accepted: bool = fact(
        False,
        "whether a client may name the resources that a token is for, which are then its `aud` "
        "(RFC 8707); otherwise the parameter `resource` is ignored",
    )
    known: tuple[str, ...] = fact(
        (),
        "those that it may name; none: any absolute URI without a fragment",
        applies=lambda p: p.resource_indicators.accepted,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    lifetime: float = fact(3600.0, "seconds until it expires")
    alg: str = fact("RS256", "signing algorithm", choices=names.SIGNING_ALGORITHMS)
    typ: str = fact("JWT", "the `typ` of its header; empty: none")
    given_by: tuple[str, ...] = fact(
        ("authorization_code", "refresh_token"),
        "grants whose answer has an id_token when openid is among the scopes",
        choices=(*names.USER_GRANTS, "refresh_token"),
    )
    again: bool = fact(
        True,
        "whether these give one although the authorization response held one already",
        applies=lambda p: any("code id_token" in kind for kind in p.authorize.response_types),
    )
    claims: Template = fact({}, "its claims, in this order", open=True)
    user_claims: bool = fact(
        False,
        "whether it has the claims about the user that the scopes name also when there is an "
        "access token to ask userinfo with",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Userinfo:
    path: str = fact(
        "", "where the claims about the user are; empty: nowhere", rule=rules.path_or_nothing
    )
    content_type: str = fact(
        "application/json",
        "its media type",
        rule=rules.header_text,
        applies=lambda p: p.userinfo.path,
    )


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
    lifetime: float = fact(600.0, "seconds until both codes expire")
    interval: float = fact(
        5.0, "seconds that a device waits between two token requests, and then 5 more each time"
    )
    wrong_codes: int = fact(
        10,
        "wrong user codes from one address within the lifetime of a code, after which it has to "
        "wait as long; 0: no limit",
    )


def _has_logout(profile: Profile) -> bool:
    return bool(profile.logout.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    path: str = fact(
        "",
        "where a client sends its user to sign out; empty: nowhere",
        rule=rules.path_or_nothing,
    )
    confirmation: str = fact(
        "unless hinted",
        "whether the user is asked: unless a good id_token_hint names the session, or always",
        choices=("unless hinted", "always"),
        applies=_has_logout,
    )
    channels: tuple[str, ...] = fact(
        (),
        "how the clients of a session are told that it has ended: in iframes of the page that says "
        "so, by requests of the provider",
        choices=names.LOGOUT_CHANNELS,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionManagement:
    path: str = fact(
        "",
        "the page for an iframe that tells a client whether the session has changed; empty: "
        "nowhere, and no session_state either",
        rule=rules.path_or_nothing,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    path: str = fact(
        "", "where clients register themselves; empty: nowhere", rule=rules.path_or_nothing
    )
    access: str = fact(
        "open",
        "who may: anybody, or who has the initial_access_token of the settings",
        choices=("open", "initial_access_token"),
    )
    management: bool = fact(
        True,
        "whether a client gets a registration_access_token, to read, replace and delete its "
        "registration with",
    )
    token_look: str = fact("token:32", "look of such a token", rule=rules.look)
    loopback_uris: bool = fact(
        False,
        "whether http will do for the URIs of a client that lead to the machine itself, where a "
        "web client must otherwise use https",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    supported: tuple[str, ...] = fact((), "scopes of the provider")
    when_missing: str = fact(
        "all",
        "a request without scope gets all scopes of the client, the default ones, none, or a "
        "refusal",
        choices=("all", "default", "none", "refuse"),
    )
    default: tuple[str, ...] = fact(
        (),
        "the scopes of a request that names none",
        applies=lambda p: p.scopes.when_missing == "default",
    )
    order: str = fact(
        "requested",
        "order of the granted scopes: as requested, or sorted by name",
        choices=("requested", "sorted"),
    )
    meanings: Mapping[str, str] = fact(
        {}, "what a scope allows, in words for the consent page", open=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    id_look: str = fact(
        "guid",
        "look of a new client's id: guid, hex:N, decimal:N, alnum:N or token:N",
        rule=rules.look,
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
    window: float = fact(60.0, "length of the sliding window in seconds")
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
    headers: Mapping[str, str] = fact(
        {},
        "headers of every answer: {allowed} and {remaining} answers in this window",
        open=True,
        rule=rules.header_text,
        key_rule=rules.header_name,
    )
    rejection_headers: Mapping[str, str] = fact(
        {},
        "headers of a rejection besides these: {until} is its end in seconds since the epoch",
        open=True,
        rule=rules.header_text,
        key_rule=rules.header_name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    path: str = fact(
        "/.well-known/openid-configuration",
        "where the metadata is; empty: nowhere",
        rule=rules.path_or_nothing,
    )
    content_type: str = fact(
        "application/json",
        "its media type",
        rule=rules.header_text,
        applies=lambda p: p.discovery.path,
    )
    headers: Mapping[str, str] = fact(
        {},
        "further headers of it, such as Cache-Control",
        open=True,
        rule=rules.header_text,
        key_rule=rules.header_name,
    )
    document: Template = fact({}, "its members, in this order", open=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class OauthMetadata:
    path: str = fact(
        "",
        "where the same metadata is for clients that know OAuth alone (RFC 8414); empty: nowhere",
        rule=rules.path_or_nothing,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    methods: tuple[str, ...] = fact(
        ("GET",),
        "methods that metadata and keys may be asked for with",
        choices=names.DOCUMENT_METHODS,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    id_token: tuple[str, ...] = fact(
        (),
        "algorithms that a client may choose for its ID tokens besides id_token.alg "
        "(id_token_signed_response_alg); none: the signature may be left out of those from the "
        "token endpoint",
        choices=(*names.SIGNING_ALGORITHMS, "none"),
        ordered=True,
    )
    userinfo: tuple[str, ...] = fact(
        (),
        "algorithms with which a client may have the claims of userinfo signed "
        "(userinfo_signed_response_alg)",
        choices=names.SIGNING_ALGORITHMS,
        ordered=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    endpoints: tuple[str, ...] = fact(
        (),
        "endpoints that scripts of other origins may call (CORS); none of the pages is among them",
        choices=names.SCRIPT_ENDPOINTS,
    )
    origins: str = fact(
        "clients",
        "whose scripts: those of the origins that clients have redirect URIs at, or any; metadata "
        "and keys are for any",
        choices=("clients", "any"),
    )
    exposed: tuple[str, ...] = fact(
        (), "headers of the answers that such scripts may read", rule=rules.header_name
    )
    max_age: float = fact(600.0, "seconds for which a browser may remember what it may do")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwks:
    path: str = fact("/jwks", "where the public keys are", rule=rules.path)
    content_type: str = fact("application/json", "their media type", rule=rules.header_text)
    headers: Mapping[str, str] = fact(
        {},
        "further headers of them, such as Cache-Control",
        open=True,
        rule=rules.header_text,
        key_rule=rules.header_name,
    )
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
    token_in: tuple[str, ...] = fact(
        ("header",),
        "where a bearer token may be: in the Authorization header, in a form body, in the query",
        choices=("header", "form", "query"),
    )
    challenges: Mapping[str, str] = fact(
        {},
        "WWW-Authenticate of a call that is refused as missing, malformed (400; or else as "
        "missing), several (400; or else as invalid), invalid, expired (with {expired_at}, the "
        "`exp` of the token) or insufficient_scope (with {scope_asked})",
        open=True,
        rule=rules.header_text,
        key_rule=rules.api_case,
    )
    date_format: str = fact(
        "%Y-%m-%dT%H:%M:%SZ",
        "how {expired_at} is written (strftime, UTC)",
        rule=rules.header_text,
        applies=lambda p: "{expired_at}" in p.api.challenges.get("expired", ""),
    )
    content_type: str = fact("application/json", "media type of a refusal", rule=rules.header_text)
    headers: Mapping[str, str] = fact(
        {},
        "headers of a refusal",
        open=True,
        rule=rules.header_text,
        key_rule=rules.header_name,
    )
    body: Template = fact({}, "members of a refusal; {message} says why", open=True)
    bodies: Template = fact(
        {},
        "members of the refusal in one case, in the place of `body`; an empty table: no body",
        open=True,
        rule=rules.table,
        key_rule=rules.api_case,
    )
    answer_headers: Mapping[str, str] = fact(
        {},
        "headers of the answers in `resources`",
        open=True,
        rule=rules.header_text,
        key_rule=rules.header_name,
    )
    login_redirect: str = fact(
        "",
        "where a call without a good token is redirected that does not accept JSON; empty: nowhere",
        rule=rules.path_or_nothing,
    )
    needs_content_type: bool = fact(
        False, "whether POST, PUT and PATCH without a Content-Type are answered 415"
    )
    scopes: Mapping[str, str] = fact(
        {}, "the scope that a call such as `POST /v2/messages` needs", open=True
    )
    resources: Template = fact(
        {},
        "what a call such as `GET /v2/user`, and those in `also`, is answered: `body` with "
        "{user.<claim>} in it, null where the user has no such claim; the `scope` it needs; "
        "`hidden`: members that are null without a scope, and `public`: the claim that shows them "
        "all the same; `userless`: how a token without a user is refused, or else as invalid",
        open=True,
        rule=rules.resource,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedResource:
    path: str = fact(
        "",
        "where the metadata of the API is (RFC 9728), followed by the API's own path; empty: "
        "nowhere",
        rule=rules.path_or_nothing,
    )
    document: Template = fact({}, "its members, in this order", open=True)
    audiences: tuple[str, ...] = fact(
        (),
        "what the `aud` of a token, where it has one, must name for the API: {issuer}, {resource} "
        "for the address of the API, or another text; none: the API does not look",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    header: str = fact("X-API-Key", "the header that holds an API key", rule=rules.header_name)
    content_type: str = fact("application/json", "media type of a refusal", rule=rules.header_text)
    headers: Mapping[str, str] = fact(
        {},
        "headers of a refusal",
        open=True,
        rule=rules.header_text,
        key_rule=rules.header_name,
    )
    status: int = fact(401, "status of a refusal", rule=rules.status)
    body: Template = fact({}, "members of a refusal", open=True)


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
    #: The users every lane starts with, as keywords of ``User``; empty: alice and bob.
    default_users: tuple[Mapping[str, Any], ...] = ()
    #: Where each fact comes from, by its dotted path.
    evidence: Mapping[str, Fact] = field(default_factory=dict)

    routing: Routing = field(default_factory=Routing)
    wire: Wire = field(default_factory=Wire)
    token: Token = field(default_factory=Token)
    client_auth: ClientAuth = field(default_factory=ClientAuth)
    errors: Errors = field(default_factory=Errors)
    access_token: AccessToken = field(default_factory=AccessToken)
    jwt: Jwt = field(default_factory=Jwt)
    refresh_token: RefreshToken = field(default_factory=RefreshToken)
    authorize: Authorize = field(default_factory=Authorize)
    par: Par = field(default_factory=Par)
    authentication: Authentication = field(default_factory=Authentication)
    dpop: Dpop = field(default_factory=Dpop)
    resource_indicators: ResourceIndicators = field(default_factory=ResourceIndicators)
    id_token: IdToken = field(default_factory=IdToken)
    userinfo: Userinfo = field(default_factory=Userinfo)
    introspection: Introspection = field(default_factory=Introspection)
    revocation: Revocation = field(default_factory=Revocation)
    device_authorization: DeviceAuthorization = field(default_factory=DeviceAuthorization)
    logout: Logout = field(default_factory=Logout)
    session_management: SessionManagement = field(default_factory=SessionManagement)
    registration: Registration = field(default_factory=Registration)
    scopes: Scopes = field(default_factory=Scopes)
    new_client: NewClient = field(default_factory=NewClient)
    jwks: Jwks = field(default_factory=Jwks)
    discovery: Discovery = field(default_factory=Discovery)
    oauth_metadata: OauthMetadata = field(default_factory=OauthMetadata)
    documents: Documents = field(default_factory=Documents)
    signing: Signing = field(default_factory=Signing)
    cors: Cors = field(default_factory=Cors)
    api: Api = field(default_factory=Api)
    protected_resource: ProtectedResource = field(default_factory=ProtectedResource)
    limiter: Limiter | None = section(
        Limiter, "answers with a status of its own after too many failures"
    )
    client_assertion: ClientAssertion | None = section(
        ClientAssertion, "signed assertions by which clients prove who they are"
    )
    request_object: RequestObject | None = section(
        RequestObject, "authorization requests as a JWT, whose parameters win"
    )
    api_key: ApiKey | None = section(ApiKey, "a key as a second way into the API")


@lru_cache(maxsize=1)
def sections() -> Mapping[str, type]:
    """The tables of a profile file and the dataclass behind each."""
    found: dict[str, type] = {}
    for item in fields(Profile):
        kind = item.metadata.get("section") or item.default_factory
        if isinstance(kind, type) and is_dataclass(kind):
            found[item.name] = kind
    return MappingProxyType(found)
