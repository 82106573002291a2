"""The index page of the server: every provider with its addresses, credentials and a command to
paste.
"""

from __future__ import annotations

from collections.abc import Sequence

from mockidp.issuer import Issuer
from mockidp.web.pages.cards import card
from mockidp.web.pages.page import policy, render

#: One document without scripts and forms.
CONTENT_SECURITY_POLICY = policy(form_action="'none'")


def render_index(lanes: Sequence[Issuer]) -> str:
    return render("index.html", cards=[card(lane) for lane in lanes])
