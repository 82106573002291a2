"""What the authorization endpoint and the pages on its way have in common: the end of a
request, and how a refusal is told, to the client or to the person (RFC 6749, section 4.1.2.1).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from mockidp.flows.authorize.answer import refuse
from mockidp.flows.authorize.interaction import (
    CHOOSABLE_ERRORS,
    Ask,
    Done,
    Interaction,
    find_interaction,
)
from mockidp.flows.authorize.request import Refused
from mockidp.flows.authorize.response_modes import Form, Redirect
from mockidp.flows.wording import wording
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.model.user import User
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.params import Params
from mockidp.profiles.schema import Profile
from mockidp.web.browser import (
    CONSENT_PATH,
    LOGIN_PATH,
    cookie,
    host_of_url,
    own_path,
    page,
    redirect,
    set_cookie,
    try_out_uri,
)
from mockidp.web.message import Answer, Request, without_secrets
from mockidp.web.respond import fresh, refusal

if TYPE_CHECKING:
    from mockidp.web.pages.interaction import Person


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
        from mockidp.web.pages.interaction import CONTENT_SECURITY_POLICY, ErrorView, render_error

        # RFC 9110, 15.5.2: a 401 has a challenge, and no person could answer it here.
        status = 400 if said.status == 401 else said.status
        view = ErrorView(
            provider=lane.profile.title,
            code=said.error,
            description=said.description,
            hint=entry.hint,
            cites=error.cites,
            status=status,
        )
        return page(render_error(view), CONTENT_SECURITY_POLICY, status)


def go_on(lane: Issuer, request: Request, outcome: Ask | Done) -> Answer:
    """The next page, or the way back to the client."""
    if isinstance(outcome, Done):
        answer = send(lane, outcome.answer)
    else:
        path = LOGIN_PATH if outcome.page == "login" else CONSENT_PATH
        answer = redirect(own_path(request.place, path, interaction=outcome.interaction.id))
        set_cookie(answer, request.place, "browser", outcome.interaction.browser)
    if outcome.session is not None:
        set_cookie(answer, request.place, "session", outcome.session.id)
    return answer


def send(lane: Issuer, answer: Redirect | Form) -> Answer:
    """What the client gets, on its way through the browser."""
    if isinstance(answer, Redirect):
        return redirect(answer.location, lane.profile.authorize.redirect_status)
    from mockidp.web.pages.interaction import FORM_POST_POLICY, FormPostView, render_form_post

    view = FormPostView(
        provider=lane.profile.title, redirect_uri=answer.redirect_uri, members=answer.members
    )
    # The client may want to know whose form it gets, and not which page it was on.
    return page(render_form_post(view), FORM_POST_POLICY, referrer="origin")


def interaction_of(lane: Issuer, request: Request, params: Params) -> Interaction:
    """The interaction that a page or its form names."""
    return find_interaction(
        lane,
        params.get("interaction"),
        cookie(request, "browser"),
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
    return {
        "provider": lane.profile.title,
        "client_name": asked.client.client_name or asked.client.client_id,
        "redirect_host": host_of_url(asked.redirect_uri),
        "action": own_path(request.place, path),
        "interaction": interaction.id,
        "csrf": interaction.csrf,
        "errors": CHOOSABLE_ERRORS,
    }


def person_of(user: User) -> Person:
    """A user as the pages show them."""
    from mockidp.web.pages.interaction import Person

    name, email = user.claims.get("name", ""), user.claims.get("email", "")
    return Person(username=user.username, name=str(name or ""), email=str(email or ""))
