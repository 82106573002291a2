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
            return Answer(200, list(_JSON), to_json(_echo(parsed, claims)))
        headers = [
            (n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in canned.headers.items()
        ]
        return Answer(canned.status, headers, canned.body)


class _NoToken(Exception):
    """The request has no bearer token at all."""


def _bearer(request: Request) -> str:
    header = request.header(b"authorization")
    if header is None:
        raise _NoToken(
            "the request has no Authorization header; send Authorization: Bearer <token>"
        )
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise _NoToken(f"the Authorization header has the scheme {scheme[:20]!r}; send Bearer")
    if not token.strip():
        raise _NoToken("the Authorization header has no token after Bearer")
    return token.strip()


def _unauthorized(profile: Profile, refused: TokenRefused | None) -> Answer:
    policy = profile.api
    if refused is None:
        challenge, message = policy.challenge_missing, "The request has no access token"
    elif refused.kind == "expired":
        challenge, message = policy.challenge_expired, "The access token has expired"
        date = datetime.fromtimestamp(refused.expired_at, UTC).strftime(policy.date_format)
        challenge = challenge.replace("{expired_at}", date)
    else:
        challenge, message = policy.challenge_invalid, "The access token is not valid"
    headers = [
        (b"content-type", policy.content_type.encode("latin-1")),
        (b"www-authenticate", challenge.encode("latin-1", "replace")),
    ]
    return Answer(401, headers, to_json(fill(policy.body, {"message": message})))


def _echo(request: Request, claims: dict[str, Any]) -> dict[str, Any]:
    """What arrived, so that a test sees what its client sent; the token itself is not repeated."""
    body: Any = request.body.decode("utf-8", "replace")
    if request.media_type.endswith("json"):
        with suppress(ValueError, RecursionError):
            body = json.loads(request.body)
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query.decode("latin-1"),
        "body": body,
        "claims": claims,
    }
