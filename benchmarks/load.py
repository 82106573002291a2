"""A load of keep-alive connections, lean enough not to be what is measured; runs as a process."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass

from benchmarks.measure import pinned_to


@dataclass(frozen=True)
class Load:
    per_second: float
    median_seconds: float
    requests: int


class _Connection(asyncio.Protocol):
    """Sends the request again as soon as its answer is complete."""

    def __init__(self, request: bytes, left: list[int], latencies: list[float]) -> None:
        self.request, self.left, self.latencies = request, left, latencies
        self.done = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(head.split(b"\r\n")[0].decode()))
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) >= length:
            self.latencies.append(time.perf_counter() - self.sent)
            self.buffer = b""
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or RuntimeError("the server closed the connection"))

    def _send(self) -> None:
        if not self.left[0]:
            self.done.set_result(None)
            self.transport.close()
            return
        self.left[0] -= 1
        self.sent = time.perf_counter()
        self.transport.write(self.request)


async def _run(port: int, connections: int, requests: int, request: bytes) -> Load:
    loop = asyncio.get_running_loop()
    left, latencies = [requests], list[float]()
    started = time.perf_counter()
    pairs = [
        await loop.create_connection(
            lambda: _Connection(request, left, latencies), "127.0.0.1", port
        )
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in pairs))
    elapsed = time.perf_counter() - started
    return Load(len(latencies) / elapsed, sorted(latencies)[len(latencies) // 2], len(latencies))


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
    load = asyncio.run(_run(int(port), int(connections), int(requests), request.encode()))
    print(json.dumps(load.__dict__))
