"""The claims about the user whose token a client has (OpenID Connect Core 1.0, section 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.json_text import to_json
from mockidp.tokens.lookup import Bearer, TokenRefused
from mockidp.tokens.mint import mint_userinfo
from mockidp.tokens.subjects import user_known_as
from mockidp.tokens.user_claims import claims_of
from mockidp.tokens.wishes import NO_WISHES, Wishes, wishes_in
from mockidp.web.audience import check_audience
from mockidp.web.bearer import NoToken, bearer_of, forbidden, unauthorized
from mockidp.web.dpop import give_nonce, uses_dpop
from mockidp.web.message import Answer, Request

_METHODS = ("GET", "HEAD", "POST")


class Userinfo:
    name = "userinfo"

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> Request:
        return request

    def limit_key(self, lane: Issuer, request: Request, parsed: Request | None) -> None:
        return None

    def answer(self, lane: Issuer, parsed: Request, entry: Exchange) -> Answer:
        if parsed.method not in _METHODS:
            allowed = ", ".join(_METHODS)
            entry.error, entry.cites = "invalid_request", "RFC 9110, 15.5.6"
            entry.hint = f"ask with {allowed}, not {parsed.method}"
            return Answer(405, [(b"allow", allowed.encode())])
        try:
            bearer = bearer_of(lane, parsed)
            _check_audience(lane, parsed, bearer)
        except (NoToken, TokenRefused) as problem:
            return unauthorized(lane, problem, entry)
        entry.client_id = bearer.client_id
        if "openid" not in bearer.scopes:
            return forbidden(lane, bearer, "openid", entry)
        user = user_known_as(lane, bearer.sub, bearer.client_id)
        if user is None or not user.enabled:
            return unauthorized(lane, TokenRefused("invalid", _why_nobody(bearer)), entry)
        wishes = _wishes(lane, bearer)
        asked, locales = wishes.userinfo, wishes.locales
        claims = {
            # The same as in the ID token (5.3.2), and so that of the access token.
            "sub": bearer.sub,
            **claims_of(user, bearer.scopes, asked=asked, locales=locales),
        }
        answer = _answer(lane, parsed, bearer, claims)
        return give_nonce(lane, answer) if uses_dpop(lane, parsed) else answer


def _check_audience(lane: Issuer, request: Request, bearer: Bearer) -> None:
    policy = lane.profile.userinfo
    check_audience(
        lane,
        request,
        bearer,
        policy.audiences,
        (policy.path,),
        who="userinfo",
        fact="userinfo.audiences",
    )


def _why_nobody(bearer: Bearer) -> str:
    if bearer.sub == bearer.client_id:
        return "the token is the client's own, as client_credentials gives it: it is about no user"
    return "the user of the token has been disabled, or does not exist any more"


def _wishes(lane: Issuer, bearer: Bearer) -> Wishes:
    kept = lane.store.get("access_token", bearer.record_id, now=lane.clock.now())
    return NO_WISHES if kept is None else wishes_in(kept.data)


def _answer(lane: Issuer, request: Request, bearer: Bearer, claims: Mapping[str, Any]) -> Answer:
    profile = lane.profile
    client = lane.clients.get(bearer.client_id) if bearer.client_id is not None else None
    alg = client.userinfo_signed_response_alg if client is not None else None
    if client is None or alg not in lane.userinfo_algs:
        content_type, body = profile.userinfo.content_type, to_json(claims, profile.wire.json)
    else:
        issuer = request.place.issuer
        content_type = "application/jwt"
        signed = mint_userinfo(
            lane, client_id=client.client_id, alg=str(alg), issuer=issuer, claims=claims
        )
        body = signed.encode()
    headers = [(b"content-type", content_type.encode("latin-1")), (b"cache-control", b"no-store")]
    return Answer(200, headers, body)
