"""What HTTP itself refuses never reaches the application (RFC 9112; RFC 6585, section 5)."""

from __future__ import annotations

import socket
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from mockidp.hosting.refusal import Refusal, answer, explain_garbage

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from tests.unit.hosting.conftest import Client, Connect, Serve, Served

LIMIT = 64 * 1024
LINE = b"GET /a HTTP/1.1\r\nhost: x\r\n"


def head_of(size: int) -> bytes:
    """A whole head of exactly this many bytes."""
    filler = size - len(LINE) - len(b"x: \r\n\r\n")
    return LINE + b"x: " + b"a" * filler + b"\r\n\r\n"


def pieces(data: bytes, count: int) -> list[bytes]:
    size = -(-len(data) // count)
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize(
    "parts",
    [
        [head_of(LIMIT + 1)],
        pieces(head_of(LIMIT + 1), 7),
        [head_of(10 * LIMIT)],
        pieces(head_of(3 * LIMIT), 9),
        [LINE + b"x: " + b"a" * LIMIT],
        pieces(LINE + b"x: " + b"a" * LIMIT, 5),
        [b"GET /" + b"a" * LIMIT],
        pieces(b"GET /" + b"a" * LIMIT, 5),
        [LINE + b"x: y\r\n" * (LIMIT // 6)],
        [b"\r\n" * LIMIT],
        pieces(b"\r\n" * LIMIT, 5),
    ],
    ids=[
        "whole",
        "whole, dribbled",
        "ten times too long",
        "three times too long, dribbled",
        "one field without end",
        "one field without end, dribbled",
        "no newline",
        "no newline, dribbled",
        "many fields",
        "empty lines",
        "empty lines, dribbled",
    ],
)
def test_a_head_over_64_kib_is_refused(
    served: Served, connect: Connect, parts: list[bytes]
) -> None:
    client = connect(served)
    response = client.send(*parts).read_all()
    assert response.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert served.refusals.get_nowait() == Refusal(
        status=431,
        reason="The head of the request is over 65536 bytes long.",
        peer=client.address,
    )
    assert served.refusals.empty()


@pytest.mark.parametrize("count", [1, 6], ids=["in one piece", "dribbled"])
def test_a_head_of_64_kib_is_served(served: Served, connect: Connect, count: int) -> None:
    client = connect(served).send(*pieces(head_of(LIMIT), count))
    assert client.read(b"GET /a ").startswith(b"HTTP/1.1 200 OK\r\n")


def test_each_head_has_64_kib_of_its_own(served: Served, connect: Connect) -> None:
    client = connect(served)
    for _ in range(3):
        client.send(*pieces(head_of(LIMIT - 1000), 4)).read(b"GET /a ")


def test_a_head_that_begins_behind_a_body_has_64_kib_too(served: Served, connect: Connect) -> None:
    post = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n" + b"b" * 60000
    second = head_of(10_000)
    client = connect(served).send(post[:100], post[100:] + second[:5000], second[5000:])
    client.read(b"POST /a bbb")
    client.read(b"GET /a ")


def test_a_long_body_does_not_count_as_head(served: Served, connect: Connect) -> None:
    body = b"b" * (3 * LIMIT)
    post = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    for _ in range(2):
        assert connect(served).send(post + post).read(b"POST /a " + body)
    assert served.refusals.empty()


CHUNKED = b"POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n"


@pytest.mark.parametrize(
    "rest",
    [b"0\r\n" + b"x: y\r\n" * LIMIT, b"0\r\nx: " + b"y" * 3 * LIMIT, b"2;" + b"x" * 3 * LIMIT],
    ids=["many trailers", "a trailer without end", "a chunk extension without end"],
)
def test_what_a_body_has_around_it_is_limited(
    served: Served, connect: Connect, rest: bytes
) -> None:
    response = connect(served).send(CHUNKED, *pieces(rest, 3)).read_all()
    assert response.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert "trailers" in served.refusals.get_nowait().reason
    assert served.application.ends.get(timeout=60) == "disconnect"


def test_trailers_do_not_count_as_the_next_head(serve: Serve, connect: Connect) -> None:
    served = serve(head_bytes=1000)
    trailer = b"0\r\nx: " + b"y" * 900 + b"\r\n\r\n"
    client = connect(served).send(CHUNKED, trailer[:500], trailer[500:])
    client.read(b"POST /a ab")
    client.send(head_of(300)).read(b"GET /a ")


def test_long_trailers_of_an_answered_request_do_not_stop_the_server(
    serve: Serve, connect: Connect
) -> None:
    served = serve(head_bytes=1000)
    client = connect(served)
    client.send(CHUNKED.replace(b"/a", b"/early")).read(b"too much")
    client.send(b"0\r\n", b"x: " + b"y" * 2000 + b"\r\n")
    assert client.read_all() == b""
    connect(served).send(head_of(300)).read(b"GET /a ")


def test_many_short_chunks_are_served(served: Served, connect: Connect) -> None:
    rest = b"1;of=many\r\nb\r\n" * 20_000 + b"0\r\n\r\n"
    client = connect(served).send(CHUNKED, *pieces(rest, 9))
    client.read(b"POST /a ab" + b"b" * 20_000)


def test_a_long_head_after_a_request_is_refused(served: Served, connect: Connect) -> None:
    client = connect(served).send(head_of(100) + head_of(10 * LIMIT))
    first, _, second = client.read_all().partition(b"GET /a ")
    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"nonsense\r\n\r\n", "What arrived is not HTTP/1.1: Invalid method encountered."),
        (b"GET /a HTTP/1.1\r\nhost: x\r\nno colon\r\n\r\n", "Invalid header token."),
        (b"GET /a\xff HTTP/1.1\r\nhost: x\r\n\r\n", "What arrived is not HTTP/1.1: "),
        (
            b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
            "Content-Length",
        ),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "use http:// in the URL"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "this port speaks HTTP/1.1 only"),
        (b"CONNECT api.example:443 HTTP/1.1\r\nhost: x\r\n\r\n", "for a proxy (CONNECT)"),
    ],
    ids=["words", "no colon", "bad target", "two lengths", "TLS", "HTTP/2", "CONNECT"],
)
def test_garbage_is_refused_and_explained(
    served: Served, connect: Connect, sent: bytes, reason: str
) -> None:
    client = connect(served)
    response = client.send(sent).read_all()
    assert response == (
        b"HTTP/1.1 400 Bad Request\r\n"
        b"date: Tue, 15 Nov 1994 08:12:31 GMT\r\n"
        b"content-type: text/plain; charset=utf-8\r\n"
        b"content-length: 16\r\n"
        b"connection: close\r\n"
        b"\r\n"
        b"400 Bad Request\n"
    )
    refusal = served.refusals.get_nowait()
    assert (refusal.status, refusal.peer) == (400, client.address)
    assert reason in refusal.reason


