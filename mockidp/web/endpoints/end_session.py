"""Where a client sends its user to sign out (OpenID Connect RP-Initiated Logout 1.0, section 2)."""

from __future__ import annotations

from mockidp.flows.authorize.sessions import find_session
from mockidp.flows.logout import check_logout, is_confirmation_needed, keep_logout, session_of
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.profiles.paths import SIGN_OUT_PATH
from mockidp.web.browser import cookie, own_path, redirect
from mockidp.web.endpoints.page import Page, asked_with
from mockidp.web.endpoints.sign_out import leave
from mockidp.web.message import Answer, Request
from mockidp.web.noting import note


class EndSession(Page):
    name = "end_session"

    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        params = asked_with(lane, request, cites="OpenID Connect RP-Initiated Logout 1.0, 2")
        note(lane, entry, params, params.get("client_id"))
        logout = check_logout(lane, params)
        if logout.client is not None:
            entry.client_id = logout.client.client_id
        session = session_of(lane, logout, find_session(lane, cookie(request, "session")))
        if session is not None and is_confirmation_needed(lane, logout, session):
            # A page of its own: what comes next is the user's answer, and no client's.
            waiting = keep_logout(lane, logout, params)
            return redirect(own_path(request.place, SIGN_OUT_PATH, logout=waiting))
        return leave(lane, request, session, logout)
