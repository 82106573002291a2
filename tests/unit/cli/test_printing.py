"""Lines of a server are printed in their order, and nobody waits for who reads them."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mockidp.cli import printing
from mockidp.cli.printing import LinePrinter

Print = Callable[[LinePrinter], str]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Print:
    """What a printer prints from its start to its end, on a console without arrows."""

    def run(printer: LinePrinter) -> str:
        with (tmp_path / "out").open("w", encoding="ascii") as out, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            printer.start()
            printer.close()
        return (tmp_path / "out").read_text("ascii")

    return run


def test_lines_wait_until_it_is_started(printed: Print) -> None:
    printer = LinePrinter()
    for line in ("one", "two", "drei → 3"):
        printer.print(line)
    assert printed(printer) == "one\ntwo\ndrei ? 3\n"


def test_without_an_output_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)  # as where it was closed before the start: `>&-`
    printer = LinePrinter()
    printer.print("one")
    printer.start()
    printer.close()


def test_one_that_was_not_started_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    printer = LinePrinter()
    printer.print("one")
    printer.close()
    assert capfd.readouterr().out == ""


def test_lines_that_nobody_reads_are_left_out_and_counted(
    printed: Print, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "_MOST_WAITING", 3)
    printer = LinePrinter()
    for n in range(10):
        printer.print(str(n))
    assert printed(printer).splitlines() == [
        *("0", "1", "2"),
        "(7 lines are left out: they were not read in time)",
    ]


def test_who_reads_no_more_is_waited_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_PATIENCE", 0.05)
    reading, writing = os.pipe()
    with open(writing, "w", encoding="utf-8") as out, open(reading, "rb") as pipe:
        monkeypatch.setattr(sys, "stdout", out)
        printer = LinePrinter()
        printer.print("x" * 1_000_000)  # a pipe holds 64 KiB
        printer.start()
        printer.close()
        assert printer._thread.is_alive()
        assert len(pipe.read(1_000_001)) == 1_000_001
        printer._thread.join(60)
        assert not printer._thread.is_alive()


def test_a_pipe_that_does_not_block_gets_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program that has the same terminal or pipe may have set it so."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with open(writing, "w", encoding="utf-8") as out, open(reading, "rb") as pipe:
        monkeypatch.setattr(sys, "stdout", out)
        printer = LinePrinter()
        printer.print("x" * 1_000_000)
        printer.print("y")
        printer.start()
        assert pipe.read(1_000_003) == b"x" * 1_000_000 + b"\ny\n"
        printer.close()


def test_a_line_that_cannot_be_written_is_not_the_last(
    printed: Print, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def while_the_disk_is_full(file: int, data: bytes) -> int:
        if data == b"one\n":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(file, data)

    monkeypatch.setattr(os, "write", while_the_disk_is_full)
    printer = LinePrinter()
    for line in ("one", "two"):
        printer.print(line)
    assert printed(printer) == "two\n"
