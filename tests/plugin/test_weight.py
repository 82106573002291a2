"""What the plugin costs those who have it installed and do not use it: nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]

HEAVY = (
    "anyio", "click", "cryptography", "httptools", "jinja2", "jwt", "python_multipart", "starlette",
    "uvicorn", "asyncio", "tomllib", "importlib.resources",
)  # fmt: skip


def _modules_after(statement: str) -> set[str]:
    printed = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(printed.stdout.split())


def test_importing_the_package_imports_nothing_else() -> None:
    before = _modules_after("from __future__ import annotations; import typing")
    ours = _modules_after("import mockidp") - before
    assert ours == {"mockidp"}


def test_importing_the_plugin_imports_nothing_heavy() -> None:
    before = _modules_after("import pytest")
    ours = _modules_after("import pytest, mockidp.pytest_plugin") - before
    assert ours == {"mockidp", "mockidp.profiles", "mockidp.pytest_plugin"}


def test_the_table_of_heavy_modules_is_what_a_provider_needs() -> None:
    """So that the test below can fail."""
    used = _modules_after(
        "import mockidp.cli, mockidp.web.app, mockidp.web.multipart, mockidp.web.pages.index\n"
        "from mockidp import MockIdP\nwith MockIdP() as idp: idp.issue_token()"
    )
    assert set(HEAVY) - used <= {"importlib.resources"}


def test_a_run_that_uses_no_fixture_imports_nothing_of_a_provider(run: Run) -> None:
    result = run(
        f"""
        import sys, threading

        def test_it():
            assert not set(sys.modules) & set({HEAVY[:9]!r})
            assert {{name for name in sys.modules if name.startswith("mockidp")}} == {{
                "mockidp", "mockidp.profiles", "mockidp.pytest_plugin"}}
            assert threading.active_count() == 1
        """,
        subprocess=True,
    )
    result.assert_outcomes(passed=1)


def test_a_run_that_uses_no_fixture_reads_no_configuration(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makefile(".toml", mockidp="this is not TOML")
    monkeypatch.setenv("MOCKIDP_NONSENSE", "1")
    run("def test_it(): pass").assert_outcomes(passed=1)


def test_the_public_names_are_listed_without_importing_them() -> None:
    import mockidp

    assert dir(mockidp) == sorted(mockidp.__all__)
    assert all(getattr(mockidp, name) for name in mockidp.__all__)
    with pytest.raises(AttributeError, match="no attribute 'MockIDP'"):
        mockidp.MockIDP  # noqa: B018
