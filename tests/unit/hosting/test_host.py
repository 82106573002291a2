"""Lanes open at once, close completely, and do not know each other."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import selectors
import socket
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from fixtures.asgi import hello
from fixtures.passing_time import let_pass
from mockidp.hosting.host import Host, Lane
from mockidp.hosting.lane import ACCEPT_PAUSE

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from tests.unit.hosting.conftest import Connect, Served

GET = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n"

needs_no_telling = pytest.mark.skipif(
    not hasattr(selectors.DefaultSelector, "fileno"), reason="this platform's loop must be told"
)


def open_lane(host: Host, *, address: str = "127.0.0.1", port: int = 0, date: bytes = b"-") -> Lane:
    def unexpected(problem: object) -> None:
        raise AssertionError(problem)

    return host.open(
        hello,
        host=address,
        port=port,
        on_refusal=unexpected,
        http_date=lambda: date,
        on_error=unexpected,
    )


def get(lane: Lane) -> bytes:
    with socket.create_connection((lane.host, lane.port), timeout=60) as client:
        client.sendall(b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        received = b""
        while piece := client.recv(65536):
            received += piece
        return received


def is_refused(lane: Lane) -> bool:
    with socket.socket() as client:
        return client.connect_ex((lane.host, lane.port)) != 0


@pytest.fixture(params=["its own selector", "select"])
def host(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """On this platform's selector, and as on Windows, where no selector can be watched."""
    if request.param == "select":
        monkeypatch.setattr(selectors, "DefaultSelector", selectors.SelectSelector)
    with Host() as opened:
        yield opened


def test_a_lane_serves_as_soon_as_it_is_open(host: Host) -> None:
    lane = open_lane(host)
    assert lane.origin == f"http://127.0.0.1:{lane.port}"
    assert get(lane).endswith(b"hello")


def test_two_lanes_of_a_host_are_served_by_one_thread(host: Host) -> None:
    before = {*threading.enumerate()}
    lanes = [open_lane(host, date=date) for date in (b"first", b"second")]
    assert [thread.name for thread in {*threading.enumerate()} - before] == ["mockidp-host"]
    assert b"\r\ndate: first\r\n" in get(lanes[0])
    assert b"\r\ndate: second\r\n" in get(lanes[1])
    lanes[0].close()
    assert is_refused(lanes[0])
    assert get(lanes[1]).endswith(b"hello")


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("127.0.0.1", "http://127.0.0.1:{}"),
        ("localhost", "http://localhost:{}"),
        ("0.0.0.0", "http://127.0.0.1:{}"),
        ("::1", "http://[::1]:{}"),
        ("::", "http://[::1]:{}"),
    ],
)
def test_an_origin_can_be_reached(host: Host, address: str, origin: str) -> None:
    if ":" in address and not has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    lane = open_lane(host, address=address)
    assert lane.origin == origin.format(lane.port)
    assert get(lane).endswith(b"hello")


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_answers_are_sent_without_delay(served: Served, connect: Connect) -> None:
    connect(served).send(GET).read(b"GET /a ")
    (connection,) = served.lane._service.state.connections
    sock = connection.transport.get_extra_info("socket")
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_in_use_is_the_callers_error(host: Host) -> None:
    lane = open_lane(host)
    with pytest.raises(OSError, match="in use"):
        open_lane(host, port=lane.port)
    assert get(lane).endswith(b"hello")


def test_a_fixed_port_can_be_had_again_at_once(host: Host) -> None:
    lane = open_lane(host)
    port = lane.port
    # A connection that the server closed first leaves the port waiting.
    assert get(lane).endswith(b"hello")
    lane.close()
    again = open_lane(host, port=port)
    assert again.port == port
    assert get(again).endswith(b"hello")


def test_a_kept_alive_connection_ends_with_its_lane(served: Served, connect: Connect) -> None:
    client = connect(served).send(GET)
    client.read(b"GET /a ")
    served.lane.close()
    assert is_refused(served.lane)
    # Not in a moment, but long before the 75 s of a kept-alive connection.
    with contextlib.suppress(ConnectionResetError):
        assert client.socket.recv(1) == b""


