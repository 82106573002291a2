"""The access token of a call, and how a call without a good one is refused (RFC 6750, sections
2 and 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from mockidp.flows.proof.dpop import takes_proofs
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.errors import DESCRIPTIONS, OAuthError
from mockidp.oauth.json_text import to_json
from mockidp.oauth.names import FORM_TYPE
from mockidp.oauth.params import parse_urlencoded
from mockidp.tokens.claims import fill
from mockidp.tokens.lookup import Bearer, TokenRefused, look_up
from mockidp.web.dpop import (
    SCHEME,
    ProofRefused,
    as_dpop,
    check_binding,
    key_of,
    offer,
    refused_proof,
    uses_dpop,
)
from mockidp.web.message import Answer, Request
from mockidp.web.respond import encoded_headers

_MESSAGES: Mapping[str, str] = {
    "missing": "The request has no access token",
    "malformed": "The Authorization header has no bearer token",
    "unreadable": "The form cannot be read",
    "several": "The request has more than one access token",
    "invalid": "The access token is not valid",
    "expired": "The access token has expired",
    "insufficient_scope": "The access token has not the scope that is needed",
}


class NoToken(Exception):
    """The request has no bearer token at all; ``is_malformed`` where an Authorization header
    should have had one, and ``has_choice`` where it could be bound to a key as well.
    """

    def __init__(self, hint: str, *, is_malformed: bool = False, has_choice: bool = False) -> None:
        super().__init__(hint)
        self.is_malformed = is_malformed
        self.has_choice = has_choice


def bearer_of(lane: Issuer, request: Request) -> Bearer:
    """Who calls, by the token of the request.

    :raises NoToken: when there is none.
    :raises TokenRefused: when it is not good, or there are several.
    """
    found = [*_in_header(lane, request), *_in_body(lane, request), *_in_query(lane, request)]
    if not found:
        if problem := _unreadable(lane, request):
            raise TokenRefused("unreadable", problem)
        has_header = bool(request.header(b"authorization"))
        raise NoToken(_where(lane, request), is_malformed=has_header, has_choice=takes_proofs(lane))
    if len(found) > 1:
        # RFC 6750, 2: "MUST NOT use more than one method to transmit the token"
        raise TokenRefused("several", "the request has more than one access token")
    if not takes_proofs(lane):
        return look_up(lane, found[0])
    try:
        bearer = look_up(lane, found[0])
        check_binding(lane, request, found[0], bearer)
    except TokenRefused as problem:
        if uses_dpop(lane, request):
            problem.scheme = SCHEME
        raise
    return bearer


def token_in_header(lane: Issuer, request: Request) -> str:
    """The bearer token of a request that may have it nowhere else.

    :raises NoToken: when there is none.
    :raises TokenRefused: when there are several.
    """
    values = [value.decode("latin-1") for key, value in request.headers if key == b"authorization"]
    if len(values) > 1:
        raise TokenRefused("several", "the request has more than one Authorization header")
    scheme, token = _split(values[0]) if values else ("", "")
    if scheme != "bearer" or not token:
        raise NoToken(_where(lane, request), is_malformed=bool(values))
    return token


def unauthorized(
    lane: Issuer, problem: NoToken | TokenRefused, entry: Exchange, *, about: str = ""
) -> Answer:
    """401 in the provider's manner, or 400 where it tells a request that cannot be read from one
    without a good token (RFC 6750, 3.1). ``about`` is where the metadata of the API is.
    """
    if isinstance(problem, NoToken):
        entry.hint, entry.cites = str(problem), "RFC 6750, 2.1"
        if problem.is_malformed and _has_words(lane, "malformed"):
            entry.error = "invalid_request"
            return _refusal(lane, 400, "malformed", {}, about=about)
        return _refusal(lane, 401, "missing", {}, offers_dpop=problem.has_choice, about=about)
    if isinstance(problem, ProofRefused):
        return _bad_proof(lane, problem.error, entry, about)
    entry.error, entry.hint, entry.cites = "invalid_token", problem.hint, "RFC 6750, 3.1"
    if problem.kind in ("several", "unreadable"):
        if _has_words(lane, problem.kind):
            entry.error = "invalid_request"
            return _refusal(lane, 400, problem.kind, {}, about=about)
        return invalid_token(lane, about=about)
    at = _date(problem.expired_at, lane.profile.api.date_format)
    values = {"expired_at": at}
    return _refusal(lane, 401, problem.kind, values, scheme=problem.scheme, about=about)


def invalid_token(lane: Issuer, *, about: str = "") -> Answer:
    """401 as for a token that is not good, whatever the request has."""
    return _refusal(lane, 401, "invalid", {}, about=about)


def _has_words(lane: Issuer, case: str) -> bool:
    policy = lane.profile.api
    return case in policy.challenges or case in policy.bodies


def forbidden(
    lane: Issuer, bearer: Bearer, scope: str, entry: Exchange, *, about: str = ""
) -> Answer:
    """403 in the provider's manner: the token is good, but not for this."""
    has = " ".join(bearer.scopes) or "no scope"
    entry.error, entry.cites = "insufficient_scope", "RFC 6750, 3.1"
    entry.hint = f"this call needs the scope {scope!r}; the token has {has}"
    scheme = SCHEME if takes_proofs(lane) and key_of(bearer) else "Bearer"
    values = {"scope_asked": scope}
    return _refusal(lane, 403, "insufficient_scope", values, scheme=scheme, about=about)


