"""A client's side of a kept-alive connection, lean enough not to be what is measured.

It waits at a plain socket: on a machine of few processors an event loop here would take time from
the server. It sends head and body in one piece, as browsers do: two would wake the server twice.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Connection:
    """One connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> None:
        """A whole request, as bytes."""
        self._socket.sendall(request)

    def receive(self) -> tuple[bytes, bytes]:
        """Head and body of the next response; it must have a Content-Length."""
        received = b""
        while True:
            piece = self._socket.recv(65536)
            if not piece:
                raise RuntimeError("the server closed the connection")
            received += piece
            head, end, body = received.partition(b"\r\n\r\n")
            if end:
                length = _LENGTH.search(head)
                if length is None:
                    raise RuntimeError(f"no length: {head!r}")
                if len(body) >= int(length[1]):
                    return head, body


def request_of(
    method: str, path: str, port: int, headers: Mapping[str, str], form: str | None = None
) -> bytes:
    """A request with or without a form, as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if form is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"]
    return "\r\n".join([*lines, "", form or ""]).encode()
