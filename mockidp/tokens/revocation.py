"""Taking back what was given: one token, or all that came of one grant (RFC 6749, section
4.1.2; RFC 9700, section 4.14.2).

A family is marked before it is forgotten: what a slower request of the same grant still issues is
then refused too, because each token that is kept looks for the mark of its family afterwards.
"""

from __future__ import annotations

import math
from dataclasses import replace

from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact, ArtifactKind
from mockidp.model.client import Client
from mockidp.profiles.schema import Profile

#: When nothing has expired yet: what has by now is good again where the clock is moved back.
_BEFORE_ALL = -math.inf
#: What is not unknown when it comes back, but revoked: some providers tell the two apart.
_REMEMBERED: tuple[ArtifactKind, ...] = ("authorization_code", "refresh_token", "device_code")
#: What has the family of its browser, which no grant takes with it.
_OF_A_BROWSER: tuple[ArtifactKind, ...] = ("session", "session_client")


def revoke_family(lane: Issuer, family: str) -> None:
    """Refuse every code and token of this grant from now on, those in the making included."""
    now = lane.clock.now()
    _mark(lane, f"family:{family}", now + _longest_life(lane.profile), now)
    for artifact in lane.store.find(family=family, now=_BEFORE_ALL):
        if artifact.kind == "access_token":
            _mark(lane, artifact.id, artifact.expires_at, now)
        elif artifact.kind in _REMEMBERED:
            remember(lane, artifact)
    lane.store.revoke_family(family)


def _longest_life(profile: Profile) -> float:
    """Seconds for which something of a grant can be good that is in the making as it is revoked.
    What lives longer, as one test wants it, is marked by itself.
    """
    return max(
        profile.authorize.code_lifetime,
        profile.access_token.lifetime,
        profile.refresh_token.lifetime,
    )


def remember(lane: Issuer, artifact: Artifact) -> None:
    """Keep that a code or a refresh token was revoked, as long as it would have been good."""
    mark = Artifact(
        kind="revoked",
        id=f"{artifact.kind}:{artifact.id}",
        client_id=artifact.client_id,
        expires_at=artifact.expires_at,
    )
    lane.store.put(mark, now=lane.clock.now())


def remembered(lane: Issuer, kind: ArtifactKind, id: str) -> Artifact | None:
    """The mark of a code or a refresh token that was revoked."""
    return lane.store.get("revoked", f"{kind}:{id}", now=lane.clock.now())


def keep_redeemed(lane: Issuer, code: Artifact) -> None:
    """Remember that a code was used, as long as something lives that came of it: it may be there
    long after the code would have expired (RFC 6749, 4.1.2).
    """
    now, lifetime = lane.clock.now(), lane.profile.authorize.code_lifetime
    # Once more a code's lifetime, in which its tokens are made; each of them prolongs it.
    until = now + lifetime if lifetime else None
    lane.store.put(replace(code, kind="redeemed", expires_at=until, data={}), now=now)


def redeemed(lane: Issuer, id: str) -> Artifact | None:
    """What is remembered of a code that was used."""
    return lane.store.get("redeemed", id, now=lane.clock.now())


def _prolong(lane: Issuer, given: Artifact) -> None:
    """Remember the code that this came of as long as this lives."""
    if given.family is None:
        return
    now, end = lane.clock.now(), given.expires_at
    for code in lane.store.find("redeemed", family=given.family, now=now):
        if code.expires_at is not None and (end is None or end > code.expires_at):
            lane.store.put(replace(code, expires_at=end), now=now)


def revoke_grants(lane: Issuer, *, sub: str | None = None, client_id: str | None = None) -> None:
    """Take back what users have granted to clients, and forget that they have: with ``sub`` what
    this user has, with ``client_id`` what this client was given. What a client has for itself is
    no user's to take.
    """
    granted = lane.store.find(sub=sub, client_id=client_id, now=_BEFORE_ALL)
    grants = (one.family for one in granted if one.kind not in _OF_A_BROWSER)
    for family in dict.fromkeys(grants):
        if family is not None:
            revoke_family(lane, family)
    for artifact in granted:
        if artifact.kind == "consent":
            lane.store.revoke("consent", artifact.id)


