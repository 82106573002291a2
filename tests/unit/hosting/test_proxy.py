"""The CONNECT proxy: where it leads, what it refuses and says, and that nothing in it hangs."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from fixtures.passing_time import let_pass
from mockidp.hosting.host import Host, Lane, Limits, Refusal

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

DATE = b"Tue, 15 Nov 1994 08:12:31 GMT"
FIRST, SECOND = "api.example.com", "id.example.com"
SERVED = f"It serves https:// of {FIRST}, {SECOND}."
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
LARGE = 4_000_000


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the Host header and the length of the body; on /large with much."""
    length = 0
    while True:
        message = await receive()
        length += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    host = dict(scope["headers"])[b"host"]
    body = b"x" * LARGE if scope["path"] == "/large" else b"%s %d" % (host, length)
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@dataclass(slots=True, kw_only=True)
class Proxied:
    host: Host
    lanes: list[Lane]
    proxy: Lane
    refusals: queue.Queue[Refusal]

    @property
    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.host.authority.trust(context)
        return context

    @contextlib.contextmanager
    def client(self) -> Iterator[socket.socket]:
        address = (self.proxy.host, self.proxy.port)
        with socket.create_connection(address, timeout=60) as client:
            yield client

    @contextlib.contextmanager
    def tunnel(self, name: str = FIRST) -> Iterator[ssl.SSLSocket]:
        with self.client() as client:
            client.sendall(connect(f"{name}:443"))
            assert read_until(client, b"\r\n\r\n") == ESTABLISHED
            with self.context.wrap_socket(client, server_hostname=name) as secure:
                yield secure

    def refused(self, data: bytes) -> tuple[bytes, Refusal]:
        with self.client() as client:
            client.sendall(data)
            answer = read_all(client)
        return answer, self.refusals.get(timeout=60)


Open = Callable[..., Proxied]


@pytest.fixture
def open_proxy() -> Iterator[Open]:
    hosts: list[Host] = []

    def opened(**limits: float) -> Proxied:
        host = Host(limits=Limits(**limits))  # type: ignore[arg-type]  # int or float
        hosts.append(host)
        refusals: queue.Queue[Refusal] = queue.Queue()
        lanes = [
            host.open(
                app,
                on_refusal=refusals.put,
                http_date=lambda: DATE,
                tls=host.authority.server_context([name]),
            )
            for name in (FIRST, SECOND)
        ]
        routes = dict(zip((FIRST, SECOND), lanes, strict=True))
        proxy = host.open_proxy(routes, on_refusal=refusals.put, http_date=lambda: DATE)
        return Proxied(host=host, lanes=lanes, proxy=proxy, refusals=refusals)

    yield opened
    for host in hosts:
        host.close()


@pytest.fixture
def proxied(open_proxy: Open) -> Proxied:
    return open_proxy()


def connect(target: str) -> bytes:
    return b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target.encode(), target.encode())


def get(path: str = "/", host: str = FIRST) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()


def read_until(client: socket.socket, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end):
        piece = client.recv(1)
        assert piece, f"closed after {received!r}"
        received += piece
    return received


def read_all(client: socket.socket) -> bytes:
    received = bytearray()
    while piece := client.recv(65536):
        received += piece
    return bytes(received)


# ── where it leads ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_a_tunnel_ends_at_the_lane_of_the_host(proxied: Proxied, name: str) -> None:
    with proxied.tunnel(name) as client:
        client.sendall(get(host=name))
        assert read_all(client).endswith(name.encode() + b" 0")
    assert proxied.refusals.empty()


def test_a_host_is_the_same_in_any_case(proxied: Proxied) -> None:
    with proxied.client() as client:
        client.sendall(connect("API.Example.COM:443"))
        assert read_until(client, b"\r\n\r\n") == ESTABLISHED


def test_its_origin_is_what_a_variable_holds(proxied: Proxied) -> None:
    assert proxied.proxy.origin == f"http://127.0.0.1:{proxied.proxy.port}"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize(
    "headers", ["", "Proxy-Authorization: Basic eDp5\r\nProxy-Connection: keep-alive\r\n"]
)
def test_heads_as_clients_send_them(proxied: Proxied, version: str, headers: str) -> None:
    with proxied.client() as client:
        client.sendall(f"CONNECT {FIRST}:443 HTTP/{version}\r\n{headers}\r\n".encode())
        assert read_until(client, b"\r\n\r\n") == ESTABLISHED


