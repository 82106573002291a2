"""What the pages on which a person signs in and consents have in common: whose request it is, and
what they show of it (OpenID Connect Core 1.0, sections 3.1.2.3 and 3.1.2.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockidp.flows.authorize.interaction import CHOOSABLE_ERRORS
from mockidp.flows.authorize.request import Authorization
from mockidp.flows.authorize.sessions import Session, latest_session, session_of_pages
from mockidp.flows.authorize.waiting import Interaction, find_interaction
from mockidp.flows.device import shown_code
from mockidp.flows.registration.addresses import page_problem
from mockidp.issuer import Issuer
from mockidp.model.user import User
from mockidp.oauth.errors import invalid_request
from mockidp.oauth.locales import best_locale
from mockidp.oauth.names import DISPLAYS
from mockidp.oauth.params import Params
from mockidp.web.browser import cookie, cookies, host_of_url, own_path, try_out_uri
from mockidp.web.message import Request

if TYPE_CHECKING:
    from mockidp.web.pages.interaction import ClientLink, Person


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


def former_session(lane: Issuer, request: Request) -> Session | None:
    """The session of the browser that sends this; also the one of which it does not know yet, as
    where two pages were open and it has answered both before the first answer came.
    """
    latest = latest_session(lane, cookie(request, "session"))
    return latest or session_of_pages(lane, cookies(request, "browser").values())


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
