"""The API stub (RFC 6750): refuses in the provider's manner a call without a good token or key, and
otherwise answers as the test said, as the provider's documents say, or with what it was asked.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.model.user import User
from mockidp.oauth.json_text import to_json
from mockidp.oauth.paths import fits
from mockidp.profiles.schema import Profile
from mockidp.tokens.claims import fill
from mockidp.tokens.lookup import Bearer, TokenRefused
from mockidp.tokens.subjects import user_known_as
from mockidp.web.audience import check_audience
from mockidp.web.bearer import NoToken, bearer_of, forbidden, unauthorized
from mockidp.web.browser import redirect
from mockidp.web.dpop import give_nonce, uses_dpop
from mockidp.web.message import Answer, Request
from mockidp.web.resource import metadata_url
from mockidp.web.respond import encoded_headers

_JSON = [(b"content-type", b"application/json")]


class Api:
    name = "api"

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> Request:
        return request

    def limit_key(self, lane: Issuer, request: Request, parsed: Request | None) -> None:
        return None

    def answer(self, lane: Issuer, parsed: Request, entry: Exchange) -> Answer:
        keyed = _check_api_key(lane, parsed, entry)
        if isinstance(keyed, Answer):
            return keyed
        try:
            bearer = keyed or bearer_of(lane, parsed)
            _check_audience(lane, parsed, bearer)
        except (NoToken, TokenRefused) as problem:
            return _refuse(lane, parsed, problem, entry)
        entry.client_id = bearer.client_id
        if lane.profile.api.needs_content_type and _has_untyped_body(parsed):
            entry.hint, entry.cites = "the call has no Content-Type", "RFC 9110, 15.5.16"
            return Answer(415, list(_JSON))
        answer = _serve(lane, parsed, bearer, entry)
        return give_nonce(lane, answer) if uses_dpop(lane, parsed) else answer


def _check_audience(lane: Issuer, request: Request, bearer: Bearer) -> None:
    check_audience(
        lane,
        request,
        bearer,
        lane.profile.protected_resource.audiences,
        lane.profile.api.prefixes,
        who="this API",
        fact="protected_resource.audiences",
    )


def _serve(lane: Issuer, request: Request, bearer: Bearer, entry: Exchange) -> Answer:
    # RFC 9110, 9.3.2: HEAD is GET without the content.
    method = "GET" if request.method == "HEAD" else request.method
    fold = _fold(lane.profile)
    call = fold(f"{method} {request.path}")
    policy = lane.profile.api
    resource = _resource(policy.resources, call, fold)
    scope = _scope(policy.scopes, call, fold) or resource.get("scope")
    if scope and scope not in bearer.scopes:
        return forbidden(lane, bearer, scope, entry, about=_about(lane, request))
    canned = lane.api.find(request.method, request.path) or lane.api.find(method, request.path)
    if canned is not None:
        headers = [
            (n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in canned.headers.items()
        ]
        return Answer(canned.status, headers, canned.body)
    user = user_known_as(lane, bearer.sub, bearer.client_id)
    if resource and user is None:
        return _refuse_userless(lane, request, resource, bearer, entry)
    if resource and user is not None:
        known = {
            "user.*": _Claims({"sub": user.sub, "username": user.username, **user.claims}),
        }
        body = _hidden(fill(resource["body"], known), resource, user, bearer)
        headers = encoded_headers("application/json", policy.answer_headers)
        return Answer(200, headers, to_json(body, lane.profile.wire.json))
    entry.hint = lane.api.explain(request.method, request.path)
    return Answer(200, list(_JSON), _echo(request, bearer.claims))


class _Claims(dict[str, Any]):
    """What is known about a user: a resource has null for what is not, and leaves nothing out."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name)


def _refuse_userless(
    lane: Issuer, request: Request, resource: Mapping[str, Any], bearer: Bearer, entry: Exchange
) -> Answer:
    """The answer is about the token's user, and there is none (any more)."""
    hint = (
        "the answer is about the token's user, and it has none: get one for a user, "
        'in a test by issue_token(user="alice")'
    )
    if resource.get("userless") == "insufficient_scope":
        wanted = resource.get("scope") or " ".join(lane.profile.scopes.default)
        answer = forbidden(lane, bearer, wanted, entry, about=_about(lane, request))
        entry.hint = hint
        return answer
    return _refuse(lane, request, TokenRefused("invalid", hint), entry)


