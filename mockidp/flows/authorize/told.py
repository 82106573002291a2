"""What a person was told instead of the client, kept for a while: the page that shows it has an
address of its own, to load again or to hand on (RFC 6749, section 4.1.2.1).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.oauth.errors import invalid_request
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A refusal as a person sees it."""

    code: str
    description: str
    #: What the developer should change; without secrets.
    hint: str
    #: The section that asks for it.
    cites: str
    status: int


def keep_told(lane: Issuer, told: Told) -> str:
    """The id under which it can be found again."""
    id, now = lane.ids.token(16), lane.clock.now()
    expires_at = now + lane.profile.authentication.page_lifetime
    lane.store.put(Artifact(kind="told", id=id, expires_at=expires_at, data=asdict(told)), now=now)
    return id


def find_told(lane: Issuer, id: str | None) -> Told:
    """:raises OAuthError: when nothing is kept under this id, or not any longer."""
    artifact = lane.store.get("told", id, now=lane.clock.now()) if id else None
    if artifact is None:
        error = invalid_request(
            "no error is kept under this address: it is older than authentication.page_lifetime, "
            "or was never shown",
            cites="",
        )
        error.status = 404
        raise error
    kept: dict[str, Any] = dict(artifact.data)
    return Told(**kept)
