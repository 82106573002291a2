"""What the plugin costs a pytest run that does not use it, in processor time: wall time on a shared
machine varies by more than the whole target.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Figure, environment

RUNS = 21


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "test_nothing.py")
        path.write_text("def test(): pass\n")
        pairs = [
            (_cpu_seconds(path, "mockidp.pytest_plugin"), _cpu_seconds(path, "no:mockidp"))
            for _ in range(RUNS + 1)
        ][1:]
    unused = statistics.median(with_it - without for with_it, without in pairs)
    return [Figure("installed but unused, processor time per run", unused * 1000, 5.0, "ms")]


def _cpu_seconds(path: Path, plugin: str) -> float:
    # Plugins of the environment would drown the difference; ours is loaded by name alone.
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", plugin, str(path)],
        stdout=subprocess.DEVNULL,
        cwd=path.parent,
        env={**environment(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"pytest ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime
