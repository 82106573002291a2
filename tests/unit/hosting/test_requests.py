"""What reaches the application, and how its answers look on the wire (RFC 9110, RFC 9112)."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from tests.unit.hosting.conftest import Connect, Serve, Served

GET = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n"


def test_a_response_has_the_date_of_the_lane_and_names_no_server(
    served: Served, connect: Connect
) -> None:
    assert connect(served).send(GET).read(b"GET /a ") == (
        b"HTTP/1.1 200 OK\r\n"
        b"date: Tue, 15 Nov 1994 08:12:31 GMT\r\n"
        b"content-length: 7\r\n"
        b"\r\n"
        b"GET /a "
    )


def test_a_connection_serves_one_request_after_another(served: Served, connect: Connect) -> None:
    client = connect(served)
    for _ in range(3):
        assert client.send(GET).read(b"GET /a ").startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_request_may_come_byte_by_byte(served: Served, connect: Connect) -> None:
    request = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nabcd"
    client = connect(served).send(*[request[at : at + 1] for at in range(len(request))])
    assert client.read(b"POST /a abcd")
    assert served.refusals.empty()


def test_pipelined_requests_are_answered_in_order(served: Served, connect: Connect) -> None:
    requests = [
        b"POST /%d HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n%d" % (n, n) for n in range(5)
    ]
    client = connect(served).send(b"".join(requests))
    for number in range(5):
        assert client.read(b"\r\n\r\nPOST /%d %d" % (number, number)).startswith(b"HTTP/1.1 200 ")


def test_a_response_to_head_has_no_body(served: Served, connect: Connect) -> None:
    client = connect(served).send(b"HEAD /a HTTP/1.1\r\nhost: x\r\n\r\n")
    assert b"\r\ncontent-length: 8\r\n" in client.read(b"\r\n\r\n")
    assert client.send(GET).read(b"GET /a ").startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_trailer_is_no_header(serve: Serve, connect: Connect) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            pass
        names = b" ".join(name for name, _ in scope["headers"])
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": names + b" and no more"})

    head = b"POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    trailers = b"authorization: Basic eDp5\r\nhost: other\r\n\r\n"
    client = connect(serve(app)).send(head + b"1\r\n", b"b\r\n0\r\n" + trailers)
    client.read(b"\r\nhost transfer-encoding and no more")


def test_a_client_that_expects_100_continue_is_told_to(served: Served, connect: Connect) -> None:
    client = connect(served)
    client.send(b"POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
    assert client.read(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert client.send(b"ok").read(b"POST /a ok").startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (b"", b""),
        (b"content-length: 0\r\n", b""),
        (b"content-length: 4\r\n", b"abcd"),
        (b"transfer-encoding: chunked\r\n", b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"),
    ],
    ids=["no body", "empty body", "body", "chunked body"],
)
@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
@pytest.mark.parametrize("pieces", [1, 3], ids=["in one piece", "dribbled"])
def test_an_upgrade_is_ignored_and_the_request_served(
    served: Served, connect: Connect, framing: bytes, body: bytes, protocol: bytes, pieces: int
) -> None:
    head = b"POST /a HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: %s\r\n%s\r\n" % (
        protocol,
        framing,
    )
    data = head + body + GET
    size = -(-len(data) // pieces)
    client = connect(served).send(*[data[at : at + size] for at in range(0, len(data), size)])
    expected = b"abcd" if body else b""
    assert client.read(b"POST /a " + expected).startswith(b"HTTP/1.1 200 OK\r\n")
    assert client.read(b"GET /a ").startswith(b"HTTP/1.1 200 OK\r\n")
    assert served.refusals.empty()


def test_an_upgrade_with_half_a_body_is_refused(serve: Serve, connect: Connect) -> None:
    served = serve(body_timeout=0.02)
    upgrade = b"host: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n"
    head = b"POST /a HTTP/1.1\r\n%scontent-length: 4\r\n\r\n" % upgrade
    assert connect(served).send(head + b"ab").read_all().startswith(b"HTTP/1.1 408 ")


def test_a_silent_connection_that_was_answered_is_closed_without_a_word(
    serve: Serve, connect: Connect
) -> None:
    served = serve(keep_alive_timeout=0.02)
    client = connect(served).send(GET)
    client.read(b"GET /a ")
    assert client.read_all() == b""
    assert served.refusals.empty()


def test_a_kept_alive_connection_has_its_whole_time_after_each_response(
    serve: Serve, connect: Connect
) -> None:
    served = serve(keep_alive_timeout=30)
    client = connect(served).send(GET)
    client.read(b"GET /a ")
    for _ in range(2):
        served.let_pass(20)
        client.send(GET).read(b"GET /a ")
    served.let_pass(20)
    served.let_pass(20)
    assert client.read_all() == b""
    assert served.refusals.empty()


def test_a_connection_that_waits_for_an_answer_is_not_idle(serve: Serve, connect: Connect) -> None:
    release = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/release":
            release.set()
        if scope["path"] == "/held":
            await release.wait()
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"answered"})

    served = serve(app, keep_alive_timeout=30)
    client = connect(served).send(GET)
    client.read(b"answered\r\n0\r\n\r\n")
    client.send(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n")
    served.let_pass(40)
    connect(served).send(b"GET /release HTTP/1.1\r\nhost: x\r\n\r\n").read(b"answered")
    client.read(b"answered\r\n0\r\n\r\n")
    served.let_pass(40)
    assert client.read_all() == b""


def test_a_connection_is_idle_when_the_body_of_an_answered_request_has_ended(
    serve: Serve, connect: Connect
) -> None:
    served = serve(keep_alive_timeout=30)
    client = connect(served).send(GET)
    client.read(b"GET /a ")
    served.let_pass(20)
    client.send(b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\na").read(b"too much")
    served.let_pass(20)
    client.send(b"b")
    served.let_pass(20)  # not yet a whole time after the body
    client.send(GET).read(b"GET /a ")
    served.let_pass(40)
    assert client.read_all() == b""


def test_a_connection_that_was_answered_before_its_body_is_closed_when_idle(
    serve: Serve, connect: Connect
) -> None:
    served = serve(keep_alive_timeout=10)
    client = connect(served)
    client.send(b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\na").read(b"too much")
    served.let_pass(20)
    client.send(b"b")
    served.let_pass(20)
    assert client.read_all() == b""


def test_the_head_of_a_response_waits_for_the_body(serve: Serve, connect: Connect) -> None:
    release, has_begun = asyncio.Event(), threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/release":
            release.set()
        await send({"type": "http.response.start", "status": 200})
        if scope["path"] == "/held":
            has_begun.set()
            await release.wait()
        await send({"type": "http.response.body", "body": b"answered"})

    served = serve(app)
    client = connect(served).send(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n")
    assert has_begun.wait(60)
    client.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.socket.recv(1)
    client.socket.setblocking(True)
    connect(served).send(b"GET /release HTTP/1.1\r\nhost: x\r\n\r\n").read(b"answered")
    assert client.read(b"answered").startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("status", [200, 204, 304])
def test_a_response_whose_body_is_empty_is_sent(
    serve: Serve, connect: Connect, status: int
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"0")] if status == 200 else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body"})

    client = connect(serve(app))
    for _ in range(2):
        assert client.send(GET).read(b"\r\n\r\n").startswith(b"HTTP/1.1 %d " % status)


def test_a_body_may_look_like_an_interim_response(serve: Serve, connect: Connect) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"14")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"HTTP/1.1 1", "more_body": True})
        await send({"type": "http.response.body", "body": b"00 \n"})

    client = connect(serve(app)).send(GET)
    assert client.read(b"\r\n\r\nHTTP/1.1 100 \n").startswith(b"HTTP/1.1 200 ")


def test_an_application_that_fails_before_the_body_has_not_answered(
    serve: Serve, connect: Connect
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        raise ArithmeticError

    served = serve(app)
    assert connect(served).send(GET).read_all() == b""
    assert isinstance(served.errors.get_nowait(), ArithmeticError)


@pytest.mark.parametrize("pieces", [1, 2], ids=["in one piece", "dribbled"])
def test_a_whole_request_is_not_hurried(served: Served, connect: Connect, pieces: int) -> None:
    request = b"POST /held HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nabcd"
    client = connect(served).send(*[request[:-2], request[-2:]] if pieces == 2 else [request])
    assert served.application.is_held.wait(60)
    # Another connection runs into its timeout meanwhile.
    other = connect(served)
    served.let_pass(30)
    assert other.read_all().startswith(b"HTTP/1.1 408 ")
    assert served.refusals.qsize() == 1
    served.lane.close()
    assert client.read_all() == b""


def test_a_body_that_the_application_does_not_read_yet_is_not_hurried(
    serve: Serve, connect: Connect
) -> None:
    release = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/release":
            release.set()
        if scope["path"] != "/early":
            await release.wait()
        size, more = 0, True
        while more:
            message = await receive()
            size += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"%d bytes" % size})

    served = serve(app)
    body = b"b" * 1_000_000
    client = connect(served).send(
        b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body)
    )
    client.send(body)
    # Another connection runs into its timeout meanwhile.
    other = connect(served)
    served.let_pass(30)
    assert other.read_all().startswith(b"HTTP/1.1 408 ")
    connect(served).send(b"GET /release HTTP/1.1\r\nhost: x\r\n\r\n").read(b"0 bytes")
    client.read(b"1000000 bytes")
    assert served.refusals.qsize() == 1


def test_what_escapes_the_application_is_reported(serve: Serve, connect: Connect) -> None:
    class Outcome(BaseException):
        pass

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise Outcome("escaped")

    served = serve(app)
    assert connect(served).send(GET).read_all().startswith(b"HTTP/1.1 500 ")
    assert isinstance(served.errors.get_nowait(), Outcome)


def test_a_request_does_not_inherit_the_context_of_the_test(serve: Serve, connect: Connect) -> None:
    variable = ContextVar("variable", default=b"empty")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": variable.get()})

    variable.set(b"of the test")
    client = connect(serve(app)).send(GET)
    client.read(b"\r\n\r\n")
    assert client.read(b"\r\n0\r\n\r\n") == b"5\r\nempty\r\n0\r\n\r\n"