def test_a_head_may_come_byte_by_byte(proxied: Proxied) -> None:
    with proxied.client() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in connect(f"{FIRST}:443"):
            client.sendall(bytes([byte]))
        assert read_until(client, b"\r\n\r\n") == ESTABLISHED


def test_what_follows_the_head_at_once_is_the_tunnels(proxied: Proxied) -> None:
    # RFC 9110, 9.3.6: a client that does not wait for the answer.
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    secure = proxied.context.wrap_bio(received, sent, server_hostname=FIRST)
    with contextlib.suppress(ssl.SSLWantReadError):
        secure.do_handshake()
    with proxied.client() as client:
        client.sendall(connect(f"{FIRST}:443") + sent.read())
        assert read_until(client, b"\r\n\r\n") == ESTABLISHED
        while True:
            received.write(client.recv(65536))
            with contextlib.suppress(ssl.SSLWantReadError):
                secure.do_handshake()
                break
        assert secure.getpeercert()


def test_much_goes_through_in_both_directions(proxied: Proxied) -> None:
    head = f"POST /a HTTP/1.1\r\nHost: {FIRST}\r\nContent-Length: {LARGE}\r\n"
    with proxied.tunnel() as client:
        client.sendall(head.encode() + b"Connection: close\r\n\r\n" + b"z" * LARGE)
        assert read_all(client).endswith(b" %d" % LARGE)
    with proxied.tunnel() as client:
        client.sendall(get("/large"))
        assert len(read_all(client).partition(b"\r\n\r\n")[2]) == LARGE


def test_a_slow_reader_gets_all_and_holds_up_nobody(proxied: Proxied) -> None:
    with proxied.tunnel() as slow, proxied.tunnel() as quick:
        slow.sendall(get("/large"))
        quick.sendall(get())
        assert read_all(quick).endswith(b" 0")
        (length, *_) = [len(slow.recv(10))]
        assert length + len(read_all(slow)) > LARGE


def test_a_proxy_holds_back_what_nobody_reads(open_proxy: Open) -> None:
    proxied = open_proxy()
    with proxied.tunnel() as client:
        client.sendall(get("/large"))
        assert client.recv(1)
        (connection,) = proxied.proxy._service.state.connections
        # asyncio's high-water mark and one read of 256 KiB
        assert connection.transport.get_write_buffer_size() < 1_000_000


def test_twenty_tunnels_at_once(proxied: Proxied) -> None:
    start = threading.Barrier(20)

    def visit(number: int) -> bytes:
        name = (FIRST, SECOND)[number % 2]
        start.wait(60)
        with proxied.tunnel(name) as client:
            client.sendall(get(host=name))
            return read_all(client)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(visit, range(20), timeout=40))
    assert all(
        answer.endswith((FIRST, SECOND)[number % 2].encode() + b" 0")
        for number, answer in enumerate(answers)
    )


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "status", "said", "method", "path"),
    [
        pytest.param(
            connect("example.com:443"), 403, "This proxy does not lead to example.com:443. ",
            "CONNECT", "example.com:443", id="another host",
        ),
        pytest.param(
            connect("127.0.0.1:22"), 403, "This proxy does not lead to 127.0.0.1:22. ",
            "CONNECT", "127.0.0.1:22", id="this machine",
        ),
        pytest.param(
            connect("[::1]:443"), 403, "This proxy does not lead to [::1]:443. ",
            "CONNECT", "[::1]:443", id="IPv6",
        ),
        pytest.param(
            connect(f"x.{FIRST}:443"), 403, "This proxy does not lead to ", "CONNECT",
            f"x.{FIRST}:443", id="below a host",
        ),
        pytest.param(
            b"GET http://api.example.com/a?client_secret=s HTTP/1.1\r\nHost: x\r\n\r\n", 403,
            "This proxy takes CONNECT alone, which clients send for https:// addresses. ",
            "GET", "http://api.example.com/", id="plain http",
        ),
        pytest.param(
            b"POST https://u:p@api.example.com/a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 403,
            "This proxy takes CONNECT alone", "POST", "https://api.example.com/", id="no tunnel",
        ),
        pytest.param(
            b"GET /?client_secret=s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400,
            "This is a proxy: it is for HTTPS_PROXY, not to be asked itself. ", "GET", "?",
            id="as a server",
        ),
        pytest.param(
            b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400, "This is a proxy: ", "OPTIONS", "?",
            id="asterisk",
        ),
    ],
)  # fmt: skip
def test_what_is_not_served_is_refused_with_what_is(
    proxied: Proxied, data: bytes, status: int, said: str, method: str, path: str
) -> None:
    answer, refusal = proxied.refused(data)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\ncontent-type: text/plain; charset=utf-8\r\n" in head
    assert b"\r\ndate: " + DATE in head
    assert body.decode().startswith(said)
    assert body.decode().endswith(SERVED + "\n")
    assert (refusal.status, refusal.method, refusal.path) == (status, method, path)
    assert refusal.reason + "\n" == body.decode()


