"""``response_mode=form_post`` (OAuth 2.0 Form Post Response Mode, section 2)."""

from __future__ import annotations

from collections.abc import Mapping

from mockidp.flows.authorize.response_modes.mode import Form


class FormPost:
    name = "form_post"

    def send(self, redirect_uri: str, members: Mapping[str, str]) -> Form:
        return Form(redirect_uri, tuple(members.items()))
