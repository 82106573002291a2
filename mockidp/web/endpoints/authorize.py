"""The authorization endpoint (RFC 6749, section 3.1; OpenID Connect Core 1.0, 3.1.2)."""

from __future__ import annotations

from mockidp.flows.authorize.interaction import begin
from mockidp.flows.authorize.pipeline import check
from mockidp.flows.authorize.request import Authorization
from mockidp.flows.authorize.sessions import find_session
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.profiles.schema import Profile
from mockidp.web.browser import cookie, try_out_uri
from mockidp.web.endpoints.onward import go_on
from mockidp.web.endpoints.page import Page, asked_with
from mockidp.web.endpoints.step import former_session
from mockidp.web.message import Answer, Request
from mockidp.web.noting import note


class Authorize(Page):
    name = "authorize"

    def refused_as(self, profile: Profile) -> str:
        return profile.authorize.refused_as

    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        params = asked_with(lane, request, cites="OpenID Connect Core 1.0, 3.1.2.1")
        note(lane, entry, params, params.get("client_id"))
        checked = check(
            lane,
            Authorization(
                params=params,
                issuer=request.place.issuer,
                try_out_uri=try_out_uri(request.place),
            ),
        )
        if checked.params is not params:
            note(lane, entry, checked.params, checked.client.client_id)
        if checked.remark:
            entry.hint, entry.cites = checked.remark, "OpenID Connect Core 1.0, 3.1.2.1"
        session = find_session(lane, cookie(request, "session"))
        former = session or former_session(lane, request)
        browser = lane.ids.token(16)
        return go_on(lane, request, begin(lane, checked, session, browser, former))
