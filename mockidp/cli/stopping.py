"""Being told to stop: Ctrl+C, SIGTERM of whoever started the process, or a terminal that is
closed.
"""

from __future__ import annotations

import signal
from queue import SimpleQueue
from types import FrameType


class StopSignal:
    """The first SIGINT, SIGTERM or SIGHUP after it was made, for the main thread that waits for
    it.
    """

    def __init__(self) -> None:
        # No Event: its wait() holds a lock for a moment that its set() takes. A handler runs in
        # the thread that waits, so a signal of that moment would hang the process for ever.
        self._arrived: SimpleQueue[int] = SimpleQueue()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._arrive)
        hangup = getattr(signal, "SIGHUP", None)  # Windows has none
        if hangup is not None and signal.getsignal(hangup) != signal.SIG_IGN:  # as nohup has it
            signal.signal(hangup, self._arrive)

    def wait(self) -> None:
        self._arrived.get()

    def _arrive(self, number: int, frame: FrameType | None) -> None:
        self._arrived.put(number)
