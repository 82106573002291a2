"""From a presented access token back to its claims, or to the reason why it is not good (RFC 6750,
section 3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from mockidp.clock import in_calendar
from mockidp.ids import Ids
from mockidp.issuer import Issuer
from mockidp.keys.jwt import BadToken, media_kind, verify
from mockidp.profiles.schema import Profile
from mockidp.records import dataclass
from mockidp.tokens.claims import fill
from mockidp.tokens.formats import format_of
from mockidp.tokens.revocation import is_client_revoked, is_token_revoked


class TokenRefused(Exception):
    """A presented token that is not good: ``expired`` or ``invalid``, one of ``several``, or in a
    form that is ``unreadable``, with a hint for the developer.
    """

    def __init__(
        self,
        kind: Literal["expired", "invalid", "several", "unreadable"],
        hint: str,
        expired_at: float = 0,
    ) -> None:
        super().__init__(hint)
        self.kind = kind
        self.hint = hint
        #: The `exp` of an expired token, seconds since the epoch.
        self.expired_at = expired_at
        #: Of the challenge that answers it.
        self.scheme = "Bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who comes with a good access token, and what for."""

    claims: Mapping[str, Any]
    client_id: str | None
    sub: str | None
    scopes: tuple[str, ...]
    #: Id of what the store may keep of the token.
    record_id: str = ""


def look_up(lane: Issuer, token: str) -> Bearer:
    """What a token is good for that this lane, or a lane of its system, has issued and that is
    still good.

    :raises TokenRefused: for anything else.
    """
    form = format_of(lane)
    claims = _kept(lane, token) if form.is_kept else _signed(lane, token)
    _check_times(lane, claims)
    record_id = form.record_id(token)
    if is_token_revoked(lane, record_id):
        raise TokenRefused("invalid", "the token was revoked, or the grant that it came of")
    client_id = _client_id(lane, claims)
    if client_id is not None and is_client_revoked(lane, client_id):
        raise TokenRefused("invalid", f"its client {client_id!r} was deleted (RFC 7592, 2.3)")
    return Bearer(
        claims=claims,
        client_id=client_id,
        sub=_text(claims.get("sub")),
        scopes=_scopes(claims),
        record_id=record_id,
    )


def _kept(lane: Issuer, token: str) -> Mapping[str, Any]:
    now = lane.clock.now()
    record = lane.store.get("access_token", token, now=now)
    if record is None:
        # It may have expired, and still be remembered.
        record = lane.store.take("access_token", token, now=now).artifact
    if record is None:
        raise TokenRefused(
            "invalid", "this provider has issued no such token, or has revoked or forgotten it"
        )
    claims = record.data["claims"]
    assert isinstance(claims, Mapping)
    return claims


def _signed(lane: Issuer, token: str) -> Mapping[str, Any]:
    try:
        header, claims = verify(token, lane.keys)
    except BadToken as problem:
        raise TokenRefused(
            "invalid", f"the token is refused as {problem.reason}: {problem.hint}"
        ) from None
    _check_type(lane, header)
    _check_presence(lane, claims)
    issuer = claims.get("iss")
    if issuer is not None and not (isinstance(issuer, str) and issuer in lane.system.issuers):
        known = ", ".join(sorted(lane.system.issuers))
        whose = "none of this provider's, so it was made for another address"
        raise TokenRefused("invalid", f"iss {issuer!r} is {whose}: {known}")
    return claims


def _check_type(lane: Issuer, header: Mapping[str, Any]) -> None:
    """RFC 9068, 4 and RFC 8725, 3.11: an ID token has the same issuer and the same key."""
    wanted, typ = lane.profile.access_token.typ, header.get("typ") or ""
    if media_kind(typ) != wanted.lower():
        raise TokenRefused(
            "invalid",
            f"typ {str(typ)[:50]!r} is not that of an access token here, which is {wanted!r}: "
            "is it an ID token?",
        )


def _check_presence(lane: Issuer, claims: Mapping[str, Any]) -> None:
    """RFC 9068, 4: without these nobody could tell until when, by whom, or for whom it is."""
    for name in _always_there(lane.profile):
        if claims.get(name) is None:
            raise TokenRefused(
                "invalid",
                f"the token has no {name}, which every access token here has (RFC 9068, 4), see "
                "access_token.claims",
            )


@lru_cache(maxsize=64)
def _always_there(profile: Profile) -> tuple[str, ...]:
    """Those of exp, iss and aud that the profile's tokens have whoever they are for."""
    # What is known of every token; what is a client's or a user's own may be missing.
    texts = dict.fromkeys(("issuer", "subject", "client_id", "jti", "user_sub"), "x")
    known = {**texts, "now": 1, "expires_at": 1, "scopes": (), "ids": Ids(0)}
    template = profile.access_token.claims
    wanted = {name: template[name] for name in ("exp", "iss", "aud") if name in template}
    return tuple(name for name, value in fill(wanted, known).items() if value is not None)


def _check_times(lane: Issuer, claims: Mapping[str, Any]) -> None:
    now = lane.clock.now()
    expires_at = _time(claims, "exp")
    if expires_at is not None and now >= expires_at:
        expired_at = in_calendar(expires_at)
        raise TokenRefused(
            "expired",
            f"the token expired {now - expired_at:.0f} seconds ago; fetch a new one",
            expired_at,
        )
    not_before = _time(claims, "nbf")
    if not_before is not None and now < not_before:
        raise TokenRefused(
            "invalid",
            f"nbf lies {in_calendar(not_before) - now:.0f} seconds ahead of the lane's clock",
        )


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(
            "invalid", f"{name} must be a number (RFC 7519, 2), not {type(value).__name__}"
        )
    return value


def _client_id(lane: Issuer, claims: Mapping[str, Any]) -> str | None:
    """`client_id` (RFC 9068, 2.2), or the audience where that is the client."""
    named = _text(claims.get("client_id"))
    audience = _text(claims.get("aud"))
    if named is None and audience is not None and lane.clients.get(audience) is not None:
        return audience
    return named


def _scopes(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """A list or one text (RFC 9068, 2.2.3), under the name that servers give it."""
    written = claims.get("scope", claims.get("scopes", ()))
    if isinstance(written, str):
        return tuple(written.split())
    return tuple(map(str, written)) if isinstance(written, list | tuple) else ()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
