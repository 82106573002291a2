"""The time from ``mockidp serve`` to its first token, beside importing the same stack."""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import time

from benchmarks.measure import ROUNDS, Figure, environment, pinned_to, processors, serving

_STACK = (
    "import click, cryptography.hazmat.primitives.asymmetric.rsa, httptools, jwt, "
    "starlette.applications, starlette.responses, starlette.routing, tomllib, "
    "uvicorn.config, uvicorn.protocols.http.httptools_impl"
)


def measure() -> list[Figure]:
    rounds = [(_first_token(), _import_stack()) for _ in range(ROUNDS + 1)][1:]
    ratio = statistics.median(token / stack for token, stack in rounds)
    return [Figure("`mockidp serve` to first token / importing the same stack", ratio, 1.2)]


def _first_token() -> float:
    started = time.perf_counter()
    with (
        serving(processors()[0]) as server,
        socket.create_connection(("127.0.0.1", server.port)) as connection,
    ):
        connection.sendall(server.request)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        return time.perf_counter() - started


def _import_stack() -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", _STACK],
        check=True,
        preexec_fn=pinned_to(processors()[0]),
        env=environment(),
    )
    return time.perf_counter() - started
