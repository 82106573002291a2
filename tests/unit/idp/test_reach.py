"""What HTTP itself refuses, in the journal of the provider that was asked."""

from __future__ import annotations

import socket

import pytest

from mockidp import MockIdP


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/token", "/token"),
        ("/token?client_secret=wr0ng", "/token"),
        ("/token;client_secret=wr0ng", "/token;client_secret=***"),
        ("/api/eyJhbGciOiJub25lIn0.eyJhIjoxfQ.wr0ng", "/api/***"),
    ],
)
def test_its_path_holds_no_secret(target: str, shown: str) -> None:
    with MockIdP(config={}) as idp:
        host, _, port = idp.base_url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=20) as client:
            client.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 400 ")
        assert idp.journal.last.path == shown
