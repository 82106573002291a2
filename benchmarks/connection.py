"""A client's side of a kept-alive connection, lean enough not to be what is measured.

It has a processor for itself and asks its socket again and again: to wake a client that sleeps is
work of whoever sends to it, and on a virtual machine as much as a tenth of a token. It sends head
and body in one piece, as browsers do.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Connection:
    """One connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)

    def send(self, request: bytes) -> None:
        """A whole request, as bytes."""
        self._socket.sendall(request)

    def receive(self) -> tuple[bytes, bytes]:
        """Head and body of the next response; it must have a Content-Length."""
        received = b""
        while True:
            piece = self._next_piece()
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

    def _next_piece(self) -> bytes:
        while True:
            try:
                return self._socket.recv(65536)
            except BlockingIOError:
                os.sched_yield()  # to the server, where there is only one processor


def request_of(
    method: str, path: str, port: int, headers: Mapping[str, str], form: str | None = None
) -> bytes:
    """A request with or without a form, as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if form is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"]
    return "\r\n".join([*lines, "", form or ""]).encode()
