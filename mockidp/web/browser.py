"""What passes between our pages and a browser: cookies, redirects, pages, and where a form
comes from (RFC 6265; RFC 6454; RFC 9700, section 4.7).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.requests import cookie_parser

from mockidp.issuer import Issuer, Place
from mockidp.oauth.errors import invalid_request
from mockidp.oauth.params import Params, format_urlencoded, parse_urlencoded
from mockidp.profiles.paths import CALLBACK_PATH
from mockidp.web.message import Answer, Request

#: What no address in a header may hold.
_NO_URI_CHARACTER = re.compile(r"[^\x21-\x7e]")
#: The values of our cookies are tokens of the lane's ids; whatever else comes is not from us.
_COOKIE_VALUE = re.compile(r"[A-Za-z0-9_-]{1,128}")


def cookie(request: Request, kind: str) -> str | None:
    """The value of one of our cookies: ``session``, or ``browser_<interaction>``."""
    name = cookie_name(request.place, kind)
    for key, value in request.headers:
        if key == b"cookie":
            found = _cookies_in(value).get(name)
            if found and _COOKIE_VALUE.fullmatch(found):
                return found
    return None


def cookies(request: Request, kind: str) -> dict[str, str]:
    """The values of those of our cookies that there is one of for each page, by what their names
    end with; what was made earlier comes first (RFC 6265, 5.4).
    """
    first, last = cookie_name(request.place, f"{kind}_\0").split("\0")
    return {
        name[len(first) : -len(last)]: value
        for key, header in request.headers
        if key == b"cookie"
        for name, value in _cookies_in(header).items()
        if name.startswith(first) and name.endswith(last) and _COOKIE_VALUE.fullmatch(value)
    }


@lru_cache(maxsize=64)
def _cookies_in(header: bytes) -> Mapping[str, str]:
    # A page asks for one after the other.
    return cookie_parser(header.decode("latin-1"))


def set_cookie(
    answer: Answer,
    place: Place,
    kind: str,
    value: str,
    *,
    seconds: int | None = None,
    is_for_scripts: bool = False,
) -> None:
    """Give the browser a cookie for so many seconds, or until it is closed; an empty value takes it
    away. One that is for scripts is read by a page of ours in a frame of another site's.
    """
    assert not value or _COOKIE_VALUE.fullmatch(value), "it has to be quoted otherwise"
    said = [f"{cookie_name(place, kind)}={value}"]
    if not is_for_scripts:
        said.append("HttpOnly")
    if seconds is not None or not value:
        said.append(f"Max-Age={seconds if value else 0}")
    said.append(f"Path={_path_of(place.origin) or '/'}")
    is_secure = place.origin.startswith("https:")
    # Lax: the browser comes from the client, by a link or a redirect. None is for https alone
    # (RFC 6265bis, 5.7); with Lax a frame has the cookie only where the site is the same.
    said.append("SameSite=None" if is_for_scripts and is_secure else "SameSite=Lax")
    if is_secure:
        said.append("Secure")
    answer.headers.append((b"set-cookie", "; ".join(said).encode("latin-1")))


def thin_out(answer: Answer, request: Request, kind: str, *, most: int) -> None:
    """Take the oldest cookies of a kind from a browser that has many: it keeps only so many for one
    host, and would drop those of the application under test, which is often on the same one.
    """
    names = list(cookies(request, kind))
    for name in names[: max(0, len(names) - most)]:
        set_cookie(answer, request.place, f"{kind}_{name}", "")


def own_path(place: Place, path: str, **query: str) -> str:
    """The address of one of our pages for this browser, whatever it calls this host."""
    return f"{_path_of(place.origin)}{path}" + (f"?{format_urlencoded(query)}" if query else "")


def try_out_uri(place: Place) -> str:
    """The redirect URI of our own page that shows what a client would get."""
    return place.origin + CALLBACK_PATH


def redirect(location: str, status: int = 303) -> Answer:
    """Send the browser on; 303 because it shall not repeat a POST (RFC 9110, 15.4.4)."""
    # A redirect URI of Unicode text was registered so; a header has none.
    encoded = _NO_URI_CHARACTER.sub(lambda found: _percent(found[0]), location)
    headers = [(b"location", encoded.encode()), (b"cache-control", b"no-store")]
    return Answer(status, headers)


def page(html: str, policy: str, status: int = 200, *, referrer: str = "same-origin") -> Answer:
    """A page that nobody may keep, frame or read types into."""
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", policy.encode("latin-1")),
        # Not no-referrer: with it a browser hides the Origin of our own forms too.
        (b"referrer-policy", referrer.encode("latin-1")),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
    ]
    return Answer(status, headers, html.encode("utf-8", "replace"))


def read_form(lane: Issuer, request: Request) -> Params:
    """The fields of one of our forms.

    :raises OAuthError: when the form was on another site's page, or cannot be read.
    """
    refuse_foreign_origin(request)
    return parse_urlencoded(request.body)


def refuse_foreign_origin(request: Request) -> None:
    """Another site's page may not answer ours; a browser says whose page a form is on."""
    origin = request.header(b"origin")
    if origin is None:
        return
    host = (request.header(b"host") or "").lower()
    # Behind a proxy the browser knows the place by its own name, and the Host may be another.
    if host_of_url(origin) not in (host, host_of_url(request.place.origin)):
        raise invalid_request(
            f"the form comes from the origin {origin[:200]!r}, not from this provider's page at "
            f"{host!r}",
            cites="RFC 9700, 4.7",
        )


def host_of_url(url: str) -> str:
    """Host and port in lower case; "" where there are none."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:  # brackets that do not match, as in "https://["
        return ""


def check_csrf(sent: str | None, expected: str) -> None:
    """:raises OAuthError: unless the form holds the secret of the page it was made with."""
    if not hmac.compare_digest((sent or "").encode("utf-8", "replace"), expected.encode()):
        raise invalid_request(
            "the form has not the csrf value of its page: was it changed, made by hand, or has "
            "somebody else signed in since?",
            cites="RFC 9700, 4.7",
        )


def cookie_name(place: Place, kind: str) -> str:
    """What the browser calls one of our cookies."""
    return f"mockidp_{kind}_{_mark(place.origin)}"


# Places are few, and each page asks these two several times.


@lru_cache(maxsize=256)
def _path_of(origin: str) -> str:
    return urlsplit(origin).path.rstrip("/")


@lru_cache(maxsize=256)
def _mark(origin: str) -> str:
    # Cookies do not know ports: two providers on one host are told apart by the name.
    return hashlib.sha256(origin.encode()).hexdigest()[:8]


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))
