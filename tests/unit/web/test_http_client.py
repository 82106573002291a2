"""Requests to others: what is sent, and every limit that ends one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from mockidp.config.outgoing import Outgoing
from mockidp.web.http_client import NoAnswer, ask

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

Serve = Callable[[socket.socket], None]


class Peer:
    """A server that says what it is told to, and keeps what it was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.heard: list[bytes] = []


@contextmanager
def listening(*answers: bytes, keep_open: threading.Event | None = None) -> Iterator[Peer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = Peer(listener.getsockname()[1])

        def serve() -> None:
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    peer.heard.append(connection.recv(65536))
                    with suppress(ConnectionError):  # who asks need not read all of it
                        connection.sendall(answer)
                    if keep_open is not None:
                        keep_open.wait(60)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield peer
        if keep_open is not None:
            keep_open.set()
        thread.join(60)


def test_a_document_is_read_and_the_fragment_is_not_sent() -> None:
    with listening(OK) as peer:
        reply = ask(Outgoing(), "GET", f"{peer.url}/keys?of=app#part")
    assert (reply.status, reply.body) == (200, b"hi")
    request, *head = peer.heard[0].decode().split("\r\n")
    assert request == "GET /keys?of=app HTTP/1.1"
    assert f"Host: {peer.url.removeprefix('http://')}" in head


def test_a_form_is_posted_whole() -> None:
    with listening(b"HTTP/1.1 204 No Content\r\n\r\n") as peer:
        reply = ask(Outgoing(), "POST", peer.url, body=b"a=1", content_type="text/x")
    assert reply.status == 204
    assert peer.heard[0].startswith(b"POST / HTTP/1.1\r\n")
    assert b"\r\nContent-Length: 3\r\n" in peer.heard[0]
    assert peer.heard[0].endswith(b"\r\n\r\na=1")


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with listening(OK) as peer:
        assert ask(Outgoing(), "GET", peer.url).body == b"hi"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", "more than 10 bytes", id="announced"
        ),
        pytest.param(
            CHUNKED + b"b\r\n" + b"x" * 11 + b"\r\n0\r\n\r\n", "more than 10", id="chunked"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 11, "more than 10", id="until the end"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", "breaks off 3 bytes", id="cut off"
        ),
        pytest.param(CHUNKED + b"5\r\nhi", "no HTTP: IncompleteRead", id="chunk cut off"),
        pytest.param(
            CHUNKED + b"-1\r\n" + b"x" * 2_000_000, "much larger", id="chunk of a negative size"
        ),
        pytest.param(b"SSH-2.0-x\r\n", "no HTTP: BadStatusLine", id="no HTTP"),
        pytest.param(b"", "no HTTP: RemoteDisconnected", id="nothing"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n", "no HTTP", id="many headers"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\na: " + b"b" * 70_000 + b"\r\n\r\n", "no HTTP", id="long header"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nx", "compressed", id="compressed"
        ),
        pytest.param(
            b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", "max_redirects is 0", id="redirect"
        ),
    ],
)
def test_an_answer_that_cannot_be_used_says_why(answer: bytes, said: str) -> None:
    with listening(answer) as peer, pytest.raises(NoAnswer, match=said):
        ask(Outgoing(max_bytes=10), "GET", peer.url)


def test_redirects_are_followed_as_often_as_allowed() -> None:
    on = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /next\r\n\r\n"
    with listening(on, on, OK) as peer:
        assert ask(Outgoing(max_redirects=2), "GET", peer.url).body == b"hi"
    assert [one.split()[1] for one in peer.heard] == [b"/", b"/next", b"/next"]
    with listening(on, on) as peer, pytest.raises(NoAnswer, match=r"'/next'.*max_redirects is 1"):
        ask(Outgoing(max_redirects=1), "GET", peer.url)


def test_a_redirect_leads_nowhere_that_could_not_be_asked() -> None:
    away = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\n\r\n"
    with listening(away) as peer, pytest.raises(NoAnswer, match="only loopback"):
        ask(Outgoing(max_redirects=1), "GET", peer.url)


def test_a_form_is_not_sent_on() -> None:
    with listening(b"HTTP/1.1 307 x\r\nLocation: /x\r\n\r\n") as peer:
        assert ask(Outgoing(max_redirects=5), "POST", peer.url, body=b"a=1").status == 307


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="silence"),
        pytest.param(b"HTTP/1.1 200 OK\r\nConte", id="in the head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh", id="in the body"),
    ],
)
def test_an_answer_that_does_not_end_is_given_up(begun: bytes) -> None:
    held = threading.Event()
    with listening(begun, keep_open=held) as peer, pytest.raises(NoAnswer, match=r"within 0\.1 s"):
        ask(Outgoing(timeout=0.1), "GET", peer.url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("http://127.0.0.1:1/", "cannot be reached", id="nobody there"),
        pytest.param("ftp://127.0.0.1/", "scheme is 'ftp'", id="scheme"),
        pytest.param("file:///etc/passwd", "no host", id="file"),
        pytest.param("https://", "no host", id="no host"),
        pytest.param("http://a@127.0.0.1/", "user information", id="user"),
        pytest.param("http://127.0.0.1/a b", "characters", id="space"),
        pytest.param("http://127.0.0.1/\r\nX: y", "characters", id="line break"),
        pytest.param("http://127.0.0.1:99999/", "malformed", id="port"),
        pytest.param("http://[::1/", "malformed", id="bracket"),
        pytest.param("http://b\u00fccher.example/", "characters", id="not ASCII"),
        pytest.param("https://10.0.0.1/", "only loopback is asked", id="private"),
        pytest.param("https://[::ffff:10.0.0.1]/", "only loopback is asked", id="mapped"),
        pytest.param(f"https://{'a' * 300}.example/", "no HTTP", id="long name"),
    ],
)
def test_an_address_that_is_not_asked(url: str, said: str) -> None:
    with pytest.raises(NoAnswer, match=said):
        ask(Outgoing(), "GET", url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("http://10.0.0.1/", "http is for loopback alone", id="plain"),
        pytest.param("https://169.254.169.254/", "never asked", id="metadata"),
        pytest.param("https://[::ffff:169.254.169.254]/", "never asked", id="mapped"),
        pytest.param("https://[64:ff9b::a9fe:a9fe]/", "never asked", id="translated"),
        pytest.param("https://[2002:a9fe:a9fe::1]/", "never asked", id="tunnelled"),
        pytest.param("https://[fe80::1]/", "never asked", id="link-local"),
        pytest.param("https://[fd00:ec2::254]/", "never asked", id="metadata of IPv6"),
        pytest.param("https://224.0.0.1/", "never asked", id="multicast"),
        pytest.param("https://0.0.0.0/", "never asked", id="unspecified"),
    ],
)
def test_some_addresses_are_not_asked_even_where_any_is(url: str, said: str) -> None:
    with pytest.raises(NoAnswer, match=said):
        ask(Outgoing(addresses="any"), "GET", url)


def test_what_is_connected_to_is_what_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that means another address the next time it is looked up (DNS rebinding)."""
    looked_up = []
    with listening(OK) as peer:
        port = int(peer.url.rpartition(":")[2])

        def getaddrinfo(host: str, *rest: object, **more: object) -> object:
            looked_up.append(host)
            address = "127.0.0.1" if len(looked_up) == 1 else "10.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        assert ask(Outgoing(), "GET", f"http://rebind.example:{port}/").body == b"hi"
    assert looked_up == ["rebind.example"]
