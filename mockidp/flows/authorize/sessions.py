"""Who is signed in at the provider: the session behind a browser's cookie (OpenID Connect Core 1.0,
section 3.1.2.3).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.model.user import User

#: Seconds; a working day.
LIFETIME = 12 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    id: str = field(repr=False)
    user: User
    #: Seconds since the epoch.
    auth_time: float


def sign_in(lane: Issuer, user: User) -> Session:
    """A new session; its id is the value of the browser's cookie."""
    now = lane.clock.now()
    artifact = Artifact(
        kind="session",
        # A new id at each sign-in, so that nobody can fix it before.
        id=lane.ids.token(32),
        expires_at=now + LIFETIME,
        sub=user.sub,
        data={"auth_time": now},
    )
    lane.store.put(artifact, now=now)
    return Session(id=artifact.id, user=user, auth_time=now)


def find_session(lane: Issuer, id: str | None) -> Session | None:
    """The session with this id, as long as its user may sign in."""
    artifact = lane.store.get("session", id, now=lane.clock.now()) if id else None
    if artifact is None or artifact.sub is None:
        return None
    user = lane.users.by_sub(artifact.sub)
    auth_time = artifact.data.get("auth_time")
    if user is None or not user.enabled or not isinstance(auth_time, int | float):
        return None
    return Session(id=artifact.id, user=user, auth_time=auth_time)


def sign_out(lane: Issuer, id: str | None) -> None:
    """End the session."""
    if id:
        lane.store.revoke("session", id)
