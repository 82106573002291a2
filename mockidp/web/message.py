"""A request as endpoints see it, and an answer as they give it: plain data around the ASGI
messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from starlette.types import Receive, Scope, Send

from mockidp.control.outgoing import Post
from mockidp.issuer import Place
from mockidp.model.client import Client
from mockidp.records import dataclass

_LONG_SECRET = 8

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    #: Path within the provider, decoded.
    path: str
    query: bytes
    headers: RawHeaders
    body: bytes = field(repr=False)
    #: Where the lane was asked.
    place: Place
    #: Address of the caller.
    ip: str | None

    def header(self, name: bytes) -> str | None:
        """The first value of a header; the name in lower case."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return None

    def every(self, name: bytes) -> tuple[str, ...]:
        """All values of a header, each as it was sent; the name in lower case."""
        return tuple(value.decode("latin-1") for key, value in self.headers if key == name)

    def times(self, name: bytes) -> int:
        """How often a header was sent; the name in lower case."""
        return sum(key == name for key, _ in self.headers)

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters, in lower case."""
        return (self.header(b"content-type") or "").partition(";")[0].strip().lower()


@dataclass(slots=True)
class Answer:
    """Status, headers and ready bytes."""

    status: int
    headers: RawHeaders = field(default_factory=list)
    body: bytes = b""
    #: What is sent to others before it leaves.
    posts: tuple[Post, ...] = ()

    async def send(self, send: Send, rest: Receive | None = None, *, is_head: bool = False) -> None:
        """Write it; to HEAD, without the body (RFC 9110, 9.3.2).

        With ``rest``, the unread rest of the request is read and thrown away before the answer
        ends: closing earlier would reset the connection of a client that is still sending, and it
        would never read the answer (RFC 9112, 9.6).
        """
        headers = [*self.headers]
        if self.status not in (204, 304):  # RFC 9110, 8.6
            headers.append((b"content-length", str(len(self.body)).encode()))
        body = b"" if is_head else self.body
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        if rest is not None:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            while (await rest()).get("more_body", False):
                pass
        await send({"type": "http.response.body", "body": b"" if rest else body})


def without_secrets(text: str, clients: Iterable[Client]) -> str:
    """The text for the journal: what a client sent, without any client's secret."""
    for client in clients:
        text = _without(client.client_secret, text)
        if client.attributes:
            text = _without(client.attributes.get("api_key"), text)
    return text


def _without(secret: object, text: str) -> str:
    # A very short secret is part of many an innocent word.
    if not isinstance(secret, str) or not secret:
        return text
    is_there = secret == text or (len(secret) >= _LONG_SECRET and secret in text)
    return text.replace(secret, "***") if is_there else text


def host_of(scope: Scope) -> str:
    """The Host header; "" when there is none."""
    for key, value in scope["headers"]:
        if key == b"host":
            host: bytes = value
            return host.decode("latin-1")
    return ""
