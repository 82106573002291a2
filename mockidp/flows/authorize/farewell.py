"""How the clients of a session are told that it has ended, by a logout or by a sign-in in its place
(OpenID Connect Front-Channel Logout 1.0; Back-Channel Logout 1.0).
"""

from __future__ import annotations

from mockidp.control.outgoing import Post
from mockidp.flows.authorize.sessions import (
    Session,
    replace_former,
    sessions_of,
    sign_out,
)
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.oauth.params import format_urlencoded
from mockidp.records import dataclass
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


def take_over(lane: Issuer, session: Session, issuer: str) -> tuple[Post, ...]:
    """What a sign-in means for the session that the browser had: that of the same user goes on in
    the new one; somebody else's ends. Gives what its clients are told by requests; frames would
    need a page of their own on the way of the one who signs in.

    Of sign-ins that race in one browser the last to be kept stays, and each ends all that were kept
    before its own: so none is left that no browser has.
    """
    line = sessions_of(lane, session.browser)
    ids = [one.id for one in line]
    if session.id not in ids:
        # Somebody has come after, and may have looked for its clients before they knew of it.
        goes_on = any(one.sid == session.sid for one in line)
        return () if goes_on else end_session(lane, session, issuer).posts
    place = ids.index(session.id)
    on = {one.sid for one in line[place:]}
    ended = [one for one in line[:place] if replace_former(lane, one) and one.sid not in on]
    return tuple(post for one in ended for post in end_session(lane, one, issuer).posts)


def _frame(lane: Issuer, client: Client, session: Session, issuer: str) -> str:
    """OpenID Connect Front-Channel Logout 1.0, 2: iss and sid, where the client has asked for
    them.
    """
    uri = client.frontchannel_logout_uri or ""
    if not uri or not client.frontchannel_logout_session_required or not lane.has("sid"):
        return uri
    separator = "&" if "?" in uri else "?"
    return f"{uri}{separator}{format_urlencoded({'iss': issuer, 'sid': session.sid})}"


def _logout_token(lane: Issuer, client: Client, session: Session, issuer: str) -> str:
    return mint_logout_token(lane, client=client, user=session.user, issuer=issuer, sid=session.sid)
