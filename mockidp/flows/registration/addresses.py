"""What the URIs of a client may be: where its users are sent, and where the provider asks (OpenID
Connect Dynamic Client Registration 1.0, section 2; RFC 8252, sections 7 and 8.4).

Each function gives what is wrong, to continue "the URI …", or "".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

from mockidp.oauth.uris import redirect_uri_problem

#: Names and addresses of the machine itself (RFC 8252, 7.3 and 8.3).
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def redirect_problem(uri: str, kind: str, *, is_implicit: bool, loopback: bool) -> str:
    """Of a redirect URI of a client that is ``web`` or ``native``.

    With ``loopback`` a web client may be on the machine of its tester.
    """
    problem = _problem(uri)
    if problem:
        return problem
    parts = urlsplit(uri)
    return _of_native(parts) if kind == "native" else _of_web(parts, is_implicit, loopback)


def _of_web(parts: SplitResult, is_implicit: bool, loopback: bool) -> str:
    if loopback and parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK:
        return ""
    if parts.scheme == "https":
        # "they MUST NOT use localhost as the hostname"
        is_local = is_implicit and parts.hostname == "localhost"
        return "leads to localhost, which no web client with implicit may" if is_local else ""
    if parts.scheme == "http":
        where = ", but on loopback" if loopback else ""
        return f"is http, and a web client must use https{where}"
    return f"has the scheme {parts.scheme}, which is for application_type native"


def _of_native(parts: SplitResult) -> str:
    if parts.scheme == "https":  # one that the operating system gives to the app: RFC 8252, 7.2
        return ""
    if parts.scheme == "http":
        is_here = parts.hostname in _LOOPBACK
        return "" if is_here else "is http, which a native client may use on loopback alone"
    # RFC 8252, 8.4: "any private-use URI scheme that doesn't contain a period character (".")
    # SHOULD be rejected"
    if "." in parts.scheme:
        return ""
    return (
        f"has the scheme {parts.scheme}, which is no reversed domain name such as com.example.app"
    )


def server_problem(uri: str, *, loopback: bool, fragment: bool = False) -> str:
    """Of an address that the provider asks, or a browser in its name: https, or with ``loopback``
    also http on this machine.
    """
    problem = _problem(uri.partition("#")[0] if fragment else uri)
    if problem:
        return problem
    parts = urlsplit(uri)
    if parts.scheme == "https":
        return ""
    if parts.scheme == "http" and loopback and parts.hostname in _LOOPBACK:
        return ""
    return f"has the scheme {parts.scheme}, not https"


def page_problem(uri: str) -> str:
    """Of a page or picture for people, which becomes a link: nothing that runs when it is followed.

    >>> page_problem("javascript:alert(1)")
    'has the scheme javascript, which no redirect may lead to'
    """
    problem = _problem(uri.partition("#")[0])
    if problem:
        return problem
    scheme = urlsplit(uri).scheme
    return "" if scheme in ("http", "https") else f"has the scheme {scheme}, not https or http"


def origin_of(uri: str) -> tuple[str, str, int | None]:
    """Scheme, host and port."""
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def hosts_of(uris: Sequence[str]) -> tuple[str, ...]:
    """The hosts of these URIs, each once."""
    return tuple(dict.fromkeys(urlsplit(uri).hostname or "" for uri in uris))


def _problem(uri: str) -> str:
    problem = redirect_uri_problem(uri)
    if problem:
        return problem
    try:
        urlsplit(uri)
    except ValueError:  # brackets that hold no address, as in "https://[::::]"
        return "has a host that is malformed (RFC 3986, 3.2.2)"
    return ""


_PORTS: Mapping[str, int] = MappingProxyType({"https": 443, "http": 80})
