"""What holds for all of the project's own tests: which skips are allowed, and how they are shown.

A test that needs a tool which a machine may lack (a browser, PHP …) skips and says why. Where
everything is installed, ``MOCKIDP_REQUIRE_ALL=1`` turns a skip into a failure: no test is lost.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator
from typing import TypeVar

import pytest

pytest_plugins = ["pytester"]

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


# Outermost, so that xfail, which also reports itself as skipped, has been marked as such.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _refuse_skip((yield))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", ()))
    if reasons:
        terminalreporter.section("skipped: what this machine lacks")
        for reason, count in sorted(reasons.items()):
            terminalreporter.line(f"{count:4}  {reason}")


def _refuse_skip(report: Report) -> Report:
    if os.environ.get("MOCKIDP_REQUIRE_ALL") != "1":
        return report
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = _reason(report)
        report.outcome = "failed"
        report.longrepr = f"{reason}\nMOCKIDP_REQUIRE_ALL=1 allows no skips."
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):  # path, line, "Skipped: <reason>"
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)
