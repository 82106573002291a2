"""What the plugin costs a pytest run that does not use it, in processor time: wall time on a shared
machine varies by more than the whole target.

It is measured as installed: pytest finds the plugin by the metadata of its distribution, and reads
the list of all files there before it imports anything.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

import mockidp
from benchmarks.measure import Figure, environment

PAIRS = 101
_PACKAGE = Path(mockidp.__file__).parent
_RUNS = Path(__file__).with_name("pytest_runs.py")


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test(): pass\n")
        site = _installed(Path(folder, "site"))
        # Plugins of the environment would drown the difference.
        blocked = [f"no:{entry.name}" for entry in entry_points(group="pytest11")]
        named = [part for name in blocked if name != "no:mockidp" for part in ("-p", name)]
        arguments = ["-q", "-p", "no:cacheprovider", *named, "test_nothing.py"]
        done = subprocess.run(
            [sys.executable, _RUNS, site, str(PAIRS), *arguments],
            stdout=subprocess.PIPE,
            check=True,
            cwd=folder,
            env={n: value for n, value in environment().items() if n != "PYTHONPATH"},
        )
    unused = statistics.median(with_it - without for with_it, without in json.loads(done.stdout))
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
