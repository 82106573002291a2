"""The page on which a user says yes or no to a client, at a path of its own."""

from __future__ import annotations

import hashlib

from mockidp.flows.authorize.interaction import after_consent, back_to_login, end
from mockidp.flows.authorize.sessions import Session
from mockidp.flows.authorize.waiting import Interaction
from mockidp.flows.authorize.wishes import single_claims
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.errors import invalid_request
from mockidp.oauth.params import parse_urlencoded
from mockidp.profiles.paths import CONSENT_PATH
from mockidp.web.browser import check_csrf, page, read_form
from mockidp.web.endpoints.onward import go_on
from mockidp.web.endpoints.page import Page
from mockidp.web.endpoints.step import chosen_error, interaction_of, person_of, step_fields
from mockidp.web.message import Answer, Request
from mockidp.web.noting import note_form


class Consent(Page):
    name = "consent"

    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        is_shown = request.method == "GET"
        params = parse_urlencoded(request.query) if is_shown else read_form(lane, request)
        note_form(lane, entry, params)
        interaction = interaction_of(lane, request, params)
        entry.client_id = interaction.request.client.client_id
        session = interaction.session
        if session is None:  # it has ended, or there was none yet
            return go_on(lane, request, back_to_login(lane, interaction))
        if is_shown:
            return _show(lane, request, interaction, session)
        check_csrf(params.get("csrf"), _csrf(interaction, session))
        choice = params.get("action")
        if choice == "cancel":
            return go_on(lane, request, back_to_login(lane, interaction))
        if choice == "deny":
            return go_on(lane, request, end(lane, interaction, "access_denied"))
        if choice == "fail":
            return go_on(lane, request, end(lane, interaction, chosen_error(params)))
        if choice != "allow":
            raise invalid_request("the form says neither allow nor deny", cites="")
        return go_on(lane, request, after_consent(lane, interaction, session))


def _show(lane: Issuer, request: Request, interaction: Interaction, session: Session) -> Answer:
    from mockidp.web.pages.interaction import (
        ConsentView,
        ScopeLine,
        render_consent,
        step_policy,
    )

    meanings = lane.profile.scopes.meanings
    fields = step_fields(lane, request, CONSENT_PATH, interaction)
    view = ConsentView(
        **{**fields, "csrf": _csrf(interaction, session)},
        user=person_of(session.user),
        scopes=(
            *(
                ScopeLine(name=scope, meaning=meanings.get(scope, ""))
                for scope in interaction.request.scopes
            ),
            *(
                ScopeLine(name=name, meaning="see this one thing about you")
                for name in single_claims(interaction.request)
            ),
        ),
    )
    return page(render_consent(view), step_policy(view))


def _csrf(interaction: Interaction, session: Session) -> str:
    """Of the page of this user: what stood open when somebody else signed in says nothing about
    who is asked now.
    """
    return hashlib.sha256(f"consent {interaction.csrf} {session.sid}".encode()).hexdigest()[:32]
