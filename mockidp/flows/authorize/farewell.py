"""How the clients of a session are told that it has ended, by a logout or by a sign-in in its place
(OpenID Connect Front-Channel Logout 1.0; Back-Channel Logout 1.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from mockidp.control.outgoing import Post
from mockidp.flows.authorize.sessions import Session, forget_former, sign_out
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.tokens.mint import mint_logout_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """How the clients of a session are told that it has ended."""

    #: Addresses for iframes.
    frames: tuple[str, ...] = ()
    posts: tuple[Post, ...] = ()


def end_session(lane: Issuer, session: Session, issuer: str) -> Farewell:
    """End it, and say how its clients are to be told, which is done in the order in which the user
    went to them.
    """
    clients, channels = sign_out(lane, session), lane.profile.logout.channels
    frames = [
        _frame(lane, client, session, issuer) for client in clients if "frontchannel" in channels
    ]
    posts = [
        Post(
            url=client.backchannel_logout_uri,
            form=(("logout_token", _logout_token(lane, client, session, issuer)),),
        )
        for client in clients
        if "backchannel" in channels and client.backchannel_logout_uri
    ]
    return Farewell(frames=tuple(filter(None, frames)), posts=tuple(posts))


def take_over(
    lane: Issuer, session: Session, former: Session | None, issuer: str
) -> tuple[Post, ...]:
    """What a sign-in means for the session that the browser had: that of the same user goes on in
    the new one; somebody else's ends. Gives what its clients are told by requests; frames would
    need a page of their own on the way of the one who signs in.
    """
    if former is None or former.id == session.id:
        return ()
    if former.sid == session.sid:
        forget_former(lane, former)
        return ()
    return end_session(lane, former, issuer).posts


def _frame(lane: Issuer, client: Client, session: Session, issuer: str) -> str:
    """OpenID Connect Front-Channel Logout 1.0, 2: iss and sid, where the client has asked for
    them.
    """
    uri = client.frontchannel_logout_uri or ""
    if not uri or not client.frontchannel_logout_session_required or not lane.has("sid"):
        return uri
    separator = "&" if "?" in uri else "?"
    return f"{uri}{separator}{urlencode({'iss': issuer, 'sid': session.sid})}"


def _logout_token(lane: Issuer, client: Client, session: Session, issuer: str) -> str:
    return mint_logout_token(lane, client=client, user=session.user, issuer=issuer, sid=session.sid)
