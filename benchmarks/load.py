"""A load of kept-alive connections; runs as a process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.connection import Connection
from benchmarks.measure import pinned_to


@dataclass(frozen=True)
class Load:
    per_second: float
    median_seconds: float
    requests: int


def _run(port: int, connections: int, requests: int, request: bytes) -> Load:
    opened = [Connection(port) for _ in range(connections)]
    started = time.perf_counter()
    latencies = sorted(_latencies(opened, requests, request))
    elapsed = time.perf_counter() - started
    return Load(requests / elapsed, latencies[requests // 2], requests)


def _latencies(connections: list[Connection], requests: int, request: bytes) -> Iterator[float]:
    """One after the other: while one answer is waited for, the others' requests wait at the server,
    which takes them in that order.
    """
    turns = deque[tuple[Connection, float]]()

    def send(connection: Connection) -> None:
        turns.append((connection, time.perf_counter()))
        connection.send(request)

    for connection in connections:
        send(connection)
    for left in reversed(range(requests)):
        connection, sent = turns.popleft()
        head, _ = connection.receive()
        yield time.perf_counter() - sent
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.split(b"\r\n")[0].decode())
        if left >= len(connections):
            send(connection)


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
