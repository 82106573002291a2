"""The project around the package: what pyproject.toml, the Makefile and ``.ci`` promise."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import mockidp

ROOT = Path(__file__).parents[3]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DEPENDENCIES: list[str] = PYPROJECT["project"]["dependencies"]
GROUPS = {
    requirement
    for group in PYPROJECT["dependency-groups"].values()
    for requirement in group
    if isinstance(requirement, str)
}

needs_make = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


def test_version_is_the_same_in_package_and_project() -> None:
    assert PYPROJECT["project"]["version"] == mockidp.__version__


@pytest.mark.parametrize("requirement", [*DEPENDENCIES, *sorted(GROUPS)])
def test_dependency_has_a_floor_and_no_pin(requirement: str) -> None:
    assert re.fullmatch(r"[\w.-]+(\[\w+\])?>=[\d.]+(; .+)?", requirement)


def test_lowest_versions_are_the_floors() -> None:
    printed = subprocess.run(
        [sys.executable, ROOT / ".ci/floors.py"], capture_output=True, text=True, check=True
    )
    floors = [re.sub(r"\[\w+\]", "", each).replace(">=", "==") for each in DEPENDENCIES]
    assert printed.stdout.splitlines() == floors


def test_package_imports_what_it_declares_and_nothing_else() -> None:
    """A dependency that nobody imports is weight; an import that nobody declares is an accident."""
    import_names = {"pyjwt": "jwt", "python-multipart": "python_multipart"}
    declared = {re.split(r"[\[>]", each)[0].lower() for each in DEPENDENCIES}
    imported = {name for path in (ROOT / "mockidp").rglob("*.py") for name in imports_of(path)}
    own = {"mockidp", "pytest"}  # the plugin is inert where pytest is missing
    foreign = imported - set(sys.stdlib_module_names) - own
    assert foreign == {import_names.get(name, name) for name in declared}


def imports_of(path: Path) -> set[str]:
    """The top-level names that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone as far as make can tell; no environment has been set up in it."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    return folder


def make(clone: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        # Those of a make that runs these tests are not meant for this one.
        if not name.startswith(("MAKE", "MFLAGS")) and name not in {"PYTHON", "ARGS"}
    }
    if path is not None:
        environment["PATH"] = path
    command = [shutil.which("make") or "make", "--no-print-directory", *arguments]
    return subprocess.run(
        command, cwd=clone, env=environment, capture_output=True, text=True, timeout=30, check=False
    )


def interpreter(folder: Path, name: str, pretence: str) -> Path:
    """A real interpreter that runs ``pretence`` before the code it is given with -c."""
    script = folder / name
    script.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; {pretence}; exec(sys.argv[2])" "$@"\n'
    )
    script.chmod(0o755)
    return script


