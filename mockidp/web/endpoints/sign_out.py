"""The page on which a browser's session at the provider ends, by the user's own wish or by a
client's; and the one that says so, to the user and to the other clients.
"""

from __future__ import annotations

import hashlib

from mockidp.flows.authorize.farewell import Farewell, end_session
from mockidp.flows.authorize.sessions import Session, find_session
from mockidp.flows.logout import Logout, find_logout
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.params import parse_urlencoded
from mockidp.profiles.paths import SIGN_OUT_PATH
from mockidp.web.browser import check_csrf, cookie, own_path, page, read_form, redirect
from mockidp.web.endpoints.onward import set_session
from mockidp.web.endpoints.page import Page
from mockidp.web.endpoints.step import person_of
from mockidp.web.message import Answer, Request
from mockidp.web.noting import note


class SignOut(Page):
    name = "sign_out"

    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        is_shown = request.method == "GET"
        session = find_session(lane, cookie(request, "session"))
        if not is_shown and session is None:  # it has ended meanwhile
            return _show(lane, request, None)
        params = parse_urlencoded(request.query) if is_shown else read_form(lane, request)
        note(lane, entry, params, None)
        id = params.get("logout")
        logout = find_logout(lane, id)
        if logout is not None and logout.client is not None:
            entry.client_id = logout.client.client_id
        if is_shown or session is None:
            return _show(lane, request, session, logout, id or "")
        check_csrf(params.get("csrf"), _csrf(session))
        if params.get("action") == "stay":
            return _show(lane, request, session, stays=True)
        return leave(lane, request, session, logout or Logout())


def leave(lane: Issuer, request: Request, session: Session | None, logout: Logout) -> Answer:
    """End the session, tell its clients, and send the browser where the request says."""
    farewell = Farewell()
    if session is not None:
        farewell = end_session(lane, session, request.place.issuer)
    if farewell.frames:
        answer = _say_farewell(lane, farewell, logout)
    elif logout.return_uri:
        answer = redirect(logout.return_uri)
    else:
        answer = _show(lane, request, session, done=True)
    if session is not None:
        set_session(lane, answer, request.place, None)
    answer.posts = farewell.posts
    return answer


def _say_farewell(lane: Issuer, farewell: Farewell, logout: Logout) -> Answer:
    from mockidp.web.pages.farewell import FarewellView, farewell_policy, render_farewell

    view = FarewellView(
        provider=lane.profile.title, frames=farewell.frames, return_uri=logout.return_uri
    )
    return page(render_farewell(view), farewell_policy(view))


def _show(
    lane: Issuer,
    request: Request,
    session: Session | None,
    logout: Logout | None = None,
    id: str = "",
    *,
    done: bool = False,
    stays: bool = False,
) -> Answer:
    from mockidp.web.pages.interaction import (
        CONTENT_SECURITY_POLICY,
        SignOutView,
        render_sign_out,
    )

    client = logout.client if logout else None
    view = SignOutView(
        provider=lane.profile.title,
        user=person_of(session.user) if session else None,
        action=own_path(request.place, SIGN_OUT_PATH),
        csrf=_csrf(session) if session else "",
        done=done,
        client_name=(client.client_name or client.client_id) if client else "",
        logout=id if logout else "",
        stays=stays,
    )
    return page(render_sign_out(view), CONTENT_SECURITY_POLICY)


def _csrf(session: Session) -> str:
    """Known to our page and to nobody who does not know the session."""
    return hashlib.sha256(f"sign-out {session.id}".encode()).hexdigest()[:32]
