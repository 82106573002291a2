"""The command line, in this process and as a process of its own."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import mockidp
from mockidp.cli import run as run_cli

ROOT = Path(mockidp.__file__).parents[1]
#: Real seconds after which a process is taken to hang.
PATIENCE = 60.0


class Result(NamedTuple):
    code: int
    out: str
    err: str


class Serving:
    """`mockidp serve` as a process, and what it has printed so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.printed = ""

    def wait_for(self, text: str) -> str:
        """Read until `text` has been printed."""
        assert self.process.stdout is not None
        until = time.monotonic() + PATIENCE
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            while text not in self.printed:
                assert time.monotonic() < until, f"no {text!r} in:\n{self.printed}"
                if ready.select(timeout=1):
                    line = os.read(self.process.stdout.fileno(), 65536).decode("utf-8", "replace")
                    assert line, f"ended without {text!r}:\n{self.printed}"
                    self.printed += line
        return self.printed

    @property
    def url(self) -> str:
        first_line = self.wait_for("Ctrl+C stops the server.\n").partition("\n")[0]
        return first_line.rpartition(" at ")[2]

    def stop(self, signal: int) -> tuple[int, str]:
        """Send a signal; give the exit code and what was printed to standard error."""
        self.process.send_signal(signal)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err


@pytest.fixture(autouse=True)
def clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No mockidp.toml and no variable of whoever runs the tests; processes find the package."""
    monkeypatch.chdir(tmp_path)
    for variable in list(os.environ):
        if variable.startswith("MOCKIDP_"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """``run("token", "openid")``: the command in this process."""

    def command(*argv: str) -> Result:
        capsys.readouterr()
        code = run_cli(argv)
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return command


@pytest.fixture
def run_process() -> Callable[..., Result]:
    """The same as a process that ends by itself."""

    def command(*argv: str, **environ: str) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "mockidp", *argv],
            check=False,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            env={**os.environ, **environ},
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return command


@pytest.fixture
def serve() -> Iterator[Callable[..., Serving]]:
    """``serve("--port", "0")``: the server as a process, ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*argv: str, **environ: str) -> Serving:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "mockidp", "serve", *argv],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **environ},
        )
        started.append(process)
        return Serving(process)

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()  # killed, it could not remove its certificates
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
