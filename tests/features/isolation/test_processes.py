"""Twenty tests spread over processes by xdist, each with the fixture's own provider, do not notice
each other.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OWN_LANES = """
import pytest

@pytest.mark.parametrize("number", range(20))
@pytest.mark.mockidp("groupdocs-total", limiter_allowed=3)
def test_lives(mockidp, number):
    live(mockidp, number, lambda: None)
"""

SHARED_LANE = """
import pytest
from mockidp import MockIdP

@pytest.fixture(scope="session")
def shared():
    with MockIdP("groupdocs-total", limiter_allowed=3) as idp:
        yield idp

@pytest.mark.parametrize("number", range(20))
def test_lives(shared, number):
    live(shared, number, lambda: None)
"""


def run_pytest(folder: Path, test: str) -> tuple[int, str]:
    """Exit code and last line of a pytest of its own."""
    (folder / "test_lives.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\n")
    plugin = () if _is_installed() else ("-p", "mockidp.pytest_plugin")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--tb=no", *plugin],
        cwd=folder,
        check=False,
        # The project is found also where it is not installed, and xdist's variables stay here.
        env={
            **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
        capture_output=True,
        text=True,
        timeout=50,
    )
    return done.returncode, done.stdout.strip().rpartition("\n")[2] or done.stderr


def _is_installed() -> bool:
    return any(entry.name == "mockidp" for entry in entry_points(group="pytest11"))


def test_twenty_tests_with_lanes_of_their_own(tmp_path: Path, scenario: str) -> None:
    code, summary = run_pytest(tmp_path, scenario + OWN_LANES)
    assert (code, summary.partition(" in ")[0]) == (0, "20 passed")


def test_the_same_on_one_shared_lane_fails(tmp_path: Path, scenario: str) -> None:
    code, summary = run_pytest(tmp_path, scenario + SHARED_LANE)
    # In each of the two processes the first test finds the shared lane as it wants it.
    assert (code, summary.rpartition(" in ")[0]) == (1, "18 failed, 2 passed")
