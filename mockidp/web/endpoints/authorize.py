"""The authorization endpoint (RFC 6749, section 3.1; OpenID Connect Core 1.0, 3.1.2)."""

from __future__ import annotations

from mockidp.flows.authorize.interaction import begin
from mockidp.flows.authorize.pipeline import check
from mockidp.flows.authorize.request import Authorization
from mockidp.flows.authorize.sessions import find_session
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.errors import invalid_request
from mockidp.oauth.names import FORM_TYPE
from mockidp.oauth.params import Params, parse_urlencoded
from mockidp.profiles.schema import Profile
from mockidp.web.browser import cookie, try_out_uri
from mockidp.web.endpoints.page import Page, go_on
from mockidp.web.message import Answer, Request
from mockidp.web.noting import note


class Authorize(Page):
    name = "authorize"

    def paths(self, profile: Profile) -> tuple[str, ...]:
        policy = profile.authorize
        return (policy.path, *policy.aliases) if policy.response_types else ()

    def refused_as(self, profile: Profile) -> str:
        return profile.authorize.refused_as

    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        params = _params(lane, request)
        note(lane, entry, params, params.get("client_id"))
        checked = check(
            lane,
            Authorization(
                params=params,
                issuer=request.place.issuer,
                try_out_uri=try_out_uri(request.place),
            ),
        )
        session = find_session(lane, cookie(request, "session"))
        browser = cookie(request, "browser") or lane.ids.token(16)
        return go_on(lane, request, begin(lane, checked, session, browser))


def _params(lane: Issuer, request: Request) -> Params:
    """Those of the query, or of the form where it is posted (OpenID Connect Core 1.0, 3.1.2.1)."""
    if request.method == "GET":
        if request.body:
            raise invalid_request("a GET request has no body", cites="RFC 9110, 9.3.1")
        params = parse_urlencoded(request.query)
    else:
        if request.media_type != FORM_TYPE:
            sent = request.media_type[:100] or "missing"
            hint = f"Content-Type is {sent}; send {FORM_TYPE}"
            raise invalid_request(hint, cites="OpenID Connect Core 1.0, 3.1.2.1")
        params = parse_urlencoded(request.body)
    return params.last_wins() if lane.profile.token.repeated == "last" else params