def test_garbage_is_answered_after_the_requests_before_it(served: Served, connect: Connect) -> None:
    client = connect(served).send(
        b"GET /one HTTP/1.1\r\nhost: x\r\n\r\nGET /two HTTP/1.1\r\nhost: x\r\n\r\nnonsense"
    )
    client.read(b"GET /one ")
    client.read(b"GET /two ")
    assert client.read_all().startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_bad_body_behind_another_request_is_never_served(
    served: Served, connect: Connect
) -> None:
    bad = b"POST /bad HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nno length\r\n"
    received = connect(served).send(b"GET /one HTTP/1.1\r\nhost: x\r\n\r\n" + bad).read_all()
    first, _, second = received.partition(b"GET /one ")
    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 400 ")
    assert served.application.ends.get(timeout=60) == "answered"
    assert served.application.ends.empty()


def test_a_late_refusal_is_read_by_a_client_that_is_still_writing(
    serve: Serve, connect: Connect
) -> None:
    bad = b"POST /bad HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nno length\r\n"
    client = connect(serve(linger_timeout=1000)).send(b"GET /one HTTP/1.1\r\nhost: x\r\n\r\n" + bad)
    client.read_all()
    client.send(b"x" * LIMIT * 200)


def test_garbage_in_a_body_disconnects_the_application(serve: Serve, connect: Connect) -> None:
    served = serve(linger_timeout=1000)
    head = b"POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n"
    received = connect(served).send(head, b"no length\r\n").read_all()
    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert served.application.ends.get(timeout=60) == "disconnect"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", "The client connected and sent nothing for 30 s."),
        (b"GET /a HT", "The client was still in a head after 30 s."),
        (LINE + b"host: x\r\n", "The client was still in a head after 30 s."),
        (b"\r\n", "The client was still in a head after 30 s."),
    ],
    ids=["silence", "half a line", "half a head", "an empty line"],
)
def test_a_head_that_never_ends_is_refused(
    served: Served, connect: Connect, sent: bytes, reason: str
) -> None:
    client = connect(served).send(sent)
    served.let_pass(30)
    assert client.read_all().startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert served.refusals.get_nowait().reason == reason


