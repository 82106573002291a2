"""What the authorization endpoint and the pages on its way have in common: the end of a
request, and how a refusal is told, to the client or to the person (RFC 6749, section 4.1.2.1).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mockidp.flows.authorize.answer import refuse
from mockidp.flows.authorize.interaction import (
    CHOOSABLE_ERRORS,
    Ask,
    Done,
    Interaction,
    find_interaction,
)
from mockidp.flows.authorize.request import Authorization, Refused
from mockidp.flows.authorize.response_modes import Form, Redirect
from mockidp.flows.authorize.sessions import Session
from mockidp.flows.authorize.told import Told, keep_told
from mockidp.flows.device import Decided, shown_code
from mockidp.flows.registration.addresses import page_problem
from mockidp.flows.wording import wording
from mockidp.issuer import Issuer, Place
from mockidp.model.event import Exchange
from mockidp.model.user import User
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.locales import best_locale
from mockidp.oauth.names import DISPLAYS, FORM_TYPE
from mockidp.oauth.params import Params, parse_urlencoded
from mockidp.profiles.features import features_on
from mockidp.profiles.schema import Profile
from mockidp.web.browser import (
    CONSENT_PATH,
    ERROR_PATH,
    LOGIN_PATH,
    cookie,
    host_of_url,
    own_path,
    page,
    redirect,
    set_cookie,
    thin_out,
    try_out_uri,
)
from mockidp.web.message import Answer, Request, without_secrets
from mockidp.web.respond import fresh, refusal

if TYPE_CHECKING:
    from mockidp.web.pages.interaction import ClientLink, Person


#: Sign-ins that one browser may have under way; of more, the oldest have to be begun again.
_MOST_TABS = 20


class Page(ABC):
    """An endpoint that a browser comes to."""

    name: str
    methods: tuple[str, ...] = ("GET", "POST")

    @abstractmethod
    def paths(self, profile: Profile) -> tuple[str, ...]: ...

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


def signs_users_in(profile: Profile) -> bool:
    """Whether anything here needs the pages on which users sign in."""
    return "login" in features_on(profile)


def interaction_of(lane: Issuer, request: Request, params: Params) -> Interaction:
    """The interaction that a page or its form names."""
    id = params.get("interaction")
    return find_interaction(
        lane,
        id,
        cookie(request, f"browser_{id}"),
        request.place.issuer,
        try_out_uri(request.place),
    )


def chosen_error(params: Params) -> str:
    """The error that a tester has chosen on the page."""
    error = params.get("error", "")
    if error not in CHOOSABLE_ERRORS:
        known = ", ".join(CHOOSABLE_ERRORS)
        raise invalid_request(f"error {error[:100]!r} is none of: {known}", cites="")
    return error


def step_fields(
    lane: Issuer, request: Request, path: str, interaction: Interaction
) -> dict[str, Any]:
    """What the views of the steps have in common."""
    asked = interaction.request
    display = asked.params.get("display")
    return {
        "provider": lane.profile.title,
        "client_name": _said(asked, "client_name") or asked.client.client_id,
        "redirect_host": host_of_url(asked.redirect_uri),
        "action": own_path(request.place, path),
        "interaction": interaction.id,
        "csrf": interaction.csrf,
        "links": _links_of(asked),
        "display": display if display in DISPLAYS else DISPLAYS[0],
        # A device is told no more than yes or no (RFC 8628, 3.5).
        "errors": () if asked.device else CHOOSABLE_ERRORS,
        "user_code": shown_code(asked.device) if asked.device else "",
    }


def _said(asked: Authorization, name: str) -> str:
    """What the client says of itself to people, in a language of `ui_locales` if it can (RFC 7591,
    2.2; OpenID Connect Core 1.0, 3.1.2.1).
    """
    localized = asked.client.localized
    tags = [key.partition("#")[2] for key in localized if key.startswith(f"{name}#")]
    tag = best_locale(asked.params.get("ui_locales", ""), tags) if tags else None
    return str(localized[f"{name}#{tag}"] if tag else getattr(asked.client, name) or "")


def _links_of(asked: Authorization) -> tuple[ClientLink, ...]:
    """What of a client's addresses can be followed without harm: a configured one may be anything
    (OpenID Connect Dynamic Client Registration 1.0, 9.1).
    """
    from mockidp.web.pages.interaction import ClientLink

    said = {
        "website": ("Website", _said(asked, "client_uri")),
        "logo": ("Logo", _said(asked, "logo_uri")),
        "policy": ("Privacy policy", _said(asked, "policy_uri")),
        "tos": ("Terms of service", _said(asked, "tos_uri")),
    }
    return tuple(
        ClientLink(name=name, text=text, url=url)
        for name, (text, url) in said.items()
        if url and not page_problem(url)
    )


def person_of(user: User) -> Person:
    """A user as the pages show them."""
    from mockidp.web.pages.interaction import Person

    name, email = user.claims.get("name", ""), user.claims.get("email", "")
    return Person(username=user.username, name=str(name or ""), email=str(email or ""))
