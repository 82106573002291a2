"""Pairs of pytest runs, with mockidp as installed in a folder and without it; prints for each pair
what the two took of the processor, in seconds.

``python benchmarks/pytest_runs.py FOLDER PAIRS ARGUMENT...``. Each run is a fork of this process,
which has imported pytest and run it once: what both do alike takes forty times as long as what is
looked for, and would drown it.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Sequence

import pytest


def cpu_seconds(arguments: Sequence[str], path: Sequence[str]) -> float:
    """What a run in a process of its own takes."""
    child = os.fork()
    if not child:
        sys.path[:] = path
        code = 1
        try:
            code = pytest.main([*arguments])
        finally:
            os._exit(code)
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"pytest ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    folder, pairs, *arguments = sys.argv[1:]
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    # Also where it is installed in this environment.
    without = ["-p", "no:mockidp", *arguments]
    pytest.main(without)
    gc.freeze()
    taken = [
        [cpu_seconds(arguments, [folder, *sys.path]), cpu_seconds(without, sys.path)]
        for _ in range(int(pairs) + 1)
    ][1:]
    os.write(answers, json.dumps(taken).encode())


if __name__ == "__main__":
    main()