def test_a_second_head_has_its_own_time(served: Served, connect: Connect) -> None:
    client = connect(served).send(b"GET /one HTTP/1.1\r\nhost: x\r\n\r\nGET /two")
    client.read(b"GET /one ")
    served.let_pass(30)
    assert client.read_all().startswith(b"HTTP/1.1 408 ")
    assert served.refusals.get_nowait().status == 408


def test_half_a_body_and_silence_is_refused(serve: Serve, connect: Connect) -> None:
    served = serve(body_timeout=0.02, linger_timeout=1000)
    client = connect(served).send(b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab")
    assert client.read_all().startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert served.refusals.get_nowait() == Refusal(
        status=408, reason="The client was still in a body after 0.02 s.", peer=client.address
    )
    assert served.application.ends.get(timeout=60) == "disconnect"
    assert served.errors.empty()


def test_a_response_that_has_begun_is_cut_short(serve: Serve, connect: Connect) -> None:
    served = serve(body_timeout=0.02)
    client = connect(served).send(b"POST /begun HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab")
    received = client.read_all()
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n5\r\nfirst\r\n")  # no last chunk (RFC 9112, 7.1)
    assert served.refusals.get_nowait().status == 408


def test_a_response_whose_head_is_held_has_not_begun(serve: Serve, connect: Connect) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        while (await receive()).get("more_body", False):
            pass
        await send({"type": "http.response.body", "body": b"too late"})

    served = serve(app)
    response = connect(served).send(CHUNKED, b"no length\r\n").read_all()
    assert response.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"too late" not in response


def test_an_answered_request_is_not_refused_for_its_missing_body(
    serve: Serve, connect: Connect
) -> None:
    served = serve(body_timeout=0.02)
    client = connect(served).send(b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab")
    received = client.read_all()
    assert received.startswith(b"HTTP/1.1 413 ")
    assert received.endswith(b"too much")
    assert served.refusals.empty()


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        (b"GET /a HT", "in a head"),
        (b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab", "in a body"),
    ],
    ids=["half a head", "half a body"],
)
def test_half_a_request_and_its_end_is_refused(
    served: Served, connect: Connect, sent: bytes, where: str
) -> None:
    client = connect(served).send(sent).end()
    assert client.read_all().startswith(b"HTTP/1.1 400 Bad Request\r\n")
    refusal = served.refusals.get_nowait()
    assert refusal.reason == f"The client closed the connection {where}."


def test_half_a_body_and_a_reset_is_reported(served: Served, connect: Connect) -> None:
    client = connect(served).send(
        b"POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\nab"
    )
    address = client.address
    client.read(b"100 Continue\r\n\r\n")
    # Lingering for no time turns close into a reset.
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.socket.close()
    assert served.refusals.get(timeout=60) == Refusal(
        status=400, reason="The client broke the connection in a body.", peer=address
    )
    assert served.application.ends.get(timeout=60) == "disconnect"


def test_a_refusal_is_read_by_a_client_that_is_still_writing(
    serve: Serve, connect: Connect
) -> None:
    client = connect(serve(linger_timeout=1000)).send(b"nonsense\r\n\r\n", *[b"x" * LIMIT] * 20)
    assert client.read_all().startswith(b"HTTP/1.1 400 ")


def test_a_client_whose_machine_is_busy_may_go_on_writing_for_a_while(
    served: Served, connect: Connect
) -> None:
    client = connect(served).send(b"nonsense\r\n\r\n")
    client.read_all()
    served.let_pass(9)
    client.send(*[b"x" * LIMIT] * 3)


def test_a_client_that_never_stops_writing_is_cut_off(serve: Serve, connect: Connect) -> None:
    served = serve(linger_timeout=0.02)
    client = connect(served).send(b"nonsense\r\n\r\n")
    client.read_all()
    with pytest.raises(ConnectionError):
        send_for_ever(client)


def send_for_ever(client: Client) -> None:
    while True:
        client.send(b"x" * LIMIT)


def test_nothing_is_logged_or_printed(
    served: Served,
    connect: Connect,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(1):
        connect(served).send(b"nonsense\r\n\r\n").read_all()
        connect(served).send(b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").read_all()
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []
    assert capfd.readouterr() == ("", "")


def test_the_answer_states_its_length() -> None:
    head, _, body = answer(HTTPStatus.REQUEST_TIMEOUT, b"now").partition(b"\r\n\r\n")
    assert b"content-length: %d\r\n" % len(body) in head + b"\r\n"
    assert b"date: now\r\n" in head


def test_an_explanation_repeats_the_complaint_of_the_parser() -> None:
    assert explain_garbage(b"?", "odd") == "What arrived is not HTTP/1.1: odd."
