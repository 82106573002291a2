"""Using up a code or a refresh token: exactly one request wins it, and a second use is noticed.

RFC 6749, sections 4.1.2 and 6; RFC 9700, sections 2.1.1 and 4.14.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact, ArtifactKind
from mockidp.model.client import Client
from mockidp.oauth.errors import OAuthError, invalid_grant
from mockidp.records import dataclass
from mockidp.tokens.revocation import (
    is_revoked,
    redeemed,
    remember,
    remembered,
    revoke_family,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """How a kind of artifact is called, and the case that a profile may word for each refusal."""

    what: str
    unknown: str
    expired: str
    foreign: str
    spent: str
    cites: str
    expired_error: str = "invalid_grant"


def spend(
    lane: Issuer,
    kind: ArtifactKind,
    id: str,
    client: Client,
    refusals: Refusals,
    *,
    check: Callable[[Artifact], None],
    reuse: str,
    once: bool = True,
    grace: float = 0,
) -> Artifact:
    """The artifact, used up by this request unless ``once`` is false; for ``grace`` seconds after
    its use it is good all the same.

    ``check`` raises what is wrong with the rest of the request; it runs before, so that a mistake
    in the request does not cost the client its code. A second use revokes the whole grant where
    ``reuse`` is ``revoke``.

    :raises OAuthError: when it is unknown, expired, another client's, or used already.
    """
    now = lane.clock.now()
    artifact = lane.store.get(kind, id, now=now)
    if artifact is not None:
        _check_owner(artifact, client, refusals)
        if is_revoked(lane, artifact):
            raise _revoked(refusals)
        check(artifact)
        if not once:
            return artifact
        if grace:
            # Before it is used up: whoever comes second finds it.
            until = min(now + grace, artifact.expires_at or now + grace)
            again = replace(artifact, kind="refresh_grace", expires_at=until)
            lane.store.put(again, now=now)
    taken = lane.store.take(kind, id, now=now)
    if taken.outcome == "won" and taken.artifact is not None:
        return taken.artifact
    again_good = _in_grace(lane, id, client) if grace and taken.outcome == "spent" else None
    if again_good is not None:
        check(again_good)
        return again_good
    gone = remembered(lane, kind, id) if taken.artifact is None else None
    if gone is not None:
        _check_owner(gone, client, refusals)
        raise _revoked(refusals)
    used = redeemed(lane, id)
    if used is not None:  # its own lifetime may be over, and not that of what it was redeemed for
        again = replace(used, kind=kind)
        raise _why_not(lane, "spent", again, client, refusals, reuse)
    raise _why_not(lane, taken.outcome, taken.artifact, client, refusals, reuse)


def usable_refresh_token(lane: Issuer, id: str) -> Artifact | None:
    """A refresh token that would be taken now, also for the second time within its grace."""
    now = lane.clock.now()
    kept = lane.store.get("refresh_token", id, now=now)
    kept = kept or lane.store.get("refresh_grace", id, now=now)
    return None if kept is None or is_revoked(lane, kept) else kept


def _in_grace(lane: Issuer, id: str, client: Client) -> Artifact | None:
    """What was used a moment ago: what is then given belongs to the same grant, and a theft that
    shows later revokes it with the rest (RFC 9700, 4.14.2).
    """
    kept = lane.store.get("refresh_grace", id, now=lane.clock.now())
    if kept is None or kept.client_id != client.client_id or is_revoked(lane, kept):
        return None
    return kept


def _check_owner(artifact: Artifact, client: Client, refusals: Refusals) -> None:
    if artifact.client_id != client.client_id:
        hint = (
            f"the {refusals.what} belongs to client {artifact.client_id!r}, "
            f"not to {client.client_id!r}"
        )
        raise invalid_grant(hint, cites=refusals.cites, case=refusals.foreign)


def _revoked(refusals: Refusals) -> OAuthError:
    hint = f"the {refusals.what} was revoked, with all that came of the same grant"
    return invalid_grant(hint, cites=refusals.cites, case=refusals.spent)


def _why_not(
    lane: Issuer,
    outcome: str,
    artifact: Artifact | None,
    client: Client,
    refusals: Refusals,
    reuse: str,
) -> OAuthError:
    what = refusals.what
    if artifact is None:
        hint = f"there is no such {what}: it was never issued here, or has been revoked"
        return invalid_grant(hint, cites=refusals.cites, case=refusals.unknown)
    _check_owner(artifact, client, refusals)
    if outcome == "expired":
        late = lane.clock.now() - (artifact.expires_at or 0)
        hint = f"the {what} expired {late:.0f} seconds ago"
        code, case = refusals.expired_error, refusals.expired
        return OAuthError(code, hint=hint, cites=refusals.cites, case=case)
    hint = f"the {what} has been used already"
    if reuse == "revoke" and artifact.family is not None:
        remember(lane, artifact)
        revoke_family(lane, artifact.family)
        hint += "; as it may have been stolen, all that came of its grant is revoked"
    return invalid_grant(hint, cites=refusals.cites, case=refusals.spent)
