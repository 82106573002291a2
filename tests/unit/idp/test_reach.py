"""What HTTP itself refuses, in the journal of the provider that was asked."""

from __future__ import annotations

import socket

import pytest

from mockidp import MockIdP, MockServer

SECRET = "the-secret-of-the-app"


def address_of(idp: MockIdP) -> tuple[str, int]:
    host, _, port = idp.base_url.removeprefix("http://").partition(":")
    return host, int(port)


def test_what_escapes_the_application_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("mockidp.web.routing.Paths.find", fail)
    with MockIdP(config={}) as idp:
        with socket.create_connection(address_of(idp), timeout=60) as client:
            client.sendall(b"GET /token HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 500 ")
        assert "note: mockidp failed: RuntimeError: a defect" in idp.journal.render()
        assert [str(problem) for problem in idp.journal.failures] == ["a defect"]


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/token", "/token"),
        ("/token?client_secret=wr0ng", "/token"),
        ("/token;client_secret=wr0ng", "/token;client_secret=***"),
        ("/api/eyJhbGciOiJub25lIn0.eyJhIjoxfQ.wr0ng", "/api/***"),
        ("/api/Basic%20YXBwOndyMG5n", "/api/Basic ***"),
        ("/api%5Fkey%3Dwr0ng/x", "/api_key=***"),
        (f"/token/{SECRET}", "/token/***"),
        (f"/{'x' * 490}{SECRET}", f"/{'x' * 490}***"),
        ("/%0A%FF", "/\n\ufffd"),
    ],
)
def test_its_path_holds_no_secret(target: str, shown: str) -> None:
    app = {"client_id": "app", "client_secret": SECRET}
    with MockIdP(config={}, clients=[app]) as idp:
        with socket.create_connection(address_of(idp), timeout=60) as client:
            client.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 400 ")
        assert idp.journal.last.path == shown


def test_a_server_knows_the_secrets_of_all_its_providers() -> None:
    with MockServer(["openid", "proz"], config={}) as server:
        host, _, port = server.base_url.removeprefix("http://").partition(":")
        secret = server["proz"].client.client_secret
        with socket.create_connection((host, int(port)), timeout=60) as client:
            client.sendall(f"GET /proz/{secret} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 400 ")
        assert server.journal.last.path == "/proz/***"
