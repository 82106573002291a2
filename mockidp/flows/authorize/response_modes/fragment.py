"""``response_mode=fragment`` (RFC 6749, section 4.2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from mockidp.flows.authorize.response_modes.mode import Redirect


class Fragment:
    name = "fragment"

    def send(self, redirect_uri: str, members: Mapping[str, str]) -> Redirect:
        return Redirect(f"{redirect_uri}#{urlencode(members)}")
