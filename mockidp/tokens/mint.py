"""The mint: the only place that issues tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.profiles.schema import Profile
from mockidp.tokens.claims import Values, prepare
from mockidp.tokens.formats import format_named


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A fresh access token, as the client gets it."""

    token: str = field(repr=False)
    #: Seconds.
    expires_in: int
    scopes: tuple[str, ...]


def mint_access_token(
    lane: Issuer,
    *,
    client: Client,
    subject: str,
    scopes: Sequence[str],
    issuer: str,
    lifetime: float | None = None,
    claims: Mapping[str, Any] | None = None,
) -> AccessToken:
    """Issue an access token in the profile's form.

    ``lifetime`` (seconds) and ``claims`` are for this token alone; a claim with the value None is
    left out. The lifetime is the token's, else the client's, else the profile's.
    """
    policy = lane.profile.access_token
    if lifetime is None:
        own = client.access_token_lifetime
        lifetime = policy.lifetime if own is None else own
    expires_in = int(lifetime)
    now = int(lane.clock.now())
    values = {
        "now": now,
        "expires_at": now + expires_in,
        "issuer": issuer,
        "subject": subject,
        "client_id": client.client_id,
        "client.*": dict(client.attributes),
        "scopes": scopes,
        "jti": lane.ids.token(16),
    }
    if scopes:
        values["scope"] = " ".join(scopes)
    filled = _claims_of(lane.profile)(values)
    if claims:
        filled.update(claims)
        filled = {name: value for name, value in filled.items() if value is not None}
    token = format_named(policy.format).make(lane, filled)
    return AccessToken(token=token, expires_in=expires_in, scopes=tuple(scopes))


@lru_cache(maxsize=64)
def _claims_of(profile: Profile) -> Callable[[Values], dict[str, Any]]:
    return prepare(profile.access_token.claims)
