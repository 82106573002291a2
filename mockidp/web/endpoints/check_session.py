"""The page that a client keeps in an iframe and asks whether the session has changed (OpenID
Connect Session Management 1.0, section 3.3).
"""

from __future__ import annotations

from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.web.browser import cookie_name
from mockidp.web.endpoints.page import Page
from mockidp.web.message import Answer, Request


class CheckSession(Page):
    name = "check_session"
    methods = ("GET", "HEAD")

    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        from mockidp.web.pages.check_session import check_session_policy, render_check_session

        html = render_check_session(cookie_name(request.place, "browser_state"))
        # Unlike our other pages it is made for the frames of others.
        headers = {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
            "content-security-policy": check_session_policy(),
            "x-content-type-options": "nosniff",
        }
        return Answer(200, [(n.encode(), v.encode()) for n, v in headers.items()], html.encode())