def test_closing_cancels_a_request_in_flight(served: Served, connect: Connect) -> None:
    client = connect(served).send(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n")
    assert served.application.is_held.wait(60)
    served.lane.close()
    assert served.application.ends.get_nowait() == "cancelled"
    assert client.read_all() == b""
    assert served.errors.empty()


def test_closing_ends_a_connection_that_is_not_read(served: Served, connect: Connect) -> None:
    # A pipelined request waits for the one before it, and the server reads no further.
    client = connect(served).send(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n", GET)
    assert served.application.is_held.wait(60)
    served.lane.close()
    assert client.read_all() == b""
    assert served.application.ends.get_nowait() == "cancelled"
    assert served.application.ends.empty()


def test_closing_ends_a_connection_that_nobody_accepted_yet(host: Host) -> None:
    for _ in range(50):
        lane = open_lane(host)
        with socket.create_connection((lane.host, lane.port), timeout=60) as client:
            lane.close()
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(1) == b""


def test_closing_twice_is_closing_once(host: Host) -> None:
    lane = open_lane(host)
    with ThreadPoolExecutor(4) as pool:
        for closing in [pool.submit(lane.close) for _ in range(4)]:
            closing.result(60)
    lane.close()
    assert is_refused(lane)


def test_a_lane_can_be_closed_by_its_own_request(host: Host) -> None:
    closed = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        lane.close()
        closed.set()
        await receive()
        await receive()

    lane = host.open(app, on_refusal=print, http_date=lambda: b"-")
    with socket.create_connection((lane.host, lane.port), timeout=60) as client:
        client.sendall(GET)
        assert client.recv(1) == b""
    assert closed.is_set()
    lane.close()
    assert is_refused(lane)


@needs_no_telling
def test_a_lane_that_nobody_is_connected_to_opens_and_closes_while_the_loop_is_busy() -> None:
    is_busy, may_go_on = threading.Event(), threading.Event()
    was_told = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_busy.set()
        was_told.append(may_go_on.wait(10))
        await hello(scope, receive, send)

    with Host() as host:
        busy = host.open(app, on_refusal=print, http_date=lambda: b"-")
        with socket.create_connection((busy.host, busy.port), timeout=60) as client:
            client.sendall(GET)
            assert is_busy.wait(60)
            lane = open_lane(host)
            lane.close()
            assert is_refused(lane)
            may_go_on.set()
            assert client.recv(65536)
    assert was_told == [True]


def test_no_request_begins_after_its_lane_was_closed(host: Host) -> None:
    begun = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal begun
        begun += 1
        await hello(scope, receive, send)

    def request_until_refused(lane: Lane) -> None:
        with contextlib.suppress(OSError):
            while True:
                with socket.create_connection((lane.host, lane.port), timeout=60) as client:
                    client.sendall(GET)
                    client.recv(65536)

    after_closing = []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            lane = host.open(app, on_refusal=print, http_date=lambda: b"-")
            asking = [pool.submit(request_until_refused, lane) for _ in range(2)]
            get(lane)
            lane.close()
            before = begun
            for client in asking:
                client.result(60)
            after_closing.append(begun - before)
    assert after_closing == [0] * 20


def test_closing_waits_for_a_connection_that_is_being_accepted(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    is_accepting = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope["path"])
        await hello(scope, receive, send)

    class Door:
        """The lane's, which says when somebody has to wait there."""

        def __init__(self) -> None:
            self.lock = threading.Lock()
            self.is_wanted = threading.Event()

        def __enter__(self) -> None:
            if not self.lock.acquire(blocking=False):
                self.is_wanted.set()
                self.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.lock.release()

    accept = socket.socket.accept
    waited = []

    def accept_while_it_closes(listener: socket.socket) -> tuple[socket.socket, object]:
        connection = accept(listener)
        is_accepting.set()
        waited.append(door.is_wanted.wait(10))
        return connection

    lane = host.open(app, on_refusal=print, http_date=lambda: b"-")
    door = Door()
    monkeypatch.setattr(lane, "_door", door)
    monkeypatch.setattr(socket.socket, "accept", accept_while_it_closes)
    with socket.create_connection((lane.host, lane.port), timeout=60) as client:
        client.sendall(GET)
        assert is_accepting.wait(60)
        lane.close()
        before = len(begun)
        with contextlib.suppress(ConnectionResetError):
            client.recv(1)
    assert waited == [True]
    assert len(begun) == before


@needs_no_telling
def test_closing_waits_for_the_socket_of_a_connection_that_has_just_been_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_lost, may_go_on = threading.Event(), threading.Event()

    def lose(protocol: HttpToolsProtocol, problem: Exception | None) -> None:
        forget(protocol, problem)
        is_lost.set()
        may_go_on.wait(10)  # asyncio closes the socket after this

    def run(coroutine: Coroutine[Any, Any, None]) -> None:
        may_go_on.set()
        ask_loop(coroutine)

    with Host() as host:
        lane = open_lane(host)
        forget, ask_loop = HttpToolsProtocol.connection_lost, lane._run
        monkeypatch.setattr(HttpToolsProtocol, "connection_lost", lose)
        monkeypatch.setattr(lane, "_run", run)
        with socket.create_connection((lane.host, lane.port), timeout=60) as client:
            client.sendall(GET)
            assert client.recv(65536)
            (connection,) = lane._service.state.connections
            sock = connection.transport.get_extra_info("socket")
        assert is_lost.wait(60)
        lane.close()
        assert sock.fileno() == -1


def test_a_lane_goes_on_accepting_when_there_are_descriptors_again(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = open_lane(host)
    is_full = threading.Event()

    def accept(listener: socket.socket) -> tuple[socket.socket, object]:
        is_full.set()
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patch, socket.socket() as client:
        patch.setattr(socket.socket, "accept", accept)
        client.settimeout(60)
        client.connect((lane.host, lane.port))
        client.sendall(GET)
        assert is_full.wait(60)
        patch.undo()
        let_pass(host, ACCEPT_PAUSE)
        assert client.recv(65536)


def test_what_goes_wrong_on_the_loop_is_told_to_who_closes(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise OSError("Bad file descriptor")

    lane = open_lane(host)
    with socket.create_connection((lane.host, lane.port), timeout=60) as client:
        client.sendall(GET)
        assert client.recv(65536)
        with monkeypatch.context() as patch:
            patch.setattr(lane, "_end_connections", fail)
            with pytest.raises(OSError, match="Bad file descriptor"):
                lane.close()
        lane.close()
    assert is_refused(lane)


def test_a_close_that_was_interrupted_is_finished_by_the_next(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(listener: socket.socket) -> None:
        raise KeyboardInterrupt

    lane = open_lane(host)
    with monkeypatch.context() as patch:
        patch.setattr(lane._listeners, "remove", interrupt)
        with pytest.raises(KeyboardInterrupt):
            lane.close()
    lane.close()
    assert is_refused(lane)
    assert get(open_lane(host, port=lane.port)).endswith(b"hello")


def test_an_address_that_cannot_be_watched_is_free_again(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(listener: socket.socket, on_ready: object) -> None:
        ports.append(listener.getsockname()[1])
        raise OSError("No space left on device")

    ports: list[int] = []
    lane = open_lane(host)
    with monkeypatch.context() as patch:
        patch.setattr(lane._listeners, "add", fail)
        with pytest.raises(OSError, match="No space"):
            open_lane(host)
    assert get(open_lane(host, port=ports[0])).endswith(b"hello")


def test_a_lane_closes_once_where_its_loop_and_another_thread_close_it(host: Host) -> None:
    for _ in range(200):
        lane = open_lane(host)
        lane._loop.call_soon_threadsafe(lane.close)
        lane.close()
        assert is_refused(lane)


def test_closing_a_host_closes_its_lanes_and_ends_its_thread() -> None:
    before = {*threading.enumerate()}
    host = Host()
    lanes = [open_lane(host) for _ in range(3)]
    host.close()
    host.close()
    assert {*threading.enumerate()} <= before
    assert all(map(is_refused, lanes))
    for lane in lanes:
        lane.close()
    with pytest.raises(RuntimeError, match="this Host is closed"):
        open_lane(host)


def test_a_host_without_lanes_starts_no_thread() -> None:
    before = {*threading.enumerate()}
    with Host():
        assert {*threading.enumerate()} <= before


def test_fifty_lanes_open_and_close_from_eight_threads(host: Host) -> None:
    def visit(number: int) -> None:
        lane = open_lane(host, date=b"%d" % number)
        assert b"\r\ndate: %d\r\n" % number in get(lane)
        lane.close()
        with socket.socket() as client:
            # Another thread's lane may have the port by now, but it is another lane.
            if client.connect_ex((lane.host, lane.port)) == 0:
                client.sendall(GET)
                assert b"\r\ndate: %d\r\n" % number not in client.recv(65536)

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(visit, range(50), timeout=30))) == 50
    assert host._lanes == set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_can_neither_use_nor_keep_open_the_lanes(host: Host) -> None:
    context = multiprocessing.get_context("fork")
    lane = open_lane(host)
    ready, done = context.Event(), context.Event()
    answers = context.SimpleQueue()

    def child() -> None:
        lane.close()
        host.close()
        try:
            open_lane(host)
        except RuntimeError as error:
            answers.put(str(error))
        ready.set()
        done.wait(200)

    client = socket.create_connection((lane.host, lane.port), timeout=60)
    client.sendall(b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n")
    assert client.recv(1)
    process = context.Process(target=child)
    process.start()
    try:
        assert ready.wait(60)
        assert "forked child" in answers.get()
        assert get(lane).endswith(b"hello")
        lane.close()  # the child still holds copies of its sockets
        assert is_refused(lane)
        client.settimeout(60)  # sooner than the child ends by itself
        while client.recv(65536):
            pass
    finally:
        client.close()
        done.set()
        process.join(60)
