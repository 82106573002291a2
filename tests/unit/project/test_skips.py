"""The root conftest.py: a skip is listed with its reason, or fails where all is required."""

from __future__ import annotations

from pathlib import Path

import pytest

CONFTEST = (Path(__file__).parents[3] / "conftest.py").read_text(encoding="utf-8")

SKIPS = {
    "test_marked.py": "@pytest.mark.skipif(True, reason='no php')\ndef test_it(): ...",
    "test_called.py": "def test_it(): pytest.skip('no php')",
    "test_module.py": "pytest.skip('no php', allow_module_level=True)",
}


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST)
    return pytester


@pytest.mark.parametrize("name", SKIPS)
def test_skip_fails_where_everything_is_required(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    project.path.joinpath(name).write_text(f"import pytest\n{SKIPS[name]}\n")
    monkeypatch.setenv("MOCKIDP_REQUIRE_ALL", "1")
    result = project.runpytest_subprocess()
    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*no php*", "*MOCKIDP_REQUIRE_ALL=1 allows no skips*"])


def test_skip_fails_in_a_worker_too(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.makepyfile("import pytest\ndef test_it(): pytest.skip('no php')")
    monkeypatch.setenv("MOCKIDP_REQUIRE_ALL", "1")
    project.runpytest_subprocess("-n1").assert_outcomes(failed=1)


def test_skips_are_listed_once_each_with_their_reason(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, body in SKIPS.items():
        project.path.joinpath(name).write_text(f"import pytest\n{body}\n")
    monkeypatch.delenv("MOCKIDP_REQUIRE_ALL", raising=False)
    result = project.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*skipped: what this machine lacks*", "   3  no php"])


def test_expected_failure_is_no_skip(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.makepyfile("import pytest\n@pytest.mark.xfail\ndef test_it(): assert False")
    monkeypatch.setenv("MOCKIDP_REQUIRE_ALL", "1")
    project.runpytest_subprocess().assert_outcomes(xfailed=1)