def _bad_proof(lane: Issuer, error: OAuthError, entry: Exchange, about: str) -> Answer:
    """401 for a token without a good proof of its key (RFC 9449, 7.1 and 9)."""
    entry.error, entry.hint, entry.cites = error.code, error.hint, error.cites
    policy = lane.profile.api
    body = {"error": error.code, "error_description": DESCRIPTIONS[error.code]}
    headers = encoded_headers(policy.content_type, {**policy.headers, **error.headers})
    challenge = _with_metadata(refused_proof(lane, error), about)
    headers.append((b"www-authenticate", challenge.encode("latin-1", "replace")))
    return Answer(401, headers, to_json(body, lane.profile.wire.json))


def _refusal(
    lane: Issuer,
    status: int,
    case: str,
    values: Mapping[str, str],
    *,
    scheme: str = "Bearer",
    offers_dpop: bool = False,
    about: str = "",
) -> Answer:
    policy = lane.profile.api
    template = policy.bodies.get(case, policy.body)
    body = fill(template, {"message": _MESSAGES[case], **values})
    # A media type describes a body; where there is none there is nothing to describe.
    headers = encoded_headers(policy.content_type if body else "", policy.headers)
    challenge = policy.challenges.get(case, "")
    for name, value in values.items():
        challenge = challenge.replace(f"{{{name}}}", value)
    challenge = _with_metadata(challenge, about)
    if challenge and scheme == SCHEME:
        challenge = as_dpop(lane, challenge)
    elif challenge and offers_dpop:
        challenge += f", {offer(lane)}"
    if challenge:
        headers.append((b"www-authenticate", challenge.encode("latin-1", "replace")))
    return Answer(status, headers, to_json(body, lane.profile.wire.json) if body else b"")


def _with_metadata(challenge: str, about: str) -> str:
    """RFC 9728, 5.1"""
    return f'{challenge}, resource_metadata="{about}"' if challenge and about else challenge


def _in_header(lane: Issuer, request: Request) -> list[str]:
    if "header" not in lane.profile.api.token_in:
        return []
    values = [value.decode("latin-1") for key, value in request.headers if key == b"authorization"]
    if len(values) > 1:
        return values
    schemes = ("bearer", SCHEME.lower()) if takes_proofs(lane) else ("bearer",)
    return [token for scheme, token in map(_split, values) if scheme in schemes and token]


def _has_form(lane: Issuer, request: Request) -> bool:
    """Whether there may be a token in it (RFC 6750, 2.2: only where a body means something)."""
    is_form = request.media_type == FORM_TYPE and request.method not in ("GET", "HEAD")
    return is_form and "form" in lane.profile.api.token_in


def _unreadable(lane: Issuer, request: Request) -> str:
    """Why the form that has a token in it cannot be read, at a provider with words for that."""
    if not _has_form(lane, request) or not _has_words(lane, "unreadable"):
        return ""
    if b"access_token" not in request.body:
        return ""
    try:
        parse_urlencoded(request.body)
    except OAuthError as problem:
        return f"the form with the access_token cannot be read: {problem.hint}"
    return ""


def _in_body(lane: Issuer, request: Request) -> list[str]:
    if not _has_form(lane, request):
        return []
    with suppress(OAuthError):  # what is no form has no token; the call itself may be good
        return [*parse_urlencoded(request.body).every("access_token")]
    return []


def _in_query(lane: Issuer, request: Request) -> list[str]:
    if "query" not in lane.profile.api.token_in or b"access_token" not in request.query:
        return []
    with suppress(OAuthError):
        return [*parse_urlencoded(request.query).every("access_token")]
    return []


def _split(header: str) -> tuple[str, str]:
    scheme, _, token = header.partition(" ")
    return scheme.lower(), token.strip()


def _where(lane: Issuer, request: Request) -> str:
    """Why no token was found."""
    header = request.header(b"authorization")
    if header is None:
        return "the request has no Authorization header; send Authorization: Bearer <token>"
    scheme, space, _ = header.partition(" ")
    if scheme.lower() != "bearer" and not uses_dpop(lane, request):
        # A token without a scheme must not get into the journal.
        found = f"the scheme {scheme[:20]!r}" if space and scheme.isalpha() else "no scheme"
        return f"the Authorization header has {found}; send Bearer <token>"
    return f"the Authorization header has no token after {scheme}"


def _date(seconds: float, form: str) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime(form)
    except (OverflowError, OSError, ValueError):  # an `exp` that is in no calendar
        return str(seconds)
