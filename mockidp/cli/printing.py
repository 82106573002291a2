"""What `mockidp serve` prints while it serves: from a thread of its own, because who reads it may
be slow, or read no more, and no request waits for that.
"""

from __future__ import annotations

import os
import select
import sys
from contextlib import suppress
from queue import Full, Queue
from threading import Thread

#: So many lines wait to be read; what comes then is counted.
_MOST_WAITING = 10_000
#: Seconds of real time for those that wait at the end.
_PATIENCE = 1.0


class LinePrinter:
    """Prints lines one after the other, once it has been started. Its thread may be left behind
    while it writes.
    """

    def __init__(self) -> None:
        self._lines: Queue[str | None] = Queue(_MOST_WAITING)
        self._left_out = 0
        self._thread = Thread(target=self._run, name="mockidp-printer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def print(self, line: str) -> None:
        """Have a line printed, if anybody reads them."""
        try:
            self._lines.put_nowait(line)
        except Full:
            self._left_out += 1

    def close(self) -> None:
        """Print what waits, if somebody reads it now."""
        if self._thread.is_alive():
            with suppress(Full):
                self._lines.put(None, timeout=_PATIENCE)
            self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            _write(line)
            if self._left_out and self._lines.empty():
                self._tell_what_is_left_out()
        if self._left_out:
            self._tell_what_is_left_out()

    def _tell_what_is_left_out(self) -> None:
        count, self._left_out = self._left_out, 0
        _write(f"({count} lines are left out: they were not read in time)")


def _write(line: str) -> None:
    """Past the buffer of standard output: its lock would be held as long as nobody reads, and the
    end of the process waits for it.
    """
    if sys.stdout is None:  # closed before the start
        return
    with suppress(OSError):  # who reads may have gone, or the disk be full; the server serves on
        sys.stdout.flush()
        file = sys.stdout.fileno()
        rest = f"{line}\n".encode(sys.stdout.encoding, "replace")
        while rest:
            try:
                rest = rest[os.write(file, rest) :]
            except BlockingIOError:  # as where another program has set its terminal or pipe so
                select.select((), (file,), ())
