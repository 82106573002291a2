"""Runs pytest with the plugin over test files that a test writes."""

from __future__ import annotations

import textwrap
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

import mockidp
from mockidp import MockIdP

Run = Callable[..., pytest.RunResult]


@pytest.fixture(scope="session")
def loaded() -> None:
    """pytester forgets what an inner run imports, so it must have been imported before: extension
    modules do not bear a second time.
    """
    with MockIdP() as idp, idp.intercept():
        urllib.request.urlopen(idp.url("discovery")).close()
        idp.issue_token()


@pytest.fixture
def run(loaded: None, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Write a test file, run pytest over it and give its result: ``run(source, *options)``."""
    for variable in ("MOCKIDP_REQUIRE_ALL", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(variable, raising=False)
    # No other plugins, and ours by name: so it does not matter whether the project is installed.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(mockidp.__file__).parents[1]))

    def run_pytest(source: str = "", *options: str, subprocess: bool = False) -> pytest.RunResult:
        if source:
            pytester.makepyfile(test_inner=textwrap.dedent(source))
        options = ("-p", "mockidp.pytest_plugin", "-W", "error", *options)
        if subprocess:
            return pytester.runpytest_subprocess(*options)
        return pytester.runpytest_inprocess(*options)

    return run_pytest
