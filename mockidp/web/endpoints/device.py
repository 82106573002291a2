"""The page on which a user types the code of a device (RFC 8628, section 3.3)."""

from __future__ import annotations

from mockidp.flows.authorize.interaction import begin
from mockidp.flows.authorize.request import Authorization
from mockidp.flows.authorize.sessions import find_session
from mockidp.flows.authorize.verification import request_of
from mockidp.flows.device import find_device
from mockidp.issuer import Issuer, Place
from mockidp.model.event import Exchange
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.params import format_urlencoded, parse_urlencoded
from mockidp.web.browser import cookie, own_path, page, read_form
from mockidp.web.endpoints.onward import go_on
from mockidp.web.endpoints.page import Page
from mockidp.web.endpoints.step import former_session
from mockidp.web.message import Answer, Request, without_secrets
from mockidp.web.noting import note

_LONGEST_SHOWN = 100


def verification_uri(lane: Issuer, place: Place, user_code: str = "") -> str:
    """Where a user goes; with the code filled in already if it is given (3.3.1)."""
    path = lane.profile.device_authorization.verification_path
    query = f"?{format_urlencoded({'user_code': user_code})}" if user_code else ""
    return place.origin + path + query


class Device(Page):
    name = "device"

    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        if request.method == "GET":
            asked = parse_urlencoded(request.query)
            note(lane, entry, asked, None)
            return _show(lane, request, asked.get("user_code", ""))
        params = read_form(lane, request)
        note(lane, entry, params, None)
        typed = params.get("user_code", "")
        try:
            found = _find(lane, request, typed)
        except OAuthError as error:
            entry.error, entry.cites = error.code, error.cites
            entry.hint = without_secrets(error.hint, lane.clients.all())
            return _show(lane, request, typed, problem=error.hint, status=error.status or 400)
        entry.client_id = found.client.client_id
        session = find_session(lane, cookie(request, "session"))
        former = session or former_session(lane, request)
        browser = lane.ids.token(16)
        return go_on(lane, request, begin(lane, found, session, browser, former))


def _find(lane: Issuer, request: Request, typed: str) -> Authorization:
    limits = lane.wrong_codes
    key = limits.key(None, None, request.ip) if limits.policy is not None else b""
    left = limits.rejection(key)
    if left is not None:
        # RFC 8628, 5.1: a user code is short, and must not be found by trying.
        error = invalid_request(
            f"too many wrong codes from this address: wait {left:.0f} seconds, or advance the "
            "lane's clock",
            cites="RFC 8628, 5.1",
        )
        error.status = 429
        raise error
    try:
        device = find_device(lane, typed)
    except OAuthError:
        if limits.policy is not None:
            limits.count(key)
        raise
    return request_of(lane, device, request.place.issuer)


def _show(
    lane: Issuer, request: Request, typed: str, *, problem: str = "", status: int = 200
) -> Answer:
    from mockidp.web.pages.interaction import CONTENT_SECURITY_POLICY, DeviceView, render_device

    view = DeviceView(
        provider=lane.profile.title,
        action=own_path(request.place, lane.profile.device_authorization.verification_path),
        user_code=typed[:_LONGEST_SHOWN],
        problem=problem,
    )
    return page(render_device(view), CONTENT_SECURITY_POLICY, status)
