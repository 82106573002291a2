"""``response_mode=query`` (RFC 6749, section 4.1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from mockidp.flows.authorize.response_modes.mode import Redirect


class Query:
    name = "query"

    def send(self, redirect_uri: str, members: Mapping[str, str]) -> Redirect:
        # RFC 6749, 3.1.2: a query that the redirect URI has is kept.
        separator = "&" if "?" in redirect_uri else "?"
        return Redirect(f"{redirect_uri}{separator}{urlencode(members)}")
