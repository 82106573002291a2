"""The page for an iframe of a client that tells it whether the session has changed (OpenID Connect
Session Management 1.0, section 3.3): a script and nothing to be seen.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from mockidp.web.pages.page import frameable_policy, render


def render_check_session(cookie: str) -> str:
    """The page; its script reads this cookie.

    >>> 'data-cookie="mockidp_browser_state"' in render_check_session("mockidp_browser_state")
    True
    """
    return render("check_session.html", cookie=cookie, script=_script())


def check_session_policy() -> str:
    """What the page may do: run its script, in the frame of any site."""
    return frameable_policy(_script())


@lru_cache(maxsize=1)
def _script() -> str:
    return files("mockidp.web.pages").joinpath("templates/check_session.js").read_text("utf-8")
