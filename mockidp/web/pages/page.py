"""What all pages share: the templates, their one inline style, and the policy that allows it
(Content Security Policy Level 3).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

_ORIGIN = re.compile(r"https?://[a-z0-9.:\[\]_-]+")


def render(template: str, **values: object) -> str:
    """The page with every value escaped; a value that is missing is an error."""
    text = _environment().get_template(template).render(values)
    # Half a surrogate pair has no UTF-8, and the page is to be sent.
    return text.encode("utf-8", "replace").decode()


def host_of(address: str) -> str:
    """The host of an address as a page shows it."""
    try:
        return urlsplit(address).hostname or address
    except ValueError:  # brackets that do not match, as in "https://["
        return address


def policy(
    *,
    script: str | None = None,
    frames: Sequence[str] = (),
    images: Sequence[str] = (),
    form_action: str | None = None,
) -> str:
    """A Content-Security-Policy: our style, `script` if there is one, frames and images of these
    origins, and nothing else.

    Without `form_action` forms may be sent anywhere.

    >>> policy(form_action="'none'").split("; ")[2:]
    ["base-uri 'none'", "frame-ancestors 'none'", "form-action 'none'"]
    """
    directives = ["default-src 'none'", f"style-src {_hash_source(_style())}"]
    if script is not None:
        directives.append(f"script-src {_hash_source(script)}")
    for kind, origins in (("frame-src", frames), ("img-src", images)):
        # What is no origin would be one more directive.
        sources = list(filter(_ORIGIN.fullmatch, origins))
        if sources:
            directives.append(f"{kind} {' '.join(sources)}")
    directives += ["base-uri 'none'", "frame-ancestors 'none'"]
    if form_action is not None:
        directives.append(f"form-action {form_action}")
    return "; ".join(directives)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mockidp.web.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["style"] = _style()
    return environment


@lru_cache(maxsize=1)
def _style() -> str:
    return files("mockidp.web.pages").joinpath("templates/style.css").read_text("utf-8")


def frameable_policy(script: str) -> str:
    """The same for a page without a style that any site may have in a frame."""
    return f"default-src 'none'; script-src {_hash_source(script)}; base-uri 'none'"


def _hash_source(text: str) -> str:
    # CSP 3, 2.3.1: of the text between the tags, in UTF-8.
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
