"""The page on which a user signs in, at a path of its own."""

from __future__ import annotations

from mockidp.flows.authorize.interaction import after_login, end, hinted_user
from mockidp.flows.authorize.sessions import find_session, signing_in
from mockidp.flows.authorize.waiting import Interaction
from mockidp.flows.subject import authenticate_user
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.model.user import User
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.params import Params, parse_urlencoded
from mockidp.profiles.paths import LOGIN_PATH
from mockidp.web.browser import check_csrf, cookie, page, read_form
from mockidp.web.endpoints.onward import go_on
from mockidp.web.endpoints.page import Page
from mockidp.web.endpoints.step import (
    chosen_error,
    former_session,
    interaction_of,
    person_of,
    step_fields,
)
from mockidp.web.message import Answer, Request, without_secrets
from mockidp.web.noting import note_form

#: Users with a button of their own; more than these nobody reads.
_MOST_PEOPLE = 100


class Login(Page):
    name = "login"

    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        if request.method == "GET":
            interaction = interaction_of(lane, request, parse_urlencoded(request.query))
            return _show(lane, request, interaction)
        params = read_form(lane, request)
        note_form(lane, entry, params)
        interaction = interaction_of(lane, request, params)
        check_csrf(params.get("csrf"), interaction.csrf)
        entry.client_id = interaction.request.client.client_id
        choice = params.get("action")
        if choice == "cancel":
            return go_on(lane, request, end(lane, interaction, "access_denied"))
        if choice == "fail":
            return go_on(lane, request, end(lane, interaction, chosen_error(params)))
        try:
            user = _user(lane, params)
        except OAuthError as error:
            entry.error, entry.cites = error.code, error.cites
            entry.hint = without_secrets(error.hint, lane.clients.all())
            tried = params.get("username", "")
            return _show(lane, request, interaction, problem=error.hint, tried=tried)
        # The form may have been sent twice before the first answer came.
        former = former_session(lane, request) or interaction.session
        with signing_in(lane, user, former, page=interaction.browser) as session:
            outcome = after_login(lane, interaction, session)
        return go_on(lane, request, outcome)


def _show(
    lane: Issuer, request: Request, interaction: Interaction, problem: str = "", tried: str = ""
) -> Answer:
    from mockidp.web.pages.interaction import LoginView, render_login, step_policy

    session = find_session(lane, cookie(request, "session"))
    hinted = hinted_user(lane, interaction.request)
    people = [user for user in lane.users.all() if user.enabled][:_MOST_PEOPLE]
    view = LoginView(
        **step_fields(lane, request, LOGIN_PATH, interaction),
        people=tuple(map(person_of, people)),
        username=tried or (hinted.username if hinted else ""),
        problem=problem,
        current=session.user.username if session else "",
    )
    status = 400 if problem else 200
    return page(render_login(view), step_policy(view), status)


def _user(lane: Issuer, params: Params) -> User:
    picked = params.get("user")
    if picked is None:
        return authenticate_user(lane, params.get("username", ""), params.get("password", ""))
    user = lane.users.get(picked)
    if user is None or not user.enabled:
        raise invalid_request(f"nobody who may sign in is called {picked[:100]!r}", cites="")
    return user