def _refuse(
    lane: Issuer, request: Request, problem: NoToken | TokenRefused, entry: Exchange
) -> Answer:
    answer = unauthorized(lane, problem, entry, about=_about(lane, request))
    return _login_redirect(lane, request) or answer


def _about(lane: Issuer, request: Request) -> str:
    return metadata_url(lane.profile, request.place, request.path)


def _fold(profile: Profile) -> Callable[[str], str]:
    """To what the provider compares a path by."""
    return str if profile.routing.case_sensitive else str.lower


def _resource(
    resources: Mapping[str, Any], call: str, fold: Callable[[str], str]
) -> Mapping[str, Any]:
    """What the provider's documents say about a call; nothing, where they do not know it."""
    patterns = [
        (fold(pattern), resource)
        for written, resource in resources.items()
        for pattern in (written, *resource.get("also", ()))
    ]
    exact = (resource for pattern, resource in patterns if pattern == call)
    others = (resource for pattern, resource in patterns if fits(call, pattern))
    return next(exact, None) or next(others, {})


def _scope(scopes: Mapping[str, str], call: str, fold: Callable[[str], str]) -> str | None:
    patterns = {fold(written): scope for written, scope in scopes.items()}
    others = (scope for pattern, scope in patterns.items() if fits(call, pattern))
    return patterns.get(call) or next(others, None)


def _hidden(
    body: dict[str, Any], resource: Mapping[str, Any], user: User, bearer: Bearer
) -> dict[str, Any]:
    """The body with the members null that a scope would show, and this token has not, unless the
    user shows them to everybody.
    """
    public = resource.get("public", {})
    for scope, members in resource.get("hidden", {}).items():
        if scope not in bearer.scopes and not user.claims.get(public.get(scope, "")):
            for member in members:
                *tables, name = member.split(".")
                table = body
                for inner in tables:
                    table = table[inner]
                table[name] = None
    return body


def _check_api_key(lane: Issuer, request: Request, entry: Exchange) -> Bearer | Answer | None:
    """Who calls by an API key; an answer when the key is none; None when there is no key."""
    policy = lane.profile.api_key
    sent = request.header(policy.header.lower().encode()) if policy else None
    if policy is None or sent is None:
        return None
    for client in lane.clients.all():
        known = client.attributes.get("api_key")
        if isinstance(known, str) and hmac.compare_digest(known.encode(), sent.encode()):
            user = next(iter(lane.users.all()), None)  # a key is its owner's
            sub = user.sub if user else None
            scopes = lane.profile.scopes.supported
            return Bearer(claims={}, client_id=client.client_id, sub=sub, scopes=scopes)
    entry.error = "invalid_api_key"
    entry.hint = f"no client's attribute api_key is the value of {policy.header}"
    body = to_json(fill(policy.body, {}), lane.profile.wire.json)
    return Answer(policy.status, encoded_headers(policy.content_type, policy.headers), body)


def _login_redirect(lane: Issuer, request: Request) -> Answer | None:
    """Some servers take a call that does not ask for JSON for a browser."""
    path = lane.profile.api.login_redirect
    accepts = request.header(b"accept") or ""
    if not path or "json" in accepts.lower():
        return None
    return redirect(request.place.origin + path, 302)


def _has_untyped_body(request: Request) -> bool:
    return request.method in ("POST", "PUT", "PATCH") and not request.media_type


def _echo(request: Request, claims: Mapping[str, Any]) -> bytes:
    """What arrived, so that a test sees what its client sent; the token itself is not repeated."""
    echo = {
        "method": request.method,
        "path": request.path,
        "query": request.query.decode("latin-1"),
        "body": request.body.decode("utf-8", "replace"),
        "claims": dict(claims),
    }
    if request.media_type.endswith("json"):
        # What is not JSON, or nested too deep to be written again, is repeated as text.
        with suppress(ValueError, RecursionError):
            return to_json({**echo, "body": json.loads(request.body)})
    return to_json(echo)
