"""A load of keep-alive connections, lean enough not to be what is measured; runs as a process."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice

from benchmarks.measure import pinned_to


@dataclass(frozen=True)
class Load:
    per_second: float
    median_seconds: float
    requests: int


class _Connection:
    """Waits for each answer: on a machine of few processors, an event loop here would be measured
    together with the server's.
    """

    def __init__(self, port: int, request: bytes) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request

    def send(self) -> None:
        self._sent = time.perf_counter()
        self._socket.sendall(self._request)

    def wait(self) -> float:
        """The seconds until the answer was complete."""
        received = b""
        while not _is_complete(received):
            piece = self._socket.recv(65536)
            if not piece:
                raise RuntimeError("the server closed the connection")
            received += piece
        return time.perf_counter() - self._sent


def _is_complete(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return False
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.split(b"\r\n")[0].decode())
    return len(body) >= int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])


def _run(port: int, connections: int, requests: int, request: bytes) -> Load:
    opened = [_Connection(port, request) for _ in range(connections)]
    started = time.perf_counter()
    latencies = sorted(_latencies(opened, requests))
    elapsed = time.perf_counter() - started
    return Load(requests / elapsed, latencies[requests // 2], requests)


def _latencies(connections: list[_Connection], requests: int) -> Iterator[float]:
    """One after the other: while one answer is waited for, the others' requests wait at the server,
    which takes them in that order.
    """
    for connection in connections:
        connection.send()
    for number, connection in enumerate(islice(cycle(connections), requests)):
        yield connection.wait()
        if number + len(connections) < requests:
            connection.send()


def put_load(port: int, request: bytes, *, connections: int, requests: int, processor: int) -> Load:
    """Put a load on a server from a process of its own on one processor."""
    arguments = [str(port), str(connections), str(requests), request.decode()]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=pinned_to(processor),
    )
    return Load(**json.loads(done.stdout))


if __name__ == "__main__":
    port, connections, requests, request = sys.argv[1:]
    load = _run(int(port), int(connections), int(requests), request.encode())
    print(json.dumps(load.__dict__))
