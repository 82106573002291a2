"""The lowest version that pyproject.toml allows of each core dependency, as pip constraints."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[[\w,-]+\])?>=(?P<floor>[\w.]+)")


def floor_of(requirement: str) -> str:
    """The constraint of one dependency; ValueError if it is anything but a bare floor.

    >>> floor_of("PyJWT[crypto]>=2.15.1")
    'PyJWT==2.15.1'
    """
    match = REQUIREMENT.fullmatch(requirement)
    if match is None:
        raise ValueError(f"{requirement!r} is not of the form name>=floor")
    return f"{match['name']}=={match['floor']}"


if __name__ == "__main__":
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    sys.stdout.writelines(f"{floor_of(each)}\n" for each in project["dependencies"])
