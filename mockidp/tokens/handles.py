"""Codes and refresh tokens: handles that say nothing themselves, and what they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mockidp.issuer import Issuer
from mockidp.model.artifact import JSON, Artifact, ArtifactKind
from mockidp.records import dataclass
from mockidp.tokens.revocation import keep_handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What a code or a refresh token stands for."""

    client_id: str
    subject: str
    scopes: Sequence[str]
    family: str
    #: What only the one who redeems it has to know.
    data: Mapping[str, JSON]


def mint_refresh_token(lane: Issuer, granted: Granted) -> str:
    """Issue a refresh token (RFC 6749, section 1.5)."""
    policy = lane.profile.refresh_token
    return _keep(lane, "refresh_token", policy.look, policy.lifetime, granted)


def mint_code(lane: Issuer, granted: Granted) -> str:
    """Issue an authorization code (RFC 6749, section 1.3.1)."""
    policy = lane.profile.authorize
    return _keep(lane, "authorization_code", policy.code_look, policy.code_lifetime, granted)


def _keep(lane: Issuer, kind: ArtifactKind, look: str, lifetime: float, granted: Granted) -> str:
    now = lane.clock.now()
    artifact = Artifact(
        kind=kind,
        id=lane.ids.make(look),
        expires_at=now + lifetime if lifetime else None,
        client_id=granted.client_id,
        sub=granted.subject,
        scope=tuple(granted.scopes),
        family=granted.family,
        data=granted.data,
    )
    keep_handle(lane, artifact)
    return artifact.id
