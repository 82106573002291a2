"""The fixture ``mockidp_intercepted``: the test's provider under its real host names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]

SYNC_TEST = """
import pytest, socket, ssl, urllib.request

before = socket.getaddrinfo, socket.socket.connect, vars(ssl.SSLContext).copy()

@pytest.mark.mockidp("groupdocs-total", access_token_lifetime=60)
def test_it(mockidp_intercepted, mockidp):
    assert mockidp_intercepted is mockidp
    assert socket.getaddrinfo is not before[0]
    address = "https://api.groupdocs.cloud/.well-known/openid-configuration"
    urllib.request.urlopen(address).close()
    mockidp.journal.assert_called("discovery", times=1)
    {more}

def test_afterwards():
    assert before == (socket.getaddrinfo, socket.socket.connect, vars(ssl.SSLContext))
"""


def test_it_lasts_as_long_as_the_test(run: Run) -> None:
    run(SYNC_TEST.format(more="")).assert_outcomes(passed=2)


def test_it_ends_with_a_test_that_fails(run: Run) -> None:
    run(SYNC_TEST.format(more="assert False")).assert_outcomes(passed=1, failed=1)


@pytest.mark.parametrize("mark", ["asyncio", "anyio"])
def test_it_serves_async_tests(run: Run, mark: str) -> None:
    source = f"""
        import httpx, pytest

        @pytest.fixture
        def anyio_backend(): return "asyncio"

        @pytest.mark.{mark}
        @pytest.mark.mockidp("groupdocs-translation")
        async def test_it(mockidp_intercepted):
            async with httpx.AsyncClient() as client:
                answer = await client.get(
                    "https://id.groupdocs.cloud/.well-known/openid-configuration"
                )
            assert answer.json()["issuer"] == "https://id.groupdocs.cloud"
    """
    plugin = {"asyncio": "pytest_asyncio.plugin", "anyio": "anyio"}[mark]
    loop_scope = "asyncio_default_fixture_loop_scope=function"
    options = ("-o", loop_scope) if mark == "asyncio" else ()
    run(source, "-p", plugin, *options).assert_outcomes(passed=1)


def test_a_provider_without_real_hosts_is_one_line_of_the_report(run: Run) -> None:
    source = """
        import pytest

        @pytest.mark.mockidp(routing_serves=[])
        def test_it(mockidp_intercepted): pass
    """
    result = run(source)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["mockidp: intercept: *openid* has no real host names*"])
    result.stdout.no_fnmatch_line("*Traceback*")
