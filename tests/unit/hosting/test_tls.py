"""Lanes that speak TLS: what they answer, what ends a connection, what closing ends."""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import freezegun
import pytest
import time_machine

from fixtures.asgi import hello
from fixtures.passing_time import let_pass
from mockidp.hosting.host import Host, Limits, Refusal

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from tests.unit.hosting.conftest import Serve, Served

NAME = "api.example.com"
GET = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.fixture
def served(serve: Serve) -> Served:
    return serve(tls=[NAME])


def trusting(host: Host) -> ssl.SSLContext:
    context = ssl.create_default_context()
    host.authority.trust(context)
    return context


@contextlib.contextmanager
def connected(served: Served, name: str = NAME) -> Iterator[ssl.SSLSocket]:
    context = trusting(served.host)
    with (
        socket.create_connection((served.lane.host, served.lane.port), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname=name) as client,
    ):
        yield client


def ask(served: Served, name: str = NAME) -> bytes:
    with connected(served, name) as client:
        client.sendall(b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        return read_all(client)


def read_all(client: socket.socket) -> bytes:
    received = b""
    while piece := client.recv(65536):
        received += piece
    return received


def plainly(served: Served, data: bytes) -> None:
    """Send bytes that are no TLS, and see the connection end."""
    with socket.create_connection((served.lane.host, served.lane.port), timeout=60) as client:
        client.sendall(data)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(100) == b""


# ── what is answered ─────────────────────────────────────────────────────────────────────────────


def test_a_lane_speaks_https_as_soon_as_it_is_open(served: Served) -> None:
    assert served.lane.origin == f"https://127.0.0.1:{served.lane.port}"
    with urllib.request.urlopen(served.lane.origin + "/a", context=trusting(served.host)) as got:
        assert got.read() == b"GET /a "


@pytest.mark.parametrize("name", [NAME, "localhost", "127.0.0.1"])
def test_a_lane_is_reached_by_its_names(served: Served, name: str) -> None:
    assert ask(served, name).endswith(b"GET /a ")


def test_the_application_is_told_the_scheme(serve: Serve) -> None:
    async def scheme(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": scope["scheme"].encode()})

    served = serve(scheme, tls=[NAME])
    with urllib.request.urlopen(served.lane.origin, context=trusting(served.host)) as answer:
        assert answer.read() == b"https"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions(served: Served, version: ssl.TLSVersion) -> None:
    context = trusting(served.host)
    context.minimum_version = context.maximum_version = version
    with urllib.request.urlopen(served.lane.origin + "/a", context=context) as answer:
        assert answer.status == 200


def test_http_is_what_is_agreed_on(served: Served) -> None:
    context = trusting(served.host)
    context.set_alpn_protocols(["h2", "http/1.1"])
    address = (served.lane.host, served.lane.port)
    for name in (NAME, "localhost"):  # each has a certificate of its own
        with (
            socket.create_connection(address, timeout=60) as plain,
            context.wrap_socket(plain, server_hostname=name) as client,
        ):
            assert client.selected_alpn_protocol() == "http/1.1"


def test_a_connection_is_kept_alive(served: Served) -> None:
    with connected(served) as client:
        for _ in range(3):
            client.sendall(GET)
            received = b""
            while not received.endswith(b"GET /a "):
                received += client.recv(65536)
            assert received.startswith(b"HTTP/1.1 200")


def test_lanes_of_one_host_have_names_of_their_own(serve: Serve, host: Host) -> None:
    def opened(name: str) -> Any:
        return host.open(
            hello,
            on_refusal=print,
            http_date=lambda: b"-",
            tls=host.authority.server_context([name]),
        )

    first, second = opened("first.example"), opened("second.example")
    context = trusting(host)
    for lane, name, other in (
        (first, "first.example", "second.example"),
        (second, "second.example", "first.example"),
    ):
        with (
            socket.create_connection((lane.host, lane.port), timeout=60) as plain,
            context.wrap_socket(plain, server_hostname=name),
        ):
            pass
        with (
            socket.create_connection((lane.host, lane.port), timeout=60) as plain,
            pytest.raises(ssl.SSLCertVerificationError, match="not valid for"),
        ):
            context.wrap_socket(plain, server_hostname=other)


def test_plain_and_tls_lanes_live_side_by_side(host: Host) -> None:
    plain = host.open(hello, on_refusal=print, http_date=lambda: b"-")
    tls = host.open(
        hello, on_refusal=print, http_date=lambda: b"-", tls=host.authority.server_context([])
    )
    assert urllib.request.urlopen(plain.origin).read() == b"hello"
    with urllib.request.urlopen(tls.origin, context=trusting(host)) as answer:
        assert answer.read() == b"hello"


def test_twenty_shake_hands_at_once(served: Served) -> None:
    start = threading.Barrier(20)

    def visit(_: int) -> bytes:
        start.wait(60)
        return ask(served)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(visit, range(20), timeout=40))
    assert [answer.endswith(b"GET /a ") for answer in answers] == [True] * 20
    assert served.refusals.empty()


@pytest.mark.parametrize(
    "freeze",
    [
        lambda: freezegun.freeze_time("2020-01-01"),
        lambda: freezegun.freeze_time("2030-01-01", tick=True),
        lambda: time_machine.travel("2020-01-01", tick=False),
        lambda: time_machine.travel("2030-01-01", tick=True),
    ],
    ids=["freezegun", "freezegun, ticking", "time-machine", "time-machine, ticking"],
)
def test_a_lane_is_trusted_in_frozen_time(
    freeze: Callable[[], AbstractContextManager[Any]], serve: Serve
) -> None:
    with freeze():
        assert ask(serve(tls=[NAME])).endswith(b"GET /a ")
        served = serve(tls=[NAME], head_timeout=0.2)
        with socket.create_connection((served.lane.host, served.lane.port), timeout=60) as idle:
            assert idle.recv(1) == b""
    assert served.refusals.get(timeout=60).status == 408


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


def test_plain_http_is_explained(served: Served) -> None:
    plainly(served, GET)
    refusal = served.refusals.get(timeout=60)
    assert refusal.status == 400
    assert refusal.reason == (
        "The client speaks plain HTTP to a TLS port: use https:// in the URL it was given."
    )
    assert refusal.peer.startswith("127.0.0.1:")
    assert ask(served).endswith(b"GET /a ")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x00\x01\x02", "What arrived at the TLS port is no TLS handshake."),
        (b"\r\n", "What arrived at the TLS port is no TLS handshake."),
        (b"SSH-2.0-x\r\n", "What arrived at the TLS port is no TLS handshake."),
        (b"P", "The client speaks plain HTTP"),
        (b"\x16" + b"\x00" * 20, "The TLS handshake failed: WRONG_VERSION_NUMBER."),
        (b"\x16\x03\x01\x00\x04\xff\xff\xff\xff", "The TLS handshake failed: "),
    ],
    ids=["binary", "line end", "ssh", "one letter", "no record", "no message"],
)
def test_garbage_ends_the_connection(served: Served, data: bytes, reason: str) -> None:
    plainly(served, data)
    refusal = served.refusals.get(timeout=60)
    assert refusal.status == 400
    assert refusal.reason.startswith(reason)
    assert ask(served).endswith(b"GET /a ")


