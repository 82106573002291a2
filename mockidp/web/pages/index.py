"""The index page of the server: every provider with its addresses, credentials and a command to
paste.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from mockidp.issuer import Issuer
from mockidp.web.pages.cards import card

#: The page is one document without scripts; its style is inline.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


def render_index(lanes: Sequence[Issuer]) -> str:
    return _template("index.html").render(cards=[card(lane) for lane in lanes])


@lru_cache(maxsize=8)
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("mockidp.web.pages"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template(name)
