"""The page on which a browser's session at the provider ends."""

from __future__ import annotations

import hashlib

from mockidp.flows.authorize.sessions import Session, find_session, sign_out
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.profiles.schema import Profile
from mockidp.web.browser import (
    SIGN_OUT_PATH,
    check_csrf,
    cookie,
    own_path,
    page,
    read_form,
    set_cookie,
)
from mockidp.web.endpoints.page import Page, person_of
from mockidp.web.message import Answer, Request


class SignOut(Page):
    name = "sign_out"

    def paths(self, profile: Profile) -> tuple[str, ...]:
        return (SIGN_OUT_PATH,) if profile.authorize.response_types else ()

    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        session = find_session(lane, cookie(request, "session"))
        if request.method == "GET" or session is None:
            return _show(lane, request, session, done=False)
        check_csrf(read_form(lane, request).get("csrf"), _csrf(session))
        sign_out(lane, session.id)
        answer = _show(lane, request, session, done=True)
        set_cookie(answer, request.place, "session", "")
        return answer


def _show(lane: Issuer, request: Request, session: Session | None, *, done: bool) -> Answer:
    from mockidp.web.pages.interaction import (
        CONTENT_SECURITY_POLICY,
        SignOutView,
        render_sign_out,
    )

    view = SignOutView(
        provider=lane.profile.title,
        user=person_of(session.user) if session else None,
        action=own_path(request.place, SIGN_OUT_PATH),
        csrf=_csrf(session) if session else "",
        done=done,
    )
    return page(render_sign_out(view), CONTENT_SECURITY_POLICY)


def _csrf(session: Session) -> str:
    """Known to our page and to nobody who does not know the session."""
    return hashlib.sha256(f"sign-out {session.id}".encode()).hexdigest()[:32]
