"""Rounds, medians, processors, and the yardstick: this machine's bare RS256 signature."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from benchmarks.connection import request_of
from mockidp.keys.pool import shared_pool

ROUNDS = 9
MESSAGE = b"x" * 600
PATH = "/groupdocs-total/connect/token"
CLIENT_ID = "6d6f636b-6964-4070-8000-000000000001"

MOCKIDP = ("mockidp", "serve", "groupdocs-total", "--port", "0")
BARE_STARLETTE = ("benchmarks.bare", "starlette")
BARE_ASGI = ("benchmarks.bare", "asgi")


@dataclass(frozen=True)
class Figure:
    """One line of the report; ``at_most`` says on which side of the target it should be. Without a
    target it is there for comparison.
    """

    what: str
    reached: float
    target: float | None
    unit: str = "x"
    at_most: bool = True

    def __str__(self) -> str:
        line = f"{self.what:<66} {self.reached:8.3f} {self.unit:<4}"
        if self.target is None:
            return line.rstrip()
        good = self.reached <= self.target if self.at_most else self.reached >= self.target
        sign = "<=" if self.at_most else ">="
        verdict = "reached" if good else "MISSED"
        return f"{line} {sign} {self.target:g} {self.unit:<4} {verdict}"


@dataclass(frozen=True)
class Signature:
    """Seconds that one takes, in wall time and in processor time: the yardstick of either."""

    wall: float
    cpu: float


def bare_signature(signatures: int = 300) -> Signature:
    """What an RS256 signature of token size takes on the processor that this runs on."""
    with shared_pool().lease("RS256") as lease:
        sign = lease.key.private_key.sign
        pkcs1, sha256 = padding.PKCS1v15(), hashes.SHA256()
        sign(MESSAGE, pkcs1, sha256)  # type: ignore[call-arg, arg-type]
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(signatures):
            sign(MESSAGE, pkcs1, sha256)  # type: ignore[call-arg, arg-type]
        return Signature(
            (time.perf_counter() - wall) / signatures, (time.process_time() - cpu) / signatures
        )


def median_of(rounds: int, measure: Callable[[], float]) -> float:
    """The median of some rounds, after one that does not count."""
    measure()
    return statistics.median(measure() for _ in range(rounds))


def processors() -> tuple[int, int]:
    """Two processors, one for the server and one for the load; on a machine with one, that one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def pinned_to(processor: int) -> Callable[[], None]:
    return lambda: os.sched_setaffinity(0, {processor})


@contextmanager
def on_processor(processor: int) -> Iterator[None]:
    """Run the block on one processor."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {processor})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True)
class Server:
    """A running server with a token endpoint: ``mockidp serve groupdocs-total``, or a bare one."""

    process: subprocess.Popen[str]
    port: int

    @property
    def request(self) -> bytes:
        """A token request as bytes."""
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": "6d6f636b696470736563726574303031",
        }
        return request_of("POST", PATH, self.port, {}, urlencode(form))

    def cpu_seconds(self) -> float:
        fields = _proc(f"{self.process.pid}/stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mib(self) -> float:
        return (
            int(_proc(f"{self.process.pid}/statm").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        )


def environment() -> dict[str, str]:
    """For a child whose start is measured: it may keep its compiled files, as anybody's does."""
    return {n: value for n, value in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}


@contextmanager
def serving(processor: int, command: Sequence[str] = MOCKIDP) -> Iterator[Server]:
    """A server process on one processor: a module and its arguments, which prints its address.
    Where the module is installed as a command, it is started as a user starts it.
    """
    installed = Path(sys.executable).with_name(command[0])
    process = subprocess.Popen(
        [installed, *command[1:]] if installed.exists() else [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=pinned_to(processor),  # noqa: PLW1509 - this process has one thread
        env=environment(),
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        yield Server(process, int(first.split("127.0.0.1:")[1].split()[0]))
    finally:
        process.terminate()
        process.communicate()


def _proc(name: str) -> str:
    with open(f"/proc/{name}") as file:
        return file.read()