@pytest.mark.parametrize("port", ["80", "8443", "0443"])
def test_another_port_is_refused(proxied: Proxied, port: str) -> None:
    answer, refusal = proxied.refused(connect(f"{FIRST}:{port}"))
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert refusal.reason == f"This proxy leads to port 443 alone, not {port}."


@pytest.mark.parametrize(
    "data",
    [
        connect(FIRST),
        b"CONNECT  HTTP/1.1\r\n\r\n",
        b"CONNECT /a HTTP/1.1\r\n\r\n",
        b"GET http://[/ HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\x05\x01\x00",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=["no port", "no target", "a path", "no host", "words", "TLS", "SOCKS", "HTTP/2"],
)
def test_garbage_is_refused(proxied: Proxied, data: bytes) -> None:
    answer, refusal = proxied.refused(data)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 "))
    assert refusal.reason
    with proxied.tunnel() as client:
        client.sendall(get())
        assert read_all(client).endswith(b" 0")


def test_a_head_over_the_limit_is_refused(proxied: Proxied) -> None:
    with proxied.client() as client:
        with contextlib.suppress(OSError):
            client.sendall(connect(f"{FIRST}:443")[:-2] + b"X: " + b"y" * 100_000)
        assert read_all(client).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("sent", [b"", b"CONNECT api"])
def test_a_head_that_does_not_come_is_refused(open_proxy: Open, sent: bytes) -> None:
    proxied = open_proxy(head_timeout=0.2, linger_timeout=1000)
    answer, refusal = proxied.refused(sent)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert refusal.status == 408


def test_half_a_head_is_refused(proxied: Proxied) -> None:
    with proxied.client() as client:
        client.sendall(b"CONNECT api.example.com:4")
        client.shutdown(socket.SHUT_WR)
        assert read_all(client).startswith(b"HTTP/1.1 400 ")


def test_a_refused_upload_can_read_why(proxied: Proxied) -> None:
    head = b"POST http://api.example.com/ HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n"
    with proxied.client() as client:
        client.sendall(head + b"z" * 3_000_000)
        assert b"takes CONNECT alone" in read_all(client)


def test_a_proxy_of_no_hosts_says_so() -> None:
    with Host() as host:
        proxy = host.open_proxy({}, on_refusal=print, http_date=lambda: DATE)
        with socket.create_connection((proxy.host, proxy.port), timeout=60) as client:
            client.sendall(connect("example.com:443"))
            assert read_all(client).endswith(b"It serves https:// of no host at all.\n")


def test_nothing_is_led_anywhere_behind_a_refused_request(
    proxied: Proxied, monkeypatch: pytest.MonkeyPatch
) -> None:
    tunnels: list[object] = []
    monkeypatch.setattr("mockidp.hosting.proxy.Far", tunnels.append)
    first = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    answer, _ = proxied.refused(first + connect(f"{FIRST}:443"))
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    proxied.refused(get())  # by now the first piece has been read to its end
    assert (tunnels, proxied.refusals.empty()) == ([], True)


# ── ends ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_tunnel_without_a_handshake_ends(proxied: Proxied) -> None:
    with proxied.client() as client:
        client.sendall(connect(f"{FIRST}:443"))
        assert read_until(client, b"\r\n\r\n") == ESTABLISHED
        with proxied.tunnel():
            pass  # so the lane has accepted the first one
        let_pass(proxied.host, 30)
        assert read_all(client) == b""
    # The second one may still be there, and has sent nothing for as long.
    reasons = iter(lambda: proxied.refusals.get(timeout=60).reason, None)
    assert any("did not finish the TLS handshake" in reason for reason in reasons)


def test_plain_http_in_a_tunnel_is_explained(proxied: Proxied) -> None:
    with proxied.client() as client:
        client.sendall(connect(f"{FIRST}:443"))
        assert read_until(client, b"\r\n\r\n") == ESTABLISHED
        client.sendall(get())
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""
    assert "speaks plain HTTP to a TLS port" in proxied.refusals.get(timeout=60).reason


def test_a_client_that_half_closes_still_gets_an_end(proxied: Proxied) -> None:
    with proxied.client() as client:
        client.sendall(connect(f"{FIRST}:443"))
        assert read_until(client, b"\r\n\r\n") == ESTABLISHED
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""
    wait_until_gone(proxied)


def test_a_client_that_leaves_takes_its_tunnel_along(proxied: Proxied) -> None:
    with proxied.tunnel() as client:
        client.sendall(b"GET")
    wait_until_gone(proxied)


def wait_until_gone(proxied: Proxied) -> None:
    """Both ends are closed within a few turns of the loop."""
    loop = proxied.host._loop
    assert loop is not None
    until = time.monotonic() + 60
    lanes = [proxied.proxy, *proxied.lanes]
    while any(lane._service.state.connections for lane in lanes):
        assert time.monotonic() < until
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(60)


def test_a_lane_that_is_closed_cannot_be_reached(proxied: Proxied) -> None:
    proxied.lanes[0].close()
    answer, refusal = proxied.refused(connect(f"{FIRST}:443"))
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert refusal.reason.startswith("The provider does not listen any more: ")
    with proxied.tunnel(SECOND) as client:
        client.sendall(get())
        assert read_all(client).endswith(b" 0")


def test_a_tunnel_ends_with_its_lane(proxied: Proxied) -> None:
    with proxied.tunnel() as client:
        proxied.lanes[0].close()
        with contextlib.suppress(OSError):
            assert client.recv(1) == b""


def test_closing_ends_heads_tunnels_and_unread_answers(proxied: Proxied) -> None:
    with (
        proxied.client() as idle,
        proxied.client() as begun,
        proxied.tunnel() as tunnel,
        proxied.tunnel() as unread,
    ):
        begun.sendall(b"CONNECT api")
        unread.sendall(get("/large"))
        assert unread.recv(1)
        proxied.proxy.close()
        for client in (idle, begun, tunnel):
            with contextlib.suppress(OSError):
                assert client.recv(1) == b""
        with contextlib.suppress(OSError):
            assert len(read_all(unread)) < LARGE
    with socket.socket() as again:
        assert again.connect_ex((proxied.proxy.host, proxied.proxy.port)) != 0
    for lane in proxied.lanes:
        lane.close()


def test_closing_while_tunnels_open_does_not_hang() -> None:
    for _ in range(20):
        with Host() as host:
            lane = host.open(
                app,
                on_refusal=lambda _: None,
                http_date=lambda: DATE,
                tls=host.authority.server_context([FIRST]),
            )
            proxy = host.open_proxy(
                {FIRST: lane}, on_refusal=lambda _: None, http_date=lambda: DATE
            )
            clients = [
                socket.create_connection((proxy.host, proxy.port), timeout=60) for _ in range(5)
            ]
            for client in clients:
                client.sendall(connect(f"{FIRST}:443"))
        for client in clients:
            with client, contextlib.suppress(ConnectionResetError):
                # The lane may be closed before the proxy.
                assert read_all(client)[:13] in (b"", b"HTTP/1.1 200 ", b"HTTP/1.1 502 ")
