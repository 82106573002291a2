"""The page that says that a session has ended, with an iframe for each client that is to be told,
and then goes on (OpenID Connect Front-Channel Logout 1.0, section 2).
"""

from __future__ import annotations

from mockidp.oauth.uris import origin_of
from mockidp.records import dataclass
from mockidp.web.pages.page import host_of, policy, render

#: When all frames are there, or have failed; and at the latest after five seconds.
_GO_ON = (
    'function go() { location.replace(document.getElementById("continue").href); } '
    'addEventListener("load", go); setTimeout(go, 5000);'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FarewellView:
    provider: str
    #: Addresses of clients.
    frames: tuple[str, ...]
    #: Where the browser goes afterwards; "" where it stays.
    return_uri: str = ""


def render_farewell(view: FarewellView) -> str:
    """Without scripts the browser goes on after a few seconds.

    >>> view = FarewellView(provider="ProZ.com", frames=("https://app.example/out?sid=1",))
    >>> '<iframe src="https://app.example/out?sid=1"' in render_farewell(view)
    True
    """
    return render(
        "farewell.html",
        view=view,
        hosts=[host_of(frame) for frame in view.frames],
        return_host=host_of(view.return_uri),
        script=_GO_ON,
    )


def farewell_policy(view: FarewellView) -> str:
    """Frames of these clients, and of nobody else."""
    origins = tuple(dict.fromkeys(map(origin_of, view.frames)))
    return policy(script=_GO_ON if view.return_uri else None, frames=origins)
