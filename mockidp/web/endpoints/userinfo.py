"""The claims about the user whose token a client has (OpenID Connect Core 1.0, section 5.3)."""

from __future__ import annotations

from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.json_text import to_json
from mockidp.profiles.schema import Profile
from mockidp.tokens.lookup import TokenRefused
from mockidp.tokens.user_claims import claims_of
from mockidp.web.bearer import NoToken, bearer_of, forbidden, unauthorized
from mockidp.web.message import Answer, Request


class Userinfo:
    name = "userinfo"

    def paths(self, profile: Profile) -> tuple[str, ...]:
        return (profile.userinfo.path,) if profile.userinfo.path else ()

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> Request:
        return request

    def limit_key(self, lane: Issuer, request: Request, parsed: Request | None) -> None:
        return None

    def answer(self, lane: Issuer, parsed: Request, entry: Exchange) -> Answer:
        if parsed.method not in ("GET", "POST"):
            entry.error, entry.hint = (
                "invalid_request",
                f"ask with GET or POST, not {parsed.method}",
            )
            return Answer(405, [(b"allow", b"GET, POST")])
        try:
            bearer = bearer_of(lane, parsed)
        except (NoToken, TokenRefused) as problem:
            return unauthorized(lane, problem, entry)
        entry.client_id = bearer.client_id
        if "openid" not in bearer.scopes:
            return forbidden(lane, bearer, "openid", entry)
        user = lane.users.by_sub(bearer.sub) if bearer.sub else None
        if user is None or not user.enabled:
            gone = TokenRefused("invalid", "the user of the token does not exist any more")
            return unauthorized(lane, gone, entry)
        profile = lane.profile
        headers = [
            (b"content-type", profile.userinfo.content_type.encode("latin-1")),
            (b"cache-control", b"no-store"),
        ]
        claims = {"sub": user.sub, **claims_of(user, bearer.scopes)}
        return Answer(200, headers, to_json(claims, profile.wire.json))
