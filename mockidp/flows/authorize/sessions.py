"""Who is signed in at the provider: the session behind a browser's cookie (OpenID Connect Core 1.0,
section 3.1.2.3), what clients know of it, and which clients these are (OpenID Connect Front-Channel
Logout 1.0, 3; OpenID Connect Session Management 1.0, 2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field, replace

from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact, ArtifactKind
from mockidp.model.client import Client
from mockidp.model.user import User
from mockidp.oauth.uris import origin_of
from mockidp.records import dataclass

#: Seconds for which a request may have been on its way with the cookie of before.
_ON_ITS_WAY = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    id: str = field(repr=False)
    #: What clients call it; it is the same when the same user signs in again.
    sid: str
    #: The same for all that the browser has had, one after the other.
    browser: str = field(repr=False)
    user: User
    #: Seconds since the epoch.
    auth_time: float

    @property
    def browser_state(self) -> str:
        """What scripts of ours may see in the browser of the session: another value after each
        sign-in, and nothing that leads back to the id (OpenID Connect Session Management 1.0, 3.2).
        """
        return hashlib.sha256(f"browser state {self.id}".encode()).hexdigest()


def sign_in(lane: Issuer, user: User, before: Session | None = None, *, page: str = "") -> Session:
    """A new session; its id is the value of the browser's cookie. It goes on where the one
    ``before`` was the same user's. ``page`` is the cookie of the page that it began on.
    """
    now = lane.clock.now()
    goes_on = before is not None and before.user.sub == user.sub
    # A new id at each sign-in, so that nobody can fix it before.
    id = lane.ids.token(32)
    sid = before.sid if before is not None and goes_on else lane.ids.token(16)
    session = Session(
        id=id,
        sid=sid,
        # A client knows the sid, and the value of no cookie has a space.
        browser=before.browser if before is not None else page or f"of {sid}",
        user=user,
        auth_time=now,
    )
    artifact = Artifact(
        kind="session",
        id=session.id,
        expires_at=now + lane.profile.authentication.session_lifetime,
        sub=user.sub,
        family=session.browser,
        data={"auth_time": now, "sid": session.sid},
    )
    lane.store.put(artifact, now=now)
    if goes_on:
        for told in _kept(lane, "session_client", session):  # they are told when it ends
            lane.store.put(replace(told, expires_at=artifact.expires_at), now=now)
    return session


@contextmanager
def signing_in(
    lane: Issuer, user: User, before: Session | None, *, page: str = ""
) -> Iterator[Session]:
    """The same for a request, which may be refused: then no browser gets the cookie of the session,
    and there is none.
    """
    session = sign_in(lane, user, before, page=page)
    try:
        yield session
    except Exception:
        lane.store.revoke("session", session.id)
        raise


def find_session(lane: Issuer, id: str | None) -> Session | None:
    """The session with this id, as long as its user may sign in."""
    artifact = lane.store.get("session", id, now=lane.clock.now()) if id else None
    return None if artifact is None else _session(lane, artifact)


def latest_session(lane: Issuer, id: str | None) -> Session | None:
    """The session of a browser that has sent this id. Where somebody has signed in while the
    request was on its way, that is another one by now, which the id does not open.
    """
    if not id:
        return None
    now = lane.clock.now()
    kept = lane.store.get("session", id, now=now)
    if kept is not None:
        return _session(lane, kept)
    gone = lane.store.take("session", id, now=now).artifact  # it is no longer there to be taken
    return _just_begun(lane, (gone.family or "",) if gone is not None else ())


def session_of_pages(lane: Issuer, pages: Iterable[str]) -> Session | None:
    """The session of a browser that has sent the cookies of these ``pages`` and none of a session.
    Where somebody has signed in on one of them, the cookie was on its way to the browser when the
    request was on its way from it.
    """
    return _just_begun(lane, pages)


def _just_begun(lane: Issuer, browsers: Iterable[str]) -> Session | None:
    found = [line[-1] for browser in browsers if (line := sessions_of(lane, browser))]
    latest = max(found, key=lambda session: session.auth_time, default=None)
    if latest is None or lane.clock.now() - latest.auth_time > _ON_ITS_WAY:
        return None  # a cookie that somebody has kept
    return latest


def sessions_of(lane: Issuer, browser: str) -> list[Session]:
    """Those of a browser, in the order of the sign-ins: more than one only while several race."""
    kept = lane.store.find("session", family=browser, now=lane.clock.now())
    found = [_session(lane, one) for one in kept]
    return [session for session in found if session is not None]


def named_session(lane: Issuer, sub: str, sid: str) -> Session | None:
    """The session that clients know under this name, the latest where it was signed in to again."""
    kept = lane.store.find("session", sub=sub, now=lane.clock.now())
    named = [one for one in kept if _is_called(one, sid) and _session(lane, one) is not None]
    return _session(lane, named[-1]) if named else None


def _session(lane: Issuer, artifact: Artifact) -> Session | None:
    user = lane.users.by_sub(artifact.sub) if artifact.sub is not None else None
    auth_time, sid = artifact.data.get("auth_time"), artifact.data.get("sid")
    if user is None or not user.enabled:
        return None
    if not isinstance(auth_time, int | float) or not isinstance(sid, str):
        return None
    browser = artifact.family or ""
    return Session(id=artifact.id, sid=sid, browser=browser, user=user, auth_time=auth_time)


def remember_client(lane: Issuer, session: Session, client: Client) -> None:
    """The client has been told who is signed in."""
    now = lane.clock.now()
    told = Artifact(
        kind="session_client",
        # A line break is in neither of them.
        id=f"{session.sid}\n{client.client_id}",
        expires_at=now + lane.profile.authentication.session_lifetime,
        client_id=client.client_id,
        sub=session.user.sub,
        family=session.browser,
        data={"sid": session.sid},
    )
    lane.store.put(told, now=now)


def replace_former(lane: Issuer, former: Session) -> bool:
    """Its id opens nothing any more, whoever kept it; that it was there is remembered, for requests
    that are on their way with it. Of two that replace it at once, one is told that it has.
    """
    return lane.store.take("session", former.id, now=lane.clock.now()).outcome == "won"


def sign_out(lane: Issuer, session: Session) -> list[Client]:
    """End the session, in whatever browser it is; gives the clients that know of it."""
    for artifact in _kept(lane, "session", session):
        lane.store.revoke("session", artifact.id)
    told: list[Client] = []
    for artifact in _kept(lane, "session_client", session):
        client = lane.clients.get(artifact.client_id or "")
        # Of two that end it at once, one tells them.
        if lane.store.revoke("session_client", artifact.id) and client and client.enabled:
            told.append(client)
    return told


def _kept(lane: Issuer, kind: ArtifactKind, session: Session) -> list[Artifact]:
    """What is kept of a session by the name that clients know."""
    found = lane.store.find(kind, family=session.browser, now=lane.clock.now())
    return [artifact for artifact in found if _is_called(artifact, session.sid)]


def _is_called(artifact: Artifact, sid: str) -> bool:
    return artifact.data.get("sid") == sid


def session_state(client_id: str, redirect_uri: str, browser_state: str, salt: str) -> str:
    """What a client asks the provider's iframe with (OpenID Connect Session Management 1.0, 3.2):
    neither it nor another origin can make it.

    >>> session_state("app", "https://app.example/cb", "", "s").partition(".")[2]
    's'
    """
    origin = origin_of(redirect_uri) or "null"  # RFC 6454, 6.2: what a browser says of no origin
    text = f"{client_id} {origin} {browser_state} {salt}"
    return f"{hashlib.sha256(text.encode()).hexdigest()}.{salt}"
