"""What the plugin costs a pytest run that does not use it, in processor time: wall time on a shared
machine varies by more than the whole target.

It is measured as installed: pytest finds the plugin by the metadata of its distribution, and reads
the list of all files there before it imports anything.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

import mockidp
from benchmarks.measure import Figure, environment

RUNS = 41
_PACKAGE = Path(mockidp.__file__).parent


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "test_nothing.py")
        path.write_text("def test(): pass\n")
        site = _installed(Path(folder, "site"))
        # Plugins of the environment would drown the difference.
        others = [f"no:{entry.name}" for entry in entry_points(group="pytest11")]
        blocked = [name for name in others if name != "no:mockidp"]
        pairs = [
            (
                _cpu_seconds(path, site, blocked),
                _cpu_seconds(path, folder, [*blocked, "no:mockidp"]),
            )
            for _ in range(RUNS + 1)
        ][1:]
    unused = statistics.median(with_it - without for with_it, without in pairs)
    return [Figure("installed but unused, processor time per run", unused * 1000, 5.0, "ms")]


def _installed(site: Path) -> Path:
    """A folder with the package and what an installer writes beside it."""
    metadata = site / f"mockidp-{mockidp.__version__}.dist-info"
    metadata.mkdir(parents=True)
    (site / "mockidp").symlink_to(_PACKAGE, target_is_directory=True)
    (metadata / "METADATA").write_text("Name: mockidp\n")
    (metadata / "entry_points.txt").write_text("[pytest11]\nmockidp = mockidp.pytest_plugin\n")
    (metadata / "RECORD").write_text("".join(f"{file},,\n" for file in _files()))
    return site


def _files() -> list[str]:
    """The files of the package, each module with its compiled one."""
    names: list[str] = []
    for file in sorted(_PACKAGE.rglob("*")):
        if file.is_dir() or file.suffix == ".pyc":
            continue
        name = file.relative_to(_PACKAGE.parent)
        names.append(str(name))
        if file.suffix == ".py":
            tag = sys.implementation.cache_tag
            names.append(str(name.parent / "__pycache__" / f"{name.stem}.{tag}.pyc"))
    return names


def _cpu_seconds(path: Path, site: Path | str, plugins: Sequence[str]) -> float:
    named = [argument for plugin in plugins for argument in ("-p", plugin)]
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *named, str(path)],
        stdout=subprocess.DEVNULL,
        cwd=path.parent,
        env={**environment(), "PYTHONPATH": str(site)},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"pytest ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime
