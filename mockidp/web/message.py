"""A request as endpoints see it, and an answer as they give it: plain data around the ASGI
messages.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.types import Scope, Send

from mockidp.issuer import Place

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

    async def send(self, send: Send, *, close: bool = False) -> None:
        headers = [*self.headers, (b"content-length", str(len(self.body)).encode())]
        if close:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def host_of(scope: Scope) -> str:
    """The Host header; "" when there is none."""
    for key, value in scope["headers"]:
        if key == b"host":
            host: bytes = value
            return host.decode("latin-1")
    return ""
