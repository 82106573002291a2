"""Side by side with other plugins: async tests, parallel runs, strict mode."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]

ASYNC_TEST = """
import json, httpx, pytest

{marker}
async def test_it(mockidp, mockidp_factory):
    data = {{"grant_type": "client_credentials", "client_id": mockidp.client.client_id,
            "client_secret": mockidp.client.client_secret}}
    async with httpx.AsyncClient() as client:
        answer = await client.post(mockidp.url("token"), data=data)
        assert answer.json()["token_type"] == "Bearer"
        other = mockidp_factory("groupdocs-total")
        assert (await client.get(other.url("discovery"))).json()["issuer"] == other.base_url
    mockidp.journal.assert_called("token", times=1)
"""


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_pytest_asyncio(run: Run, mode: str) -> None:
    result = run(
        ASYNC_TEST.format(marker="@pytest.mark.asyncio" if mode == "strict" else ""),
        *("-p", "pytest_asyncio.plugin"),
        *("-o", "asyncio_default_fixture_loop_scope=function", "-o", f"asyncio_mode={mode}"),
    )
    result.assert_outcomes(passed=1)


def test_the_anyio_plugin(run: Run) -> None:
    anyio_backend = "\n@pytest.fixture\ndef anyio_backend(): return 'asyncio'\n"
    source = ASYNC_TEST.format(marker="@pytest.mark.anyio") + anyio_backend
    run(source, "-p", "anyio").assert_outcomes(passed=1)


def test_xdist_gives_each_worker_its_own_server_and_thread(run: Run) -> None:
    result = run(
        """
        import os, pytest, urllib.request

        @pytest.mark.parametrize("n", range(6))
        def test_it(mockidp, mockidp_server, n):
            mockidp.clock.advance(hours=n)
            assert urllib.request.urlopen(mockidp.url("jwks")).status == 200
            assert urllib.request.urlopen(mockidp_server["openid"].url("jwks")).status == 200
            mockidp.journal.assert_called("jwks", times=1)
            assert os.environ["PYTEST_XDIST_WORKER"]
        """,
        *("-p", "xdist", "-n", "2", "--mockidp-set", "access_token_lifetime=60"),
        subprocess=True,
    )
    result.assert_outcomes(passed=6)


def test_xdist_reports_the_journal_of_a_worker(run: Run) -> None:
    result = run("def test_it(mockidp): assert False", *("-p", "xdist", "-n", "1"), subprocess=True)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*mockidp journal of*", "no request has reached this lane"])


def test_strict_mode_knows_the_marker_and_the_settings(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml("""
        [tool.pytest]
        minversion = "9.0"
        strict = true
        mockidp_profile = "groupdocs-total"
        mockidp_set = ["access_token_lifetime=60"]
    """)
    result = run("""
        import pytest

        @pytest.mark.mockidp(borrowed=True)
        def test_it(mockidp):
            assert mockidp.issuer == "https://api.groupdocs.cloud"
            assert mockidp._lane.profile.access_token.lifetime == 60
    """)
    result.assert_outcomes(passed=1)


def test_doctests_get_a_provider(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makefile(".txt", test_doc=">>> getfixture('mockidp').profile\n'openid'\n")
    run("", "--doctest-glob=*.txt").assert_outcomes(passed=1)


@pytest.mark.parametrize("library", ["freezegun", "time-machine"])
def test_providers_open_and_close_while_time_stands_still(run: Run, library: str) -> None:
    stopped = {
        "freezegun": "freezegun.freeze_time('2030-01-01')",
        "time-machine": "time_machine.travel('2030-01-01T00:00:00Z', tick=False)",
    }[library]
    result = run(f"""
        import {library.replace("-", "_")}, pytest, urllib.request

        @pytest.fixture
        def stopped_time():
            with {stopped}:
                yield

        def test_it(stopped_time, mockidp):
            assert mockidp.clock.now() == 1893456000
            answer = urllib.request.urlopen(mockidp.url("jwks"))
            assert answer.headers["Date"] == "Tue, 01 Jan 2030 00:00:00 GMT"
    """)
    result.assert_outcomes(passed=1)
