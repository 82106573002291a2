"""A request has exactly one Host header (RFC 9112, section 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.hosting.conftest import Connect, Served


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"GET /a?code=x HTTP/1.1\r\n\r\n", "The request has no Host header"),
        (
            b"GET /a?code=x HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\n",
            "The request has 2 Host headers",
        ),
        (
            b"GET /a?code=x HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n",
            "The request has 2 Host headers",
        ),
        (b"GET /a?code=x HTTP/1.0\r\nhost: a\r\nhost: b\r\n\r\n", "The request has 2 Host headers"),
        (b"GET /a?code=x HTTP/1.1\r\nhost: a/b\r\n\r\n", "The Host header is not a host and"),
        (b"GET /a?code=x HTTP/1.1\r\nhost: u@b\r\n\r\n", "The Host header is not a host and"),
    ],
    ids=["none", "two", "two equal ones", "two in HTTP/1.0", "a path", "a user"],
)
def test_anything_but_one_host_is_refused(
    served: Served, connect: Connect, head: bytes, reason: str
) -> None:
    received = connect(served).send(head + b"GET /b HTTP/1.1\r\nhost: a\r\n\r\n").read_all()
    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert received.count(b"HTTP/1.1 ") == 1
    refusal = served.refusals.get_nowait()
    assert (refusal.status, refusal.method, refusal.path) == (400, "GET", "/a")
    assert refusal.reason.startswith(reason)
    assert "RFC 9112, 3.2" in refusal.reason
    assert served.refusals.empty()
    assert served.application.ends.empty()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /a HTTP/1.0\r\n\r\n",
        b"GET /a HTTP/1.1\r\nhost:\r\nconnection: close\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: [::1]:8400\r\nconnection: close\r\n\r\n",
    ],
    ids=["HTTP/1.0 has none", "an empty one", "an address"],
)
def test_these_are_served(served: Served, connect: Connect, head: bytes) -> None:
    assert connect(served).send(head).read_all().startswith(b"HTTP/1.1 200 OK\r\n")


def test_the_second_request_of_a_connection_is_checked_too(
    served: Served, connect: Connect
) -> None:
    two = b"GET /a HTTP/1.1\r\nhost: a\r\n\r\nGET /b HTTP/1.1\r\n\r\n"
    received = connect(served).send(two).read_all()
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"HTTP/1.1 400 Bad Request\r\n" in received
    assert served.refusals.get_nowait().path == "/b"
