"""One request to somebody else with the standard library, within limits of time, size, redirects
and addresses (RFC 9110; RFC 9101, 10.4.1 says what may happen without them).

It blocks, so it is called in a thread. The address is looked up once and connected to as it was
checked: a name that means something else a moment later is of no use. Proxies of the environment
are not asked.
"""

from __future__ import annotations

import io
import re
import socket
import ssl
from dataclasses import field
from http.client import HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, cast
from urllib.parse import SplitResult, urljoin, urlsplit

from mockidp.clock import real_monotonic
from mockidp.config.outgoing import Outgoing
from mockidp.control.outgoing import shown
from mockidp.records import dataclass

_URL = re.compile(r"[!-~]+")
_REDIRECTS = (301, 302, 303, 307, 308)
_PORTS = {"https": 443, "http": 80}
_TRANSLATED = IPv6Network("64:ff9b::/96")
#: Octets of an answer around its body: a head, and the sizes of chunks.
_MOST_AROUND = 1024 * 1024


class NoAnswer(Exception):
    """Why there is no answer, or none that may be used: a hint for the developer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    body: bytes = field(repr=False)
    location: str = ""


class Deadline:
    """The real moment at which everything must be over."""

    def __init__(self, seconds: float) -> None:
        self._now = real_monotonic()
        self._end = self._now() + seconds

    def left(self) -> float:
        """Seconds left.

        :raises TimeoutError: when there are none.
        """
        left = self._end - self._now()
        if left <= 0:
            raise TimeoutError
        return left


def ask(
    policy: Outgoing,
    method: str,
    url: str,
    *,
    body: bytes = b"",
    content_type: str = "",
    accept: str = "*/*",
) -> Reply:
    """Send a request and read the whole answer; redirects are followed for GET alone.

    :raises NoAnswer: saying what to change.
    """
    deadline = Deadline(policy.timeout)
    head = {"Accept": accept, "User-Agent": "mockidp"}
    if content_type:
        head |= {"Content-Type": content_type, "Content-Length": str(len(body))}
    for followed in range(policy.max_redirects + 1):
        try:
            reply = _ask_once(policy, deadline, method, url, head, body)
        except TimeoutError:
            hint = f"no whole answer within {policy.timeout:g} s (outgoing.timeout)"
            raise NoAnswer(hint) from None
        if reply.status not in _REDIRECTS or method != "GET" or not reply.location:
            return reply
        if followed == policy.max_redirects:
            break
        url = urljoin(url, reply.location)
    raise NoAnswer(
        f"it redirects to {shown(reply.location)!r}; outgoing.max_redirects is "
        f"{policy.max_redirects}"
    )


def _ask_once(
    policy: Outgoing,
    deadline: Deadline,
    method: str,
    url: str,
    head: dict[str, str],
    body: bytes,
) -> Reply:
    parts, port = _parse(url)
    assert parts.hostname is not None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in head.items()]
    message = "\r\n".join([*lines, "", ""]).encode() + body
    try:
        plain = _connect(policy, deadline, parts.scheme, parts.hostname, port)
        with plain, _secured(policy, deadline, plain, parts) as connection:
            connection.settimeout(deadline.left())
            connection.sendall(message)
            return _read(policy, deadline, connection, method)
    except TimeoutError:
        raise
    except ssl.SSLCertVerificationError as problem:
        raise NoAnswer(
            f"its certificate is not trusted ({problem.verify_message}): name its CA in "
            "outgoing.ca_file, or set outgoing.verify = 'do not verify'"
        ) from None
    except (HTTPException, ValueError) as problem:
        raise NoAnswer(f"the answer is no HTTP: {type(problem).__name__}") from None
    except OSError as problem:
        raise NoAnswer(f"it cannot be reached: {problem.strerror or problem}") from None


def _parse(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NoAnswer("the URL is malformed (RFC 3986)") from None
    if not _URL.fullmatch(url) or "\\" in url or not parts.hostname or "@" in parts.netloc:
        raise NoAnswer("the URL has no host, user information, or characters that no URL has")
    if parts.scheme not in _PORTS:
        raise NoAnswer(f"the scheme is {parts.scheme!r}; https is asked, and http on loopback")
    return parts, _PORTS[parts.scheme] if port is None else port


def _connect(
    policy: Outgoing, deadline: Deadline, scheme: str, host: str, port: int
) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    deadline.left()
    good = [one for one in found if not _problem(policy, scheme, str(one[4][0]))]
    if not good:
        addresses = ", ".join(dict.fromkeys(str(one[4][0]) for one in found[:4]))
        raise NoAnswer(f"{host} is {addresses}: {_problem(policy, scheme, str(found[0][4][0]))}")
    last: OSError = ConnectionError("no address")
    for family, kind, protocol, _, address in good:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(deadline.left())
            connection.connect(address)
        except OSError as problem:
            connection.close()
            if isinstance(problem, TimeoutError):
                raise
            last = problem
        else:
            return connection
    raise last


def _problem(policy: Outgoing, scheme: str, address: str) -> str:
    """Why this address is not asked; "" when it is."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return ""
    if policy.addresses == "loopback":
        return "only loopback is asked; set outgoing.addresses = 'any'"
    if scheme != "https":
        return "http is for loopback alone: use https"
    return "such an address is never asked" if _is_special(ip) else ""


