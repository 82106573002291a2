"""What the authorization endpoint and the pages on its way have in common: how a browser asks, and
how a refusal is told, to the client or to the person (RFC 6749, section 4.1.2.1).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, replace

from mockidp.flows.authorize.answer import refuse
from mockidp.flows.authorize.request import Refused
from mockidp.flows.authorize.told import Told, keep_told
from mockidp.flows.wording import wording
from mockidp.issuer import Issuer, Place
from mockidp.model.event import Exchange
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.names import FORM_TYPE
from mockidp.oauth.params import Params, parse_urlencoded
from mockidp.profiles.paths import ERROR_PATH
from mockidp.profiles.schema import Profile
from mockidp.web.browser import own_path, page
from mockidp.web.endpoints.onward import send
from mockidp.web.message import Answer, Request, without_secrets
from mockidp.web.respond import fresh, refusal


class Page(ABC):
    """An endpoint that a browser comes to."""

    name: str
    methods: tuple[str, ...] = ("GET", "HEAD", "POST")

    @abstractmethod
    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        """Answer, or raise ``Refused`` or ``OAuthError``."""

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> Request:
        return request

    def limit_key(self, lane: Issuer, request: Request, parsed: Request | None) -> None:
        return None

    def answer(self, lane: Issuer, parsed: Request, entry: Exchange) -> Answer:
        if parsed.method not in self.methods:
            allowed = ", ".join(self.methods)
            entry.error = "invalid_request"
            entry.hint, entry.cites = f"ask with {allowed}", "RFC 9110, 15.5.6"
            return Answer(405, [(b"allow", allowed.encode())])
        if parsed.method == "HEAD":  # RFC 9110, 9.3.2: GET, and the gate leaves out the body
            parsed = replace(parsed, method="GET")
        try:
            return self.serve(lane, parsed, entry)
        except Refused as refused:
            return self._refuse(lane, parsed, refused, entry)
        except OAuthError as error:
            return self._refuse(lane, parsed, Refused(error, None), entry)

    def refused_as(self, profile: Profile) -> str:
        """How a person is told what cannot be told to the client: a page, or JSON."""
        return "page"

    def _refuse(self, lane: Issuer, request: Request, refused: Refused, entry: Exchange) -> Answer:
        error = refused.error
        said = wording(lane.profile, error)
        entry.error, entry.cites = said.error, error.cites
        entry.hint = without_secrets(error.hint, lane.clients.all())
        if refused.destination is not None:
            return send(lane, refuse(lane, error, refused.destination))
        if self.refused_as(lane.profile) == "json":
            return fresh(lane, refusal(lane.profile, error, has_authorization=False))
        told = Told(
            code=said.error,
            description=said.description,
            hint=entry.hint,
            cites=error.cites,
            # RFC 9110, 15.5.2: a 401 has a challenge, and no person could answer it here.
            status=400 if said.status == 401 else said.status,
        )
        id = keep_told(lane, told)
        return show_error(lane, request.place, told, id, status=told.status)


def show_error(lane: Issuer, place: Place, told: Told, id: str, *, status: int = 200) -> Answer:
    """The page of an error, wherever the browser is: at once, because a redirect would hide the
    status from who asks without a browser, and with the path at which it can be had again. There it
    is no refusal any more.
    """
    from mockidp.web.pages.interaction import CONTENT_SECURITY_POLICY, ErrorView, render_error

    address = own_path(place, ERROR_PATH, id=id)
    view = ErrorView(provider=lane.profile.title, address=address, **asdict(told))
    answer = page(render_error(view), CONTENT_SECURITY_POLICY, status)
    # RFC 9110, 8.7: what is shown here is what is found there.
    answer.headers.append((b"content-location", address.encode()))
    return answer


def asked_with(lane: Issuer, request: Request, *, cites: str) -> Params:
    """The parameters of a request that a client sends through the browser: those of the query, or
    of the form where it is posted.
    """
    if request.method == "GET":
        if request.body:
            raise invalid_request("a GET request has no body", cites="RFC 9110, 9.3.1")
        params = parse_urlencoded(request.query)
    else:
        if request.media_type != FORM_TYPE:
            sent = request.media_type[:100] or "missing"
            raise invalid_request(f"Content-Type is {sent}; send {FORM_TYPE}", cites=cites)
        params = parse_urlencoded(request.body)
    return params.last_wins() if lane.profile.token.repeated == "last" else params
