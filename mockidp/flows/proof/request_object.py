"""Request objects: an authorization request as a JWT, by value or by reference (OpenID Connect Core
1.0, section 6; RFC 9101).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockidp.control.outgoing import Unavailable, not_allowed, shown
from mockidp.flows.proof.client_keys import verify_by_client
from mockidp.flows.proof.times import audience_problem, time_problem
from mockidp.issuer import Issuer
from mockidp.keys.jwt import MAX_TOKEN, BadToken, Unverified, media_kind, read
from mockidp.model.client import Client
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.json_text import write_json
from mockidp.oauth.names import REQUEST_OBJECTS
from mockidp.oauth.params import PLAUSIBLE_NAME, Params
from mockidp.profiles.schema.requests import RequestObject

#: Claims about the object itself; all others are parameters (RFC 9101, 4).
_ABOUT = ("iss", "aud", "exp", "nbf", "iat", "jti", "sub")
#: What may be a list of values (RFC 8707, 2.1).
_SEVERAL = ("resource",)
#: Values of `typ` that say it is something else are refused (RFC 8725, 3.11; RFC 9101, 10.8).
_TYPES = ("jwt", "oauth-authz-req+jwt")
#: What both the object and the plain request may say, and then alike (OpenID Connect Core 1.0,
#: 6.1).
_ALIKE = ("client_id", "response_type")


def has_request_object(lane: Issuer, params: Params) -> bool:
    """Whether a request object is sent to a provider that looks at it."""
    return lane.profile.request_object is not None and any(
        name in params for name in REQUEST_OBJECTS
    )


def resolve(lane: Issuer, client: Client, params: Params, issuer: str) -> Params:
    """The parameters of the request with those of its object, which win, and without the object.

    :raises OAuthError: ``request_not_supported``, ``request_uri_not_supported``,
        ``invalid_request_object``, ``invalid_request_uri`` or ``invalid_request``.
    :raises NeedsDocument: when the object or the client's keys have to be fetched.
    """
    policy = lane.profile.request_object
    assert policy is not None, "asked only where has_request_object"
    _refuse_what_is_not_served(policy, params)
    if all(name in params for name in REQUEST_OBJECTS):
        hint = "request and request_uri are both sent"
        raise invalid_request(hint, cites="OpenID Connect Core 1.0, 6.1; RFC 9101, 5")
    text = params.get("request")
    if text is None:
        text = _fetched(lane, client, policy, params["request_uri"])
    claims = _verified(lane, client, policy, text, issuer)
    inside = _parameters(claims)
    _refuse_contradictions(client, params, inside)
    beside = params.pairs if policy.others == "used" else ()
    return Params(
        (
            *((n, v) for n, v in beside if n not in REQUEST_OBJECTS and n not in inside),
            *((name, value) for name, value in inside.pairs if value),
        )
    )


def _refuse_what_is_not_served(policy: RequestObject, params: Params) -> None:
    for name in REQUEST_OBJECTS:
        if name in params and name not in policy.given:
            served = ", ".join(policy.given) or "neither of the two"
            raise OAuthError(
                f"{name}_not_supported",
                hint=f"{name} is sent; this provider takes {served}",
                cites="OpenID Connect Core 1.0, 3.1.2.6",
            )


def _fetched(lane: Issuer, client: Client, policy: RequestObject, uri: str) -> str:
    if not lane.has("request_uri"):
        raise OAuthError(
            "request_uri_not_supported",
            hint=not_allowed(uri),
            cites="OpenID Connect Core 1.0, 3.1.2.6",
        )
    # OpenID Connect Core 1.0, 6.2: the fragment only says which version of the object it is. The
    # object is fetched for each request, so that none is an old one.
    address = uri.partition("#")[0]
    known = {known.partition("#")[0] for known in client.request_uris}
    if address not in known and policy.registered_uris:
        registered = ", ".join(sorted(known)[:10]) or "none"
        raise _bad_uri(
            f"request_uri {shown(uri)!r} is not registered; registered: {registered}",
            "OpenID Connect Core 1.0, 6.2; RFC 9101, 10.4.1",
        )
    try:
        document = lane.documents.need(address, once=True)
    except Unavailable as problem:
        raise _bad_uri(problem.hint, "RFC 9101, 5.2.3") from None
    try:
        return document.content[: MAX_TOKEN + 1].decode("ascii").strip()
    except UnicodeDecodeError:
        hint = f"what is at {shown(uri)} is no ASCII text, and so no JWT"
        raise _bad_object(hint, "RFC 9101, 5.2.3") from None


def _verified(
    lane: Issuer, client: Client, policy: RequestObject, text: str, issuer: str
) -> Mapping[str, Any]:
    registered = client.request_object_signing_alg
    algs = policy.algs if registered is None else (registered,)
    try:
        token = read(text)
        _check_type(token)
        verify_by_client(lane, client, token, algs)
    except (BadToken, Unavailable) as problem:
        raise _bad_object(problem.hint, "OpenID Connect Core 1.0, 6.3; RFC 9101, 6") from None
    _check_claims(lane, client, policy, token.claims, issuer)
    return token.claims


def _check_type(token: Unverified) -> None:
    if media_kind(token.header.get("typ", "JWT")) not in _TYPES:
        raise BadToken("wrong_typ", "its typ says that it is something else")


def _check_claims(
    lane: Issuer, client: Client, policy: RequestObject, claims: Mapping[str, Any], issuer: str
) -> None:
    if claims.get("sub") == client.client_id:
        # It could be used as a client assertion, and an assertion as a request.
        raise _bad_object("sub is the client_id: leave it out", "RFC 9101, 10.8")
    if "iss" in claims and claims["iss"] != client.client_id:
        raise _bad_object("iss is not the client_id", "OpenID Connect Core 1.0, 6.1")
    if "aud" in claims and (problem := audience_problem(claims, (issuer,))):
        raise _bad_object(problem, "OpenID Connect Core 1.0, 6.1; RFC 9101, 4")
    if problem := time_problem(claims, lane.clock.now(), skew=policy.skew):
        raise _bad_object(problem, "RFC 9101, 4; RFC 7519, 4.1")


def _parameters(claims: Mapping[str, Any]) -> Params:
    inner = [name for name in REQUEST_OBJECTS if name in claims]
    if inner:
        hint = f"the object itself has {inner[0]}"
        raise _bad_object(hint, "OpenID Connect Core 1.0, 6.1; RFC 9101, 4")
    return Params(
        (name, _text(name, value))
        for name, written in claims.items()
        if name not in _ABOUT
        for value in (written if name in _SEVERAL and isinstance(written, list) else [written])
    )


def _text(name: str, value: Any) -> str:
    """A claim as the parameter that it stands for: numbers and objects are JSON (RFC 9101, 4)."""
    shown_name = name if PLAUSIBLE_NAME.fullmatch(name) else "a claim"
    if value is None:
        return ""
    text = value if isinstance(value, str) else write_json(value)
    if "\0" in name or "\0" in text:
        raise _bad_object(f"{shown_name} has a NUL character", "RFC 6749, appendix A")
    return text


def _refuse_contradictions(client: Client, params: Params, inside: Params) -> None:
    for name in _ALIKE:
        outside = client.client_id if name == "client_id" else params.get(name)
        if name in inside and outside is not None and not _is_same(outside, inside[name]):
            hint = f"{name} is {inside[name][:200]!r} in the object and {outside[:200]!r} beside it"
            raise _bad_object(hint, "OpenID Connect Core 1.0, 6.1; RFC 9101, 6.3")


def _is_same(one: str, other: str) -> bool:
    # RFC 6749, 3.1.1: the order of the words of a response_type does not matter.
    return sorted(one.split(" ")) == sorted(other.split(" "))


def _bad_object(hint: str, cites: str) -> OAuthError:
    return OAuthError("invalid_request_object", hint=f"request object: {hint}", cites=cites)


def _bad_uri(hint: str, cites: str) -> OAuthError:
    return OAuthError("invalid_request_uri", hint=hint, cites=cites)