def test_a_client_that_distrusts_the_certificate_is_explained(served: Served) -> None:
    with (
        socket.create_connection((served.lane.host, served.lane.port), timeout=60) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname=NAME)
    reason = served.refusals.get(timeout=60).reason
    assert reason.startswith("The client refused the certificate (TLSV1_ALERT_UNKNOWN_CA): ")
    assert "make it trust the CA of mockidp" in reason


def test_a_client_that_asks_for_another_name_is_explained(served: Served) -> None:
    with pytest.raises(ssl.SSLCertVerificationError), connected(served, "other.example.com"):
        pass
    assert "use a name that is served" in served.refusals.get(timeout=60).reason


def test_a_client_that_leaves_in_the_handshake_is_explained(served: Served) -> None:
    with socket.create_connection((served.lane.host, served.lane.port), timeout=60) as client:
        client.sendall(b"\x16\x03\x01\x02\x00")
    assert "closed the connection in the TLS handshake" in served.refusals.get(timeout=60).reason


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_looking_whether_the_port_is_open_is_no_refusal(served: Served, how: str) -> None:
    for _ in range(3):
        with socket.create_connection((served.lane.host, served.lane.port), timeout=60) as client:
            if how == "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert ask(served).endswith(b"GET /a ")
    assert served.refusals.empty()


