"""``response_mode=query`` (RFC 6749, section 4.1.2)."""

from __future__ import annotations

from collections.abc import Mapping

from mockidp.flows.authorize.request import Destination
from mockidp.flows.authorize.response_modes.mode import Redirect
from mockidp.issuer import Issuer
from mockidp.oauth.params import format_urlencoded


class Query:
    name = "query"

    def send(self, lane: Issuer, destination: Destination, members: Mapping[str, str]) -> Redirect:
        redirect_uri = destination.redirect_uri
        # RFC 6749, 3.1.2: a query that the redirect URI has is kept.
        separator = "&" if "?" in redirect_uri else "?"
        return Redirect(f"{redirect_uri}{separator}{format_urlencoded(members)}")
