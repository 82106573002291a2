"""Test suites with a lane for each test, and without."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import ROUNDS, Figure, environment

_TESTS = (
    "import pytest\n@pytest.mark.parametrize('n', range({count}))\ndef test({fixture}n): pass\n"
)


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        suites = {
            "empty 200": _suite(folder, 200, ""),
            "lanes 200": _suite(folder, 200, "mockidp_groupdocs_total, "),
            "empty 1000": _suite(folder, 1000, ""),
            "lanes 1000": _suite(folder, 1000, "mockidp_groupdocs_total, "),
        }
        rounds = [{name: _run(path) for name, path in suites.items()} for _ in range(ROUNDS + 1)]
    medians = {name: statistics.median(r[name] for r in rounds[1:]) for name in rounds[0]}
    suite = statistics.median(r["lanes 200"] - r["empty 200"] for r in rounds[1:])
    lanes = medians["lanes 1000"] - medians["lanes 200"]
    tests = medians["empty 1000"] - medians["empty 200"]
    return [
        Figure(
            "a test with a lane of its own, over an empty test", (lanes - tests) / 0.8, 1.0, "ms"
        ),
        Figure("200 tests with a lane each, over 200 empty tests", suite, 0.5, "s"),
    ]


def _suite(folder: str, count: int, fixture: str) -> Path:
    path = Path(folder, f"test_{count}_{'lanes' if fixture else 'empty'}.py")
    path.write_text(_TESTS.format(count=count, fixture=fixture))
    return path


def _run(path: Path) -> float:
    # Plugins of the environment would drown the difference; ours is loaded by name alone.
    plugin = ("-p", "mockidp.pytest_plugin")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin]
    started = time.perf_counter()
    subprocess.run(
        [*command, f"--rootdir={path.parent}", str(path)],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=path.parent,
        env={**environment(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    return time.perf_counter() - started