@pytest.mark.parametrize("sent", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00"])
def test_a_handshake_that_is_not_finished_is_aborted(serve: Serve, sent: bytes) -> None:
    served = serve(tls=[NAME], head_timeout=0.2)
    with socket.create_connection((served.lane.host, served.lane.port), timeout=60) as client:
        client.sendall(sent)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""
    assert served.refusals.get(timeout=60) == Refusal(
        status=408,
        reason="The client did not finish the TLS handshake within 0.2 s.",
        peer=served_peer(client),
    )


def served_peer(client: socket.socket) -> Any:
    """Equal to any address: the socket is closed and has forgotten its own."""

    class Anything:
        def __eq__(self, other: object) -> bool:
            return str(other).startswith("127.0.0.1:")

        __hash__ = None  # type: ignore[assignment]

    return Anything()


def test_limits_of_a_head_hold_inside_tls(served: Served) -> None:
    with connected(served) as client:
        with contextlib.suppress(OSError):  # the answer comes before all is sent
            client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 70_000)
        assert read_all(client).startswith(b"HTTP/1.1 431 ")
    with connected(served) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
        assert ask(served).endswith(b"GET /a ")  # so that handshake is over
        let_pass(served.host, 30)
        assert read_all(client).startswith(b"HTTP/1.1 408 ")


# ── closing ──────────────────────────────────────────────────────────────────────────────────────


def test_a_kept_alive_connection_ends_with_its_lane(served: Served) -> None:
    with connected(served) as client:
        client.sendall(GET)
        assert client.recv(65536)
        served.lane.close()
        with contextlib.suppress(OSError):
            while client.recv(65536):
                pass


def test_closing_cancels_a_request_in_flight(served: Served) -> None:
    with connected(served) as client:
        client.sendall(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n")
        assert served.application.is_held.wait(60)
        served.lane.close()
    assert served.application.ends.get_nowait() == "cancelled"
    assert served.errors.empty()


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02\x00\x01\x00"])
def test_closing_does_not_wait_for_handshakes(served: Served, sent: bytes) -> None:
    clients = [
        socket.create_connection((served.lane.host, served.lane.port), timeout=60) for _ in range(5)
    ]
    for client in clients:
        client.sendall(sent)
    assert ask(served).endswith(b"GET /a ")  # so they are accepted
    before = time.monotonic()
    served.lane.close()
    assert time.monotonic() - before < 25  # the limit is 30 s
    for client in clients:
        with client, contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""
    assert served.refusals.empty()


def client_hello(context: ssl.SSLContext, name: str) -> bytes:
    sent = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname=name).do_handshake()
    return sent.read()


def test_lanes_open_and_close_while_clients_shake_hands(host: Host) -> None:
    refusals: queue.Queue[Refusal] = queue.Queue()
    context = trusting(host)

    def visit(number: int) -> None:
        lane = host.open(
            hello,
            on_refusal=refusals.put,
            http_date=lambda: b"-",
            tls=host.authority.server_context([f"lane{number % 4}.example"]),
        )
        plain = socket.create_connection((lane.host, lane.port), timeout=60)
        with plain, ThreadPoolExecutor(1) as other:
            closing = other.submit(lane.close)
            with contextlib.suppress(OSError):
                plain.sendall(client_hello(context, f"lane{number % 4}.example"))
                while plain.recv(65536):
                    pass
            closing.result(60)

    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(visit, range(24), timeout=40))) == 24


def test_what_a_lane_costs() -> None:
    """Shown with ``-s``: the time depends on the machine."""
    times: list[float] = []
    with Host(limits=Limits()) as host:
        for _ in range(2):
            before = time.perf_counter()
            lane = host.open(
                hello,
                on_refusal=print,
                http_date=lambda: b"-",
                tls=host.authority.server_context([NAME]),
            )
            times.append(time.perf_counter() - before)
            assert lane.origin.startswith("https://")
    first, second = (1e3 * seconds for seconds in times)
    sys.stdout.write(f"\na TLS lane opens in {first:.1f} ms, the second in {second:.2f} ms\n")