def revoke_client(lane: Issuer, client: Client) -> None:
    """Refuse all that a client was given, once it is no longer registered; also the tokens that say
    everything themselves. For ever: of these nobody has kept how long they are good.
    """
    now = lane.clock.now()
    lane.store.put(_client_mark(client.client_id), now=now)
    revoke_grants(lane, client_id=client.client_id)
    # Another of the same id has not asked for what waits for a user, and knows of no session.
    for artifact in lane.store.find(client_id=client.client_id, now=_BEFORE_ALL):
        if artifact.kind == "access_token":  # its own, of no user's grant
            refuse_token(lane, artifact.id, artifact.expires_at)
        elif artifact.kind in ("par", "interaction", "session_client"):
            lane.store.revoke(artifact.kind, artifact.id)


def is_client_revoked(lane: Issuer, client_id: str) -> bool:
    """Whether the client is gone together with all that it was given."""
    return lane.clients.get(client_id) is None and _is_marked(lane, _client_mark(client_id).id)


def _client_mark(client_id: str) -> Artifact:
    return Artifact(kind="revoked", id=f"client:{client_id}", expires_at=None)


def revoke_access_token(lane: Issuer, record_id: str) -> None:
    """Refuse one access token from now on, as long as something is kept of it."""
    token = lane.store.get("access_token", record_id, now=lane.clock.now())
    if token is not None:
        refuse_token(lane, record_id, token.expires_at)


def refuse_token(lane: Issuer, record_id: str, expires_at: float | None) -> None:
    """The same for a token of which nothing may be kept, because it says everything itself: it is
    remembered until it expires (RFC 7009, 3); None: for ever.
    """
    _mark(lane, record_id, expires_at, lane.clock.now())
    lane.store.revoke("access_token", record_id)


def family_of(lane: Issuer, record_id: str) -> str | None:
    """The grant that an access token came of; None where it came of none that is known."""
    token = lane.store.get("access_token", record_id, now=lane.clock.now())
    return token.family if token is not None else None


def keep_token(lane: Issuer, record: Artifact) -> None:
    """Keep what can be revoked of an access token."""
    now = lane.clock.now()
    lane.store.put(record, now=now)
    _prolong(lane, record)
    # Its grant may be revoked while it is made: then the record is forgotten with the others, and
    # whoever revokes may have looked for tokens before this one was there.
    if is_revoked(lane, record):
        _mark(lane, record.id, record.expires_at, now)


def keep_handle(lane: Issuer, handle: Artifact) -> None:
    """Keep a code or a refresh token, unless its grant is revoked while it is made."""
    lane.store.put(handle, now=lane.clock.now())
    _prolong(lane, handle)
    if is_revoked(lane, handle):
        remember(lane, handle)
        lane.store.revoke(handle.kind, handle.id)


def is_revoked(lane: Issuer, artifact: Artifact) -> bool:
    """Whether the grant that this came of was revoked."""
    family = artifact.family
    return family is not None and _is_marked(lane, f"family:{family}")


def is_token_revoked(lane: Issuer, record_id: str) -> bool:
    """Whether this access token was revoked by itself, or with the others of its grant."""
    token = lane.store.get("access_token", record_id, now=lane.clock.now())
    return _is_marked(lane, record_id) or (token is not None and is_revoked(lane, token))


def _mark(lane: Issuer, record_id: str, expires_at: float | None, now: float) -> None:
    lane.store.put(Artifact(kind="revoked", id=record_id, expires_at=expires_at), now=now)


def _is_marked(lane: Issuer, id: str) -> bool:
    return lane.store.get("revoked", id, now=lane.clock.now()) is not None
