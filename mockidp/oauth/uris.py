"""Redirect URIs and issuers: what they may be, when two are the same and how they differ (RFC 6749,
section 3.1.2; RFC 8252, section 7.3; RFC 9700, section 4.1.3; OpenID Discovery 1.0, section 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

# RFC 3986, appendix B. It fits every text, so a broken URI is described instead of raising.
_SPLIT = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?((?:[/?].*)?)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]|%[01][0-9A-Fa-f]|%7[Ff]")
_NO_URI_CHARACTER = re.compile(r'["<>^`{|}]')
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Servers differ on whether they decode the path before they cut it, so both ways are looked at.
_PATH_SEPARATOR = re.compile(r"/|%2[Ff]|%5[Cc]")
_ENCODED_DOT = re.compile(r"%2[Ee]")

#: Schemes whose "redirect" runs or opens something on the user's machine.
_DANGEROUS_SCHEMES = frozenset({"javascript", "data", "vbscript", "file"})
_WEB_SCHEMES = frozenset({"http", "https"})
_DEFAULT_PORTS = {"http": "80", "https": "443"}

#: A hint shows no more of a URI than this, and no more URIs than so many.
_LONGEST_SHOWN = 200
_MOST_SHOWN = 10


class _Parts(NamedTuple):
    scheme: str | None
    authority: str | None
    path: str
    query: str | None
    fragment: str | None

    @property
    def host(self) -> str:
        """With user information, if there is any."""
        return _host_and_port(self.authority or "")[0]

    @property
    def port(self) -> str | None:
        return _host_and_port(self.authority or "")[1]


def redirect_uri_problem(uri: str) -> str | None:
    """Why this may never be a redirect URI, or None. The text continues "the redirect URI …".

    Private-use schemes are fine (RFC 8252, 7.1). Whether a client registered it is not asked here.

    >>> redirect_uri_problem("https://app.example/cb#top")
    'has a fragment (RFC 6749, 3.1.2)'
    >>> redirect_uri_problem("com.example.app:/cb") is None
    True
    """
    parts = _split(uri)
    return (
        _text_problem(uri)
        or _scheme_problem(parts)
        or ("has a fragment (RFC 6749, 3.1.2)" if parts.fragment is not None else None)
        or _authority_problem(parts)
        or _path_problem(parts.path)
    )


def issuer_problem(issuer: str) -> str | None:
    """Why this may not be an issuer identifier, or None. The text continues "the issuer …".

    Plain http is not refused: a provider for tests listens on loopback.

    >>> issuer_problem("https://idp.example/?tenant=1")
    'has a query (OpenID Connect Discovery 1.0, 3)'
    """
    parts = _split(issuer)
    problem = _text_problem(issuer) or _scheme_problem(parts)
    if problem:
        return problem
    if (parts.scheme or "").lower() not in _WEB_SCHEMES:
        return "has a scheme other than https or http (OpenID Connect Discovery 1.0, 3)"
    for name, part in (("query", parts.query), ("fragment", parts.fragment)):
        if part is not None:
            return f"has a {name} (OpenID Connect Discovery 1.0, 3)"
    return _authority_problem(parts) or _path_problem(parts.path)


def match_redirect_uri(uri: str, registered: Sequence[str]) -> bool:
    """Whether the URI is one of the registered ones, character by character (RFC 9700, 4.1.3).

    The one exception: with http and the literal 127.0.0.1 or [::1] any port fits (RFC 8252, 7.3).

    >>> match_redirect_uri("http://127.0.0.1:51004/cb", ["http://127.0.0.1/cb"])
    True
    >>> match_redirect_uri("http://localhost:51004/cb", ["http://localhost/cb"])
    False
    """
    if uri in registered:
        return True
    portless = _without_loopback_port(uri)
    return portless is not None and any(
        portless == _without_loopback_port(candidate) for candidate in registered
    )


def redirect_uri_difference(
    uri: str, registered: Sequence[str], *, is_loopback_port_free: bool = True
) -> str:
    """The hint for a URI that matches none: the one thing that differs, or else what is registered.

    Where a URI is repeated, as at the token endpoint, the port of a loopback URI counts too.

    >>> redirect_uri_difference("https://app.example/cb/", ["https://app.example/cb"])
    'redirect_uri differs from the registered https://app.example/cb only by a trailing slash'
    """
    if not registered:
        return "redirect_uri cannot match: the client has no redirect URI registered"
    # From the finest difference to the coarsest: the nearest candidate is the one that was meant.
    for said, core in _DIFFERENCES:
        comparable = _comparable if is_loopback_port_free else str
        sent = core(comparable(uri))
        for candidate in registered:
            if sent == core(comparable(candidate)):
                return (
                    f"redirect_uri differs from the registered {_cut(candidate)} only by"
                    f" {said(_split(uri), _split(candidate))}"
                )
    shown = ", ".join(_cut(candidate) for candidate in registered[:_MOST_SHOWN])
    more = f" and {len(registered) - _MOST_SHOWN} more" if len(registered) > _MOST_SHOWN else ""
    return f"redirect_uri {_cut(uri)} is not registered; registered: {shown}{more}"


def origin_of(uri: str) -> str:
    """Scheme, host and port as a browser writes them (RFC 6454, 6.2); "" for a URI of an
    application, which has none.

    >>> origin_of("https://App.example:443/cb")
    'https://app.example'
    """
    try:
        parts = urlsplit(uri)
    except ValueError:  # brackets that do not match, as in "https://["
        return ""
    if parts.scheme not in _WEB_SCHEMES:
        return ""
    host = parts.netloc.rpartition("@")[2].lower()
    default = f":{_DEFAULT_PORTS[parts.scheme]}"
    return f"{parts.scheme}://{host.removesuffix(default)}"


def host_of(uri: str) -> str:
    """The host in small letters, without the port; "" where there is none that can be read.

    >>> host_of("https://App.example:8443/cb"), host_of("https://[::::]/"), host_of("com.app:/cb")
    ('app.example', '', '')
    """
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def _split(uri: str) -> _Parts:
    match = _SPLIT.fullmatch(uri)
    assert match is not None, "the pattern fits every text"
    return _Parts(*match.groups())


def _host_and_port(authority: str) -> tuple[str, str | None]:
    host, colon, port = authority.rpartition(":")
    # The colons of [::1] and of user:password@host are not those of a port.
    return (host, port) if colon and re.fullmatch("[0-9]*", port) else (authority, None)


def _without_loopback_port(uri: str) -> tuple[str, str] | None:
    match = _LOOPBACK.fullmatch(uri)
    if match is None or int(match[2] or 0) > 65535:
        return None
    return match[1], match[3]


def _comparable(uri: str) -> str:
    """The port of a loopback URI never makes a difference, so it is left out."""
    portless = _without_loopback_port(uri)
    return uri if portless is None else f"http://{portless[0]}{portless[1]}"


def _text_problem(uri: str) -> str | None:
    if not uri:
        return "is empty"
    if not uri.isascii():
        return "has a character outside ASCII: percent-encode it, or use punycode in a host"
    if "\\" in uri:
        return "has a backslash, which browsers read as a slash"
    if " " in uri:
        return "has a space: it is written %20"
    if _CONTROL.search(uri):
        return "has a control character"
    foreign = _NO_URI_CHARACTER.search(uri)
    if foreign:
        return f"has the character {foreign[0]}, which must be percent-encoded (RFC 3986, 2)"
    if _BROKEN_ESCAPE.search(uri):
        return "has a '%' without two hexadecimal digits (RFC 3986, 2.1)"
    return None


def _scheme_problem(parts: _Parts) -> str | None:
    if parts.scheme is None or not _SCHEME.fullmatch(parts.scheme):
        return "is not absolute: it does not begin with a scheme (RFC 6749, 3.1.2)"
    # "localhost:8000/cb" is, by its letters, a URI with the scheme "localhost".
    if parts.authority is None and re.match(r"[0-9]+(?:/|$)", parts.path):
        return "is not absolute: the scheme before host and port is missing (RFC 6749, 3.1.2)"
    if parts.scheme.lower() in _DANGEROUS_SCHEMES:
        return f"has the scheme {parts.scheme.lower()}, which no redirect may lead to"
    return None


def _authority_problem(parts: _Parts) -> str | None:
    if "@" in (parts.authority or ""):
        return "has user information before the host"
    if (parts.scheme or "").lower() not in _WEB_SCHEMES:
        return None
    if not parts.host:
        return "has no host"
    if "*" in parts.host:
        return "has a wildcard in the host: only whole URIs are compared (RFC 9700, 4.1.3)"
    match = _HOST_AND_PORT.fullmatch(parts.authority or "")
    if match is None or int(match[2] or 0) > 65535:
        return "has a host or a port that is malformed (RFC 3986, 3.2)"
    return None


def _path_problem(path: str) -> str | None:
    for segment in _PATH_SEPARATOR.split(path):
        if _ENCODED_DOT.sub(".", segment) in (".", ".."):
            return "has a dot segment ('.' or '..', encoded or not) in its path"
    return None


# Each difference has a text and a core: two URIs with the same core differ in nothing else.
_Said = Callable[[_Parts, _Parts], str]
_Core = Callable[[str], object]


def _fixed(text: str) -> _Said:
    return lambda sent, known: text


def _of_case(sent: _Parts, known: _Parts) -> str:
    places = [
        name
        for name, one, other in (
            ("scheme", sent.scheme, known.scheme),
            ("host", sent.authority, known.authority),
            ("path", sent.path, known.path),
            ("query", sent.query, known.query),
            ("fragment", sent.fragment, known.fragment),
        )
        if one != other
    ]
    return f"the letter case of the {' and the '.join(places)}"


def _of_encoding(sent: _Parts, known: _Parts) -> str:
    # "https%3A%2F%2Fapp.example" was encoded by hand and then again by the HTTP library.
    return "percent-encoding" + ("" if sent.scheme else ": it was encoded twice")


def _of_scheme(sent: _Parts, known: _Parts) -> str:
    return f"the scheme ({sent.scheme} instead of {known.scheme})"


def _of_port(sent: _Parts, known: _Parts) -> str:
    said = f"the port ({sent.port or 'none'} instead of {known.port or 'none'})"
    if sent.host == "localhost":
        said += "; any port will do for 127.0.0.1 and [::1], not for localhost (RFC 8252, 7.3)"
    return said


def _of_host(sent: _Parts, known: _Parts) -> str:
    return f"the host ({_cut(sent.host)} instead of {_cut(known.host)})"


def _of_query(sent: _Parts, known: _Parts) -> str:
    ours, theirs = _query(sent), _query(known)
    extra = [name for name in ours if name not in theirs]
    absent = [name for name in theirs if name not in ours]
    other = [name for name in ours if name in theirs and ours[name] != theirs[name]]
    said = [
        f"{verb} {'parameter' if len(names) == 1 else 'parameters'}"
        f" {', '.join(repr(_cut(name)) for name in names[:_MOST_SHOWN])}"
        for verb, names in (
            ("the additional query", extra),
            ("the missing query", absent),
            ("the value of the query", other),
        )
        if names
    ]
    return " and ".join(said) or "the order or the spelling of the query parameters"


def _query(parts: _Parts) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(parts.query or "", keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def _without_default_port(uri: str) -> object:
    parts = _split(uri)
    port = None if parts.port == _DEFAULT_PORTS.get(parts.scheme or "") else parts.port
    return parts._replace(authority=None), parts.host, port


def _without_user(uri: str) -> object:
    parts = _split(uri)
    return parts._replace(authority=(parts.authority or "").rpartition("@")[2])


def _without_trailing_slash(uri: str) -> object:
    parts = _split(uri)
    return parts._replace(path=parts.path.removesuffix("/"))


def _without_port(uri: str) -> object:
    return _split(uri)._replace(authority=None), _split(uri).host


def _without_host(uri: str) -> object:
    return _split(uri)._replace(authority=None), _split(uri).port


_DIFFERENCES: tuple[tuple[_Said, _Core], ...] = (
    (_fixed("white space around it"), str.strip),
    (_fixed("a trailing slash"), _without_trailing_slash),
    (_fixed("its fragment"), lambda uri: _split(uri)._replace(fragment=None)),
    (_fixed("the default port, which is written out in one of them"), _without_default_port),
    (_of_case, str.lower),
    (_of_encoding, unquote),
    (_fixed("user information before the host"), _without_user),
    (_of_scheme, lambda uri: _split(uri)._replace(scheme=None)),
    (_of_port, _without_port),
    (_of_query, lambda uri: _split(uri)._replace(query=None)),
    (_of_host, _without_host),
    (_fixed("the host and the port"), lambda uri: _split(uri)._replace(authority=None)),
    (_fixed("the path"), lambda uri: _split(uri)._replace(path="")),
)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
