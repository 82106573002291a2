"""Our own redirect URI: a page that shows what a client would have got, for trying a provider out
before there is a client.
"""

from __future__ import annotations

from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.model.event import Exchange
from mockidp.oauth.params import Params, parse_urlencoded
from mockidp.web.browser import page, try_out_uri
from mockidp.web.endpoints.page import Page
from mockidp.web.message import Answer, Request
from mockidp.web.noting import note


class Callback(Page):
    name = "callback"

    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        from mockidp.web.pages.commands import redeem_command, sign_in_url
        from mockidp.web.pages.interaction import (
            CONTENT_SECURITY_POLICY,
            CallbackView,
            render_callback,
        )

        params = parse_urlencoded(request.query if request.method == "GET" else request.body)
        note(lane, entry, params, None)
        client = _client_of(lane, params)
        code = params.get("code")
        view = CallbackView(
            provider=lane.profile.title,
            members=tuple(params.items()),
            curl=redeem_command(lane, client, code, try_out_uri(request.place), request.place)
            if client and code
            else (),
            again=sign_in_url(lane, request.place, try_out_uri(request.place)) or "",
            code_lifetime=lane.profile.authorize.code_lifetime,
        )
        return page(render_callback(view), CONTENT_SECURITY_POLICY)


def _client_of(lane: Issuer, params: Params) -> Client | None:
    """The client that the code was made for."""
    code = params.get("code")
    found = lane.store.get("authorization_code", code, now=lane.clock.now()) if code else None
    return lane.clients.get(found.client_id) if found and found.client_id else None
