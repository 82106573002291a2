"""A browser without a window: addresses of one provider, cookies and requests, as much of RFC 6265
and RFC 9110 as our pages need. It connects to the provider's lane, and to nothing else.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import string
from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Protocol
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit

from mockidp.control.journal import Journal
from mockidp.oauth.paths import is_below
from mockidp.records import dataclass

#: Seconds of real time, for one answer of a provider on this machine.
TIMEOUT = 30

_REDIRECTS = (301, 302, 303, 307, 308)
_USUAL_PORTS = {"http": 80, "https": 443}


class Provider(Protocol):
    """What the robot has to know of a provider: ``MockIdP`` is one."""

    @property
    def base_url(self) -> str: ...

    @property
    def ca_pem(self) -> str: ...

    @property
    def real_names(self) -> tuple[str, ...]: ...

    @property
    def journal(self) -> Journal: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back from an address of the provider."""

    url: str
    status: int
    #: Where it leads, in full; "" when it is no redirect.
    location: str
    content_type: str
    text: str
    #: What the developer should change, and the section that asks for it, where it is a refusal.
    hint: str = ""
    cites: str = ""

    @property
    def is_page(self) -> bool:
        return self.content_type.startswith("text/html")

    def __str__(self) -> str:
        return f"{self.status} at {self.url[:200]}"


class Cookies:
    """Those of one browser: each belongs to a host name, whatever the port (RFC 6265, 8.5)."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[str, str, bool]] = {}

    def take(self, url: SplitResult, lines: Iterable[str]) -> None:
        """Keep what the ``Set-Cookie`` headers of an answer say."""
        for line in lines:
            try:
                read: SimpleCookie = SimpleCookie(line)
            except CookieError:
                continue  # as a browser does: RFC 6265, 5.2
            for name, morsel in read.items():
                key = (url.hostname or "", name)
                if not morsel.value or morsel["max-age"] == "0":
                    self._known.pop(key, None)
                else:
                    self._known[key] = morsel.value, morsel["path"] or "/", bool(morsel["secure"])

    def header(self, url: SplitResult) -> str:
        """The ``Cookie`` header for this address; "" for none."""
        return "; ".join(
            f"{name}={value}"
            for (host, name), (value, path, secure) in self._known.items()
            if host == url.hostname
            and is_below(url.path or "/", path)
            and (not secure or url.scheme == "https")
        )

    def clear(self) -> None:
        self._known.clear()


class Browser:
    """Asks a provider at the addresses that it has, its real ones included."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        #: By whether the certificate has to be proven; making one takes milliseconds.
        self._contexts: dict[bool, ssl.SSLContext] = {}
        self.cookies = Cookies()

    @property
    def home(self) -> str:
        """Where the provider is."""
        return self._provider.base_url

    def base_of(self, url: str) -> str | None:
        """The provider's base address in the words of this one; None when it is not the
        provider's.
        """
        try:
            asked = _split(url)
        except ValueError:  # what cannot be an address, such as "https://["
            return None
        base = _split(self.home)
        if "@" in asked.netloc:
            return None  # nobody types a name and a password there
        if asked.scheme == "https" and asked.netloc in self._provider.real_names:
            return f"https://{asked.netloc}"
        names = (base.hostname, "localhost", "127.0.0.1")
        is_here = (asked.scheme, asked.port) == (base.scheme, base.port) and asked.hostname in names
        if not is_here or not is_below(asked.path, base.path):
            return None
        return f"{asked.scheme}://{asked.netloc}{base.path}"

    def ask(self, url: str, form: Mapping[str, str] | None = None) -> Response:
        """GET an address of the provider, or post a form to it.

        :raises OSError: when the provider does not answer.
        """
        asked = _split(url)
        headers = {"Host": asked.netloc, "Accept": "text/html"}
        if cookie := self.cookies.header(asked):
            headers["Cookie"] = cookie
        body: str | None = None
        if form is not None:
            # As a browser says it where the page's policy does not forbid to.
            headers["Origin"] = f"{asked.scheme}://{asked.netloc}"
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form)
        connection = self._connect(asked.hostname or "")
        try:
            target = (asked.path or "/") + (f"?{asked.query}" if asked.query else "")
            connection.request("GET" if form is None else "POST", target, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        self.cookies.take(asked, answer.headers.get_all("set-cookie", []))
        location = answer.headers.get("location", "") if answer.status in _REDIRECTS else ""
        hint, cites = self._why(asked, answer.status) if answer.status >= 400 else ("", "")
        return Response(
            url=asked.geturl(),
            status=answer.status,
            location=_absolute(location, asked.geturl()) if location else "",
            content_type=answer.headers.get("content-type", ""),
            text=text,
            hint=hint,
            cites=cites,
        )

    def _why(self, asked: SplitResult, status: int) -> tuple[str, str]:
        """What the journal says of a refusal: not every provider has a page that could."""
        for entry in reversed(self._provider.journal.entries):
            if entry.status == status and asked.path.endswith(entry.path):
                return entry.hint, entry.cites
        return "", ""

    def _connect(self, name: str) -> http.client.HTTPConnection:
        """To the lane, whatever the address says; a real name is what the certificate must have.
        At its own address the lane may have a certificate of the user's, whose CA nobody knows.
        """
        base = _split(self.home)
        host, port = base.hostname or "", base.port or _USUAL_PORTS[base.scheme]
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        connection.connect()
        if base.scheme == "https":
            context = self._context(is_proof_wanted=name in self._provider.real_names)
            plain: socket.socket = connection.sock
            try:
                connection.sock = context.wrap_socket(plain, server_hostname=name)
            except BaseException:
                plain.close()
                raise
        return connection

    def _context(self, *, is_proof_wanted: bool) -> ssl.SSLContext:
        made = self._contexts.get(is_proof_wanted)
        if made is None:
            made = ssl.create_default_context(cadata=self._provider.ca_pem)
            if not is_proof_wanted:
                made.check_hostname = False
                made.verify_mode = ssl.CERT_NONE
            self._contexts[is_proof_wanted] = made
        return made


def _absolute(location: str, base: str) -> str:
    # What is absolute stays as it is written, to the letter.
    return location if urlsplit(location).scheme else urljoin(base, location)


def _split(url: str) -> SplitResult:
    """An address as a browser sends it: in small letters where they are equal, without the port
    that goes without saying, without the fragment, and in ASCII.
    """
    parts = urlsplit(url)
    scheme, netloc = parts.scheme.lower(), parts.netloc.lower()
    if parts.port is not None and parts.port == _USUAL_PORTS.get(scheme):
        netloc = netloc.removesuffix(f":{parts.port}")
    path, query = (quote(text, safe=string.punctuation) for text in (parts.path, parts.query))
    return SplitResult(scheme, netloc, path, query, "")
