"""What HTTP itself refuses before any application is asked: the limits, the record of one refusal,
and the answer on the wire (RFC 9110, section 15.5; RFC 6585, section 5).
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence
from http import HTTPStatus
from typing import TypeAlias

from mockidp.records import dataclass

RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]

BAD_REQUEST = HTTPStatus.BAD_REQUEST
REQUEST_TIMEOUT = HTTPStatus.REQUEST_TIMEOUT
HEAD_TOO_LARGE = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a client may ask of a connection; times in seconds of real time, sizes in bytes."""

    head_bytes: int = 64 * 1024
    head_timeout: float = 30.0
    body_timeout: float = 30.0
    keep_alive_timeout: int = 75
    linger_timeout: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One request that never became one: `reason` is a sentence for the developer of the client."""

    status: int
    reason: str
    peer: str
    #: What was asked for, where that is known.
    method: str = "?"
    path: str = "?"


class BadHead(Exception):
    """A head that can be parsed and is wrong all the same; the text is a sentence for the
    developer of the client.
    """


def answer(status: HTTPStatus, date: bytes, text: str = "", headers: RawHeaders = ()) -> bytes:
    """The whole response to a refused request. It ends the connection (RFC 9112, section 9.6)."""
    body = f"{text or f'{status.value} {status.phrase}'}\n".encode()
    head = (
        b"HTTP/1.1 %d %s\r\ndate: %s\r\ncontent-type: text/plain; charset=utf-8\r\n"
        b"content-length: %d\r\nconnection: close\r\n%s\r\n"
    )
    further = b"".join(b"%s: %s\r\n" % header for header in headers)
    return head % (status.value, status.phrase.encode(), date, len(body), further) + body


#: The one header of a request that it must have (RFC 9112, section 3.2), as it is written.
_HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*")


def check_host(headers: RawHeaders, version: str) -> None:
    """:raises BadHead: unless a request has one Host, which HTTP/1.0 did not know yet."""
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) == 1 and _HOST.fullmatch(hosts[0]):
        return
    if not hosts and version == "1.0":
        return
    found = "no Host header" if not hosts else f"{len(hosts)} Host headers"
    if len(hosts) == 1:
        raise BadHead("The Host header is not a host and a port (RFC 9112, 3.2).")
    raise BadHead(f"The request has {found}: HTTP/1.1 asks for exactly one (RFC 9112, 3.2).")


#: What clients say that do not like the certificate (RFC 8446, 6.2), in OpenSSL's words.
_DISTRUST = ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN", "UNSUPPORTED_CERTIFICATE")


def explain_no_handshake(first: bytes) -> str:
    """Why these bytes begin no TLS handshake."""
    word = first.split(b" ", 1)[0]
    if word.isalpha() and word.isupper():  # a method
        return "The client speaks plain HTTP to a TLS port: use https:// in the URL it was given."
    return "What arrived at the TLS port is no TLS handshake."


def explain_handshake(problem: OSError) -> str:
    """What ended a TLS handshake; OpenSSL's complaint is an OSError too."""
    if not isinstance(problem, ssl.SSLError):
        return (
            "The client closed the connection in the TLS handshake. Most often it does not trust "
            "the certificate: make it trust the CA of mockidp, and use a name that is served."
        )
    complaint = problem.reason or str(problem)
    if complaint.endswith(_DISTRUST):
        return (
            f"The client refused the certificate ({complaint}): make it trust the CA of mockidp, "
            "and use a name that is served."
        )
    return f"The TLS handshake failed: {complaint}."


def explain_garbage(first: bytes, complaint: str) -> str:
    """Why these bytes are no HTTP request; `complaint` is the parser's word for it."""
    if first.startswith(b"\x16\x03"):  # RFC 8446, 5.1: a TLS handshake record
        return "The client speaks TLS to a plain HTTP port: use http:// in the URL it was given."
    if first.startswith(b"PRI * HTTP/2"):  # RFC 9113, 3.4: the connection preface
        return "The client speaks HTTP/2 without asking first; this port speaks HTTP/1.1 only."
    if first.startswith(b"CONNECT "):  # RFC 9110, 9.3.6
        return "The client takes this port for a proxy (CONNECT); it is the provider itself."
    return f"What arrived is not HTTP/1.1: {complaint}."