def assert_one_sentence(finished: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert finished.returncode != 0
    assert finished.stdout == ""
    assert len(finished.stderr.splitlines()) == 1
    assert sentence in finished.stderr


@needs_make
@pytest.mark.parametrize("target", ["serve", "test", "check", "lowest"])
def test_interpreter_that_does_not_exist_gets_one_sentence(clone: Path, target: str) -> None:
    assert_one_sentence(
        make(clone, target, "PYTHON=/nonexistent"),
        "mockidp needs Python 3.11 or newer, and PYTHON=/nonexistent is not one",
    )


@needs_make
def test_old_interpreter_gets_one_sentence(clone: Path, tmp_path: Path) -> None:
    old = interpreter(tmp_path, "python3.9", "sys.version_info = (3, 9, 18)")
    assert_one_sentence(make(clone, "test", f"PYTHON={old}"), "mockidp needs Python 3.11 or newer")


@needs_make
def test_interpreter_without_venv_gets_the_package_to_install(clone: Path, tmp_path: Path) -> None:
    bare = interpreter(tmp_path, "python3.11", "sys.modules['ensurepip'] = None")
    assert_one_sentence(make(clone, "test", f"PYTHON={bare}"), "apt install python3-venv")


@needs_make
def test_machine_without_any_python_gets_one_sentence(clone: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "cat"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    assert_one_sentence(make(clone, "serve", path=str(tools)), "found none on the PATH")


@needs_make
def test_command_that_only_pretends_to_exist_is_passed_over(clone: Path, tmp_path: Path) -> None:
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    (tmp_path / "python3.12").symlink_to(sys.executable)
    found = subprocess.run(
        [clone / ".ci/find-python"],
        env={"PATH": f"{tmp_path}:{os.defpath}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).samefile(sys.executable)
    assert found.stderr == ""


def set_up(clone: Path, *stamps: str) -> None:
    """What a finished set-up leaves, without the minutes it takes."""
    for stamp in stamps:
        path = clone / stamp
        (path.parent / "bin").mkdir(parents=True, exist_ok=True)
        path.write_text(f"{clone.resolve()}\n")
        python = path.parent / "bin/python"
        if not python.exists():
            python.symlink_to(sys.executable)


@needs_make
def test_nothing_is_set_up_again_when_nothing_changed(clone: Path) -> None:
    set_up(clone, ".venv/.ready", ".venv/.ready-dev", ".venv-lowest/.ready")
    for target in ("serve", "test", "lowest"):
        assert "Setting up" not in make(clone, "--dry-run", target).stdout


@needs_make
def test_environment_is_remade_when_pyproject_changes(clone: Path) -> None:
    set_up(clone, ".venv/.ready", ".venv/.ready-dev")
    stamp = (clone / ".venv/.ready").stat().st_mtime
    os.utime(clone / "pyproject.toml", (stamp + 1, stamp + 1))
    planned = make(clone, "--dry-run", "test", f"PYTHON={sys.executable}").stdout
    assert "rm -rf .venv\n" in planned
    assert "--group dev" in planned


@needs_make
def test_set_up_that_fails_half_way_leaves_no_stamp(clone: Path, tmp_path: Path) -> None:
    set_up(clone, ".venv/.ready", ".venv/.ready-dev")
    stamp = (clone / ".venv/.ready").stat().st_mtime
    os.utime(clone / "pyproject.toml", (stamp + 1, stamp + 1))
    # It has the modules, but cannot run them: -m venv is not the code that it expects.
    broken = interpreter(tmp_path, "python3", f"sys.executable = '{tmp_path}/python3'")
    finished = make(clone, "test", f"PYTHON={broken}")
    assert finished.returncode != 0
    assert "Setting up .venv (once)" in finished.stdout
    assert list(clone.glob(".venv/.ready*")) == []


@needs_make
def test_environment_is_remade_when_the_clone_was_moved(clone: Path, tmp_path: Path) -> None:
    set_up(clone, ".venv/.ready")
    moved = clone.rename(tmp_path / "moved")
    planned = make(moved, "--dry-run", "serve", f"PYTHON={sys.executable}").stdout
    assert "Setting up .venv" in planned


@needs_make
def test_environment_is_remade_when_its_python_is_gone(clone: Path) -> None:
    set_up(clone, ".venv/.ready")
    (clone / ".venv/bin/python").unlink()
    planned = make(clone, "--dry-run", "serve", f"PYTHON={sys.executable}").stdout
    assert "Setting up .venv" in planned


@needs_make
@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("serve", ".venv/bin/mockidp serve --port 0"),
        ("test", ".venv/bin/python -m pytest -n auto --port 0"),
        ("bench", ".venv/bin/python -m benchmarks --port 0"),
    ],
)
def test_args_reach_the_command(clone: Path, target: str, command: str) -> None:
    set_up(clone, ".venv/.ready", ".venv/.ready-dev")
    assert make(clone, "--dry-run", target, "ARGS=--port 0").stdout.splitlines() == [command]


@needs_make
def test_help_names_every_target(clone: Path) -> None:
    makefile = (clone / "Makefile").read_text(encoding="utf-8")
    declared = re.search(r"^\.PHONY: help (.*)$", makefile, flags=re.MULTILINE)
    assert declared is not None
    listed = re.findall(r"^make (\w+)", make(clone).stdout, flags=re.MULTILINE)
    assert listed == declared[1].split()
