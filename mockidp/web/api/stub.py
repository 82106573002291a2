"""The API stub (RFC 6750): 401 in the provider's manner for a token that is not good, otherwise
canned answers.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.profiles.schema import Profile
from mockidp.tokens.claims import fill
from mockidp.tokens.lookup import TokenRefused, look_up
from mockidp.web.message import Answer, Request
from mockidp.web.respond import to_json

_JSON = [(b"content-type", b"application/json")]


class Api:
    name = "api"

    def paths(self, profile: Profile) -> tuple[str, ...]:
        return profile.api.prefixes

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> Request:
        return request

    def limit_key(self, lane: Issuer, request: Request, parsed: Request | None) -> None:
        return None

    def answer(self, lane: Issuer, parsed: Request, entry: Exchange) -> Answer:
        try:
            claims = look_up(lane, _bearer(parsed))
        except TokenRefused as refused:
            entry.error, entry.hint, entry.cites = "invalid_token", refused.hint, "RFC 6750, 3.1"
            return _unauthorized(lane.profile, refused)
        except _NoToken as missing:
            entry.hint, entry.cites = str(missing), "RFC 6750, 2.1"
            return _unauthorized(lane.profile, None)
        client_id = claims.get("client_id")
        entry.client_id = client_id if isinstance(client_id, str) else None
        canned = lane.api.find(parsed.method, parsed.path)
        if canned is None:
            entry.hint = lane.api.explain(parsed.method, parsed.path)
            return Answer(200, list(_JSON), _echo(parsed, claims))
        headers = [
            (n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in canned.headers.items()
        ]
        return Answer(canned.status, headers, canned.body)


class _NoToken(Exception):
    """The request has no bearer token at all."""


def _bearer(request: Request) -> str:
    header = request.header(b"authorization")
    if request.times(b"authorization") > 1:
        # RFC 6750, 2: "MUST NOT use more than one method to transmit the token"
        raise TokenRefused("invalid", "the Authorization header is sent more than once")
    if header is None:
        raise _NoToken(
            "the request has no Authorization header; send Authorization: Bearer <token>"
        )
    scheme, space, token = header.partition(" ")
    if scheme.lower() != "bearer":
        # A token without a scheme must not get into the journal.
        found = f"the scheme {scheme[:20]!r}" if space and scheme.isalpha() else "no scheme"
        raise _NoToken(f"the Authorization header has {found}; send Bearer <token>")
    if not token.strip():
        raise _NoToken("the Authorization header has no token after Bearer")
    return token.strip()


def _unauthorized(profile: Profile, refused: TokenRefused | None) -> Answer:
    policy = profile.api
    if refused is None:
        challenge, message = policy.challenge_missing, "The request has no access token"
    elif refused.kind == "expired":
        challenge, message = policy.challenge_expired, "The access token has expired"
        challenge = challenge.replace("{expired_at}", _date(refused.expired_at, policy.date_format))
    else:
        challenge, message = policy.challenge_invalid, "The access token is not valid"
    headers = [
        (b"content-type", policy.content_type.encode("latin-1")),
        (b"www-authenticate", challenge.encode("latin-1", "replace")),
    ]
    return Answer(401, headers, to_json(fill(policy.body, {"message": message})))


def _date(seconds: float, form: str) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime(form)
    except (OverflowError, OSError, ValueError):  # an `exp` that is in no calendar
        return str(seconds)


def _echo(request: Request, claims: dict[str, Any]) -> bytes:
    """What arrived, so that a test sees what its client sent; the token itself is not repeated."""
    echo = {
        "method": request.method,
        "path": request.path,
        "query": request.query.decode("latin-1"),
        "body": request.body.decode("utf-8", "replace"),
        "claims": claims,
    }
    if request.media_type.endswith("json"):
        # What is not JSON, or nested too deep to be written again, is repeated as text.
        with suppress(ValueError, RecursionError):
            return to_json({**echo, "body": json.loads(request.body)})
    return to_json(echo)
