"""The mint: the only place that issues tokens; codes and refresh tokens are `handles`."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Any

from mockidp.issuer import Issuer
from mockidp.keys.alg import hash_of
from mockidp.keys.jwt import UNSIGNED, sign, unsigned
from mockidp.model.artifact import Artifact
from mockidp.model.client import Client
from mockidp.model.user import User
from mockidp.profiles.schema import Profile
from mockidp.records import dataclass
from mockidp.tokens.claims import Values, prepare
from mockidp.tokens.formats import TokenFormat, format_of
from mockidp.tokens.revocation import keep_token
from mockidp.tokens.subjects import subject_for
from mockidp.tokens.wishes import NO_WISHES, Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A fresh access token, as the client gets it."""

    token: str = field(repr=False)
    #: Seconds.
    expires_in: int
    scopes: tuple[str, ...]
    form: TokenFormat = field(repr=False)

    @property
    def record_id(self) -> str:
        """Id of what the store keeps of it, if it keeps anything."""
        return self.form.record_id(self.token)


def mint_access_token(
    lane: Issuer,
    *,
    client: Client,
    subject: str,
    scopes: Sequence[str],
    issuer: str,
    user: User | None = None,
    family: str | None = None,
    lifetime: float | None = None,
    claims: Mapping[str, Any] | None = None,
    auth_time: float | None = None,
    wishes: Wishes = NO_WISHES,
) -> AccessToken:
    """Issue an access token in the profile's form.

    ``family`` names the grant it comes of, which may be revoked as a whole. ``lifetime`` (seconds)
    and ``claims`` are for this token alone; a claim with the value None is left out. The lifetime
    is the token's, else the client's, else the profile's. ``auth_time`` is when the user signed in.
    ``wishes`` are kept for userinfo.
    """
    policy = lane.profile.access_token
    if lifetime is None:
        own = client.access_token_lifetime
        lifetime = policy.lifetime if own is None else own
    expires_in = int(lifetime)
    is_of_user = user is not None and subject == user.sub
    known_as = subject_for(lane, client, user) if user and is_of_user else subject
    values = _values(lane, client, known_as, issuer, expires_in, user)
    values["scopes"] = scopes
    if auth_time is not None:  # RFC 9068, 2.2.1
        values["auth_time"] = int(auth_time)
        values |= _methods(lane, user)
    if wishes.acr is not None:
        values["acr"] = wishes.acr
    if scopes:
        values["scope"] = " ".join(scopes)
    form = format_of(lane)
    template = _kept_claims_of if form.is_kept else _access_claims_of
    filled = template(lane.profile)(values)
    if claims:
        filled.update(claims)
        filled = {name: value for name, value in filled.items() if value is not None}
    token = form.make(lane, filled)
    minted = AccessToken(token=token, expires_in=expires_in, scopes=tuple(scopes), form=form)
    # A token that says everything itself needs a record only where it can be revoked with others.
    if form.is_kept or family is not None:
        record = Artifact(
            kind="access_token",
            id=minted.record_id,
            expires_at=_end(lane, filled, expires_in),
            client_id=client.client_id,
            sub=subject,
            scope=minted.scopes,
            family=family,
            data={**({"claims": filled} if form.is_kept else {}), **wishes.to_data()},
        )
        keep_token(lane, record)
    return minted


def mint_id_token(
    lane: Issuer,
    *,
    client: Client,
    user: User,
    issuer: str,
    auth_time: float | None,
    nonce: str | None = None,
    sid: str | None = None,
    access_token: str | None = None,
    code: str | None = None,
    wishes: Wishes = NO_WISHES,
    claims: Mapping[str, Any] | None = None,
) -> str:
    """Issue an ID token (OpenID Connect Core 1.0, section 2); ``claims`` about the user follow."""
    policy = lane.profile.id_token
    alg = client.id_token_signed_response_alg or lane.id_token_alg
    subject = subject_for(lane, client, user)
    values = _values(lane, client, subject, issuer, int(policy.lifetime), user)
    if auth_time is not None:
        values["auth_time"] = int(auth_time)
    if nonce is not None:
        values["nonce"] = nonce
    if sid is not None:
        values["sid"] = sid
    if wishes.acr is not None:
        values["acr"] = wishes.acr
    if "amr" in wishes.id_token:
        values |= _methods(lane, user)
    if lane.profile.id_token.has_other_audiences:
        values["azp"] = client.client_id
    for name, text in (("at_hash", access_token), ("c_hash", code)):
        if text is not None:
            # Without a signature there is no hash function that would be its own.
            values[name] = half_hash(text, lane.id_token_alg if alg == UNSIGNED else alg)
    filled = {**_id_claims_of(lane.profile)(values), **(claims or {})}
    if alg == UNSIGNED:
        return unsigned(filled, typ=policy.typ or None, json_style=lane.profile.jwt.json)
    return sign(
        filled,
        lane.keys.signing_key(alg),
        typ=policy.typ or None,
        kid=lane.profile.jwks.kid,
        order=lane.profile.jwt.header,
        json_style=lane.profile.jwt.json,
    )


