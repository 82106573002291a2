"""``response_mode=fragment`` (RFC 6749, section 4.2.2)."""

from __future__ import annotations

from collections.abc import Mapping

from mockidp.flows.authorize.request import Destination
from mockidp.flows.authorize.response_modes.mode import Redirect
from mockidp.issuer import Issuer
from mockidp.oauth.params import format_urlencoded


class Fragment:
    name = "fragment"

    def send(self, lane: Issuer, destination: Destination, members: Mapping[str, str]) -> Redirect:
        return Redirect(f"{destination.redirect_uri}#{format_urlencoded(members)}")
