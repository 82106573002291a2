"""``response_mode=form_post`` (OAuth 2.0 Form Post Response Mode, section 2)."""

from __future__ import annotations

from collections.abc import Mapping

from mockidp.flows.authorize.request import Destination
from mockidp.flows.authorize.response_modes.mode import Form
from mockidp.issuer import Issuer


class FormPost:
    name = "form_post"

    def send(self, lane: Issuer, destination: Destination, members: Mapping[str, str]) -> Form:
        return Form(destination.redirect_uri, tuple(members.items()))