def mint_logout_token(lane: Issuer, *, client: Client, user: User, issuer: str, sid: str) -> str:
    """Issue what tells a client that a session has ended (OpenID Connect Back-Channel Logout 1.0,
    section 2.4).
    """
    alg = client.id_token_signed_response_alg or lane.id_token_alg
    subject, lifetime = subject_for(lane, client, user), int(lane.profile.logout.token_lifetime)
    values = _values(lane, client, subject, issuer, lifetime, user)
    return sign(
        # Back-Channel Logout 2.1: a client knows it from its ID token, or not at all
        _logout_claims(values | ({"sid": sid} if lane.has("sid") else {})),
        # 2.6: never unsigned, whatever the client has asked for
        lane.keys.signing_key(lane.id_token_alg if alg == UNSIGNED else alg),
        typ="logout+jwt",
        kid=lane.profile.jwks.kid,
        order=lane.profile.jwt.header,
        json_style=lane.profile.jwt.json,
    )


def mint_userinfo(
    lane: Issuer, *, client_id: str, alg: str, issuer: str, claims: Mapping[str, Any]
) -> str:
    """The claims about a user as a client has asked to get them, signed or as a JWT without a
    signature (OpenID Connect Core 1.0, section 5.3.2).
    """
    whole = {"iss": issuer, "aud": client_id, **claims}
    if alg == UNSIGNED:
        return unsigned(whole, json_style=lane.profile.jwt.json)
    return sign(
        whole,
        lane.keys.signing_key(alg),
        # No `at+jwt` and no ID token's either where that has one of its own (RFC 8725, 3.11).
        typ="JWT",
        kid=lane.profile.jwks.kid,
        order=lane.profile.jwt.header,
        json_style=lane.profile.jwt.json,
    )


def half_hash(text: str, alg: str) -> str:
    """``at_hash`` and ``c_hash``: the left half of the hash of the token's algorithm (OpenID
    Connect Core 1.0, sections 3.1.3.6 and 3.3.2.11).
    """
    digest = hashlib.new(hash_of(alg), text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _values(
    lane: Issuer, client: Client, subject: str, issuer: str, expires_in: int, user: User | None
) -> dict[str, Any]:
    now = _time(lane, lane.clock.now())
    values: dict[str, Any] = {
        "now": now,
        "expires_at": _time(lane, now + expires_in),
        "issuer": issuer,
        "subject": subject,
        "user_sub": user.sub if user else "",
        "client_id": client.client_id,
        "client.*": dict(client.attributes),
        "jti": lane.ids.token(16),
        "ids": lane.ids,
    }
    if user is not None:
        values["user.*"] = {"sub": user.sub, "username": user.username, **user.claims}
    return values


def _end(lane: Issuer, claims: Mapping[str, Any], expires_in: int) -> float | None:
    """When the token is not good any more: as it says itself, and never where it says nothing."""
    said = claims.get("exp")
    if said is None or (isinstance(said, int | float) and not isinstance(said, bool)):
        return said
    return _time(lane, lane.clock.now()) + expires_in


def _time(lane: Issuer, seconds: float) -> float:
    """A moment as the profile writes it; a whole number of seconds has no fraction in either
    way.
    """
    whole = int(seconds)
    if lane.profile.jwt.times == "whole" or seconds == whole:
        return whole
    return round(seconds, 6)


#: What is kept of a token that says nothing itself: what RFC 7662, section 2.2 would tell of it.
_KEPT_CLAIMS = {
    "iss": "{issuer}",
    "sub": "{subject}",
    "client_id": "{client_id}",
    "iat": "{now}",
    "exp": "{expires_at}",
    "scope": "{scope}",
}


_logout_claims = prepare(
    {
        "iss": "{issuer}",
        "sub": "{subject}",
        "aud": "{client_id}",
        "iat": "{now}",
        "exp": "{expires_at}",
        "jti": "{jti}",
        "sid": "{sid}",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }
)


def _methods(lane: Issuer, user: User | None) -> dict[str, Any]:
    """`amr`: how the user has signed in (RFC 8176, 2)."""
    methods = user.amr if user is not None else None
    if methods is None:
        methods = lane.profile.authentication.amr
    return {"amr": list(methods)} if methods else {}


@lru_cache(maxsize=64)
def _access_claims_of(profile: Profile) -> Callable[[Values], dict[str, Any]]:
    return prepare(profile.access_token.claims)


@lru_cache(maxsize=64)
def _kept_claims_of(profile: Profile) -> Callable[[Values], dict[str, Any]]:
    # Whom a token is for is checked alike in either form (RFC 9068, 4).
    audience = profile.access_token.claims.get("aud")
    return prepare(_KEPT_CLAIMS if audience is None else {**_KEPT_CLAIMS, "aud": audience})


@lru_cache(maxsize=64)
def _id_claims_of(profile: Profile) -> Callable[[Values], dict[str, Any]]:
    return prepare(profile.id_token.claims)