def _is_special(ip: IPv4Address | IPv6Address) -> bool:
    # Where clouds keep the credentials of their machines: 169.254.169.254, fd00:ec2::254.
    if ip == IPv6Address("fd00:ec2::254"):
        return True
    inside = _inside(ip) if isinstance(ip, IPv6Address) else None
    return (
        ip.is_link_local
        or ip.is_multicast
        or ip.is_unspecified
        or bool(inside and _is_special(inside))
    )


def _inside(ip: IPv6Address) -> IPv4Address | None:
    """The address that a translator on the way makes of it (RFC 6052, 2.1; RFC 3056, 2)."""
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _TRANSLATED else ip.sixtofour


def _secured(
    policy: Outgoing, deadline: Deadline, plain: socket.socket, parts: SplitResult
) -> socket.socket:
    if parts.scheme != "https":
        return plain
    context = ssl.create_default_context()
    if policy.ca_file:
        context.load_verify_locations(policy.ca_file)
    if policy.verify == "do not verify":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    plain.settimeout(deadline.left())
    return context.wrap_socket(plain, server_hostname=parts.hostname)


def _read(policy: Outgoing, deadline: Deadline, connection: socket.socket, method: str) -> Reply:
    # It wants of a socket no more than a file to read.
    limited = _Limited(connection, deadline, policy.max_bytes + _MOST_AROUND)
    response = HTTPResponse(cast("socket.socket", limited), method=method)
    response.begin()
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        raise NoAnswer("the answer is compressed, although nobody asked for that")
    too_large = f"the answer has more than {policy.max_bytes} bytes (outgoing.max_bytes)"
    if (response.length or 0) > policy.max_bytes:
        raise NoAnswer(too_large)
    body = response.read(policy.max_bytes + 1)
    if len(body) > policy.max_bytes:
        raise NoAnswer(too_large)
    if response.length:
        raise NoAnswer(f"the answer breaks off {response.length} bytes before its end")
    location = response.getheader("Location") or ""
    return Reply(status=response.status, body=body, location=location)


class _Limited(io.RawIOBase):
    """A connection as a file, each read within what is left of the time and of so many octets: an
    answer that dribbles in byte by byte ends all the same, and so does a chunk of the size -1,
    which http.client reads as far as it gets.
    """

    def __init__(self, connection: socket.socket, deadline: Deadline, octets: int) -> None:
        super().__init__()
        self._connection = connection
        self._deadline = deadline
        self._left = octets

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._deadline.left())
        size = self._connection.recv_into(buffer)
        self._left -= size
        if self._left < 0:
            raise NoAnswer("the answer is much larger than outgoing.max_bytes allows")
        return size
