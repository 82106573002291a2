"""Where a browser goes next on the way through an authorization request: to a page, or back to the
client with the answer (RFC 6749, section 4.1.2).
"""

from __future__ import annotations

from mockidp.flows.authorize.interaction import Ask, Done
from mockidp.flows.authorize.response_modes import Form, Redirect
from mockidp.flows.authorize.sessions import Session
from mockidp.flows.device import Decided
from mockidp.issuer import Issuer, Place
from mockidp.profiles.paths import CONSENT_PATH, LOGIN_PATH
from mockidp.web.browser import own_path, page, redirect, set_cookie, thin_out
from mockidp.web.message import Answer, Request

#: Sign-ins that one browser may have under way; of more, the oldest have to be begun again.
_MOST_TABS = 20


def go_on(lane: Issuer, request: Request, outcome: Ask | Done) -> Answer:
    """The next page, or the way back to the client."""
    if isinstance(outcome, Done):
        answer = send(lane, outcome.answer)
    else:
        path = LOGIN_PATH if outcome.page == "login" else CONSENT_PATH
        answer = redirect(own_path(request.place, path, interaction=outcome.interaction.id))
        thin_out(answer, request, "browser", most=_MOST_TABS)
        # One for each: tabs that are opened at once do not take it from each other.
        kind = f"browser_{outcome.interaction.id}"
        seconds = int(lane.profile.authentication.page_lifetime)
        set_cookie(answer, request.place, kind, outcome.interaction.browser, seconds=seconds)
    answer.posts = outcome.posts
    if outcome.session is not None:
        set_session(lane, answer, request.place, outcome.session)
    return answer


def set_session(lane: Issuer, answer: Answer, place: Place, session: Session | None) -> None:
    """Give the browser the cookies of a session, or take them away."""
    set_cookie(answer, place, "session", session.id if session else "")
    if lane.profile.session_management.path:
        state = session.browser_state if session else ""
        set_cookie(answer, place, "browser_state", state, is_for_scripts=True)


def send(lane: Issuer, answer: Redirect | Form | Decided) -> Answer:
    """What the client gets, on its way through the browser; what a device gets it has to fetch."""
    if isinstance(answer, Decided):
        return _decided(lane, answer)
    if isinstance(answer, Redirect):
        return redirect(answer.location, lane.profile.authorize.redirect_status)
    from mockidp.web.pages.interaction import FORM_POST_POLICY, FormPostView, render_form_post

    view = FormPostView(
        provider=lane.profile.title, redirect_uri=answer.redirect_uri, members=answer.members
    )
    # The client may want to know whose form it gets, and not which page it was on.
    return page(render_form_post(view), FORM_POST_POLICY, referrer="origin")


def _decided(lane: Issuer, decided: Decided) -> Answer:
    from mockidp.web.pages.interaction import (
        CONTENT_SECURITY_POLICY,
        DeviceDoneView,
        render_device_done,
    )

    client = decided.client
    view = DeviceDoneView(
        provider=lane.profile.title,
        client_name=client.client_name or client.client_id,
        is_allowed=decided.is_allowed,
    )
    return page(render_device_done(view), CONTENT_SECURITY_POLICY)
