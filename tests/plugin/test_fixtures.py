"""The fixtures: what each is, whose it is, and when it ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mockidp.profiles import PROFILES

Run = Callable[..., pytest.RunResult]


def test_mockidp_is_the_generic_provider(run: Run) -> None:
    result = run("""
        import json, urllib.request

        def test_it(mockidp):
            assert mockidp.profile == "openid"
            with urllib.request.urlopen(mockidp.url("discovery")) as answer:
                assert json.load(answer)["issuer"] == mockidp.issuer == mockidp.base_url
    """)
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("profile", PROFILES)
def test_each_built_in_profile_has_a_fixture(run: Run, profile: str) -> None:
    fixture = f"mockidp_{profile.replace('-', '_')}"
    result = run(f"""
        def test_it({fixture}):
            assert {fixture}.profile == {profile!r}
            assert {fixture}.base_url.startswith("http://127.0.0.1:")
    """)
    result.assert_outcomes(passed=1)


def test_two_fixtures_in_one_test_are_two_providers(run: Run) -> None:
    result = run("""
        def test_it(mockidp, mockidp_openid, mockidp_groupdocs_total):
            assert len({mockidp.base_url, mockidp_openid.base_url,
                        mockidp_groupdocs_total.base_url}) == 3
            assert mockidp.jwks() != mockidp_openid.jwks()
            mockidp.clock.advance(days=1)
            assert mockidp.clock.now() - mockidp_openid.clock.now() > 80_000
    """)
    result.assert_outcomes(passed=1)


def test_a_fixture_asked_for_twice_is_one_provider(run: Run) -> None:
    result = run("""
        import pytest

        @pytest.fixture
        def address(mockidp):
            return mockidp.base_url

        def test_it(address, mockidp):
            assert address == mockidp.base_url
    """)
    result.assert_outcomes(passed=1)


def test_each_test_has_its_own_provider_and_the_last_one_is_gone(run: Run) -> None:
    result = run("""
        import socket, pytest
        seen = []

        @pytest.mark.parametrize("n", range(3))
        def test_it(mockidp, n):
            mockidp.client.rotate_secret()
            for port, secret in seen:
                assert mockidp.client.client_secret != secret
                with pytest.raises(ConnectionRefusedError):
                    socket.create_connection(("127.0.0.1", port))
            seen.append((int(mockidp.base_url.rpartition(":")[2]), mockidp.client.client_secret))
    """)
    result.assert_outcomes(passed=3)


def test_a_kept_alive_connection_of_the_last_test_is_not_answered(run: Run) -> None:
    result = run("""
        import http.client, pytest
        kept = []

        def test_first(mockidp):
            connection = http.client.HTTPConnection(mockidp.base_url.removeprefix("http://"))
            connection.request("GET", "/jwks")
            assert connection.getresponse().read()
            kept.append(connection)

        def test_second(mockidp):
            with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
                kept[0].request("GET", "/jwks")
                kept[0].getresponse()
            assert len(mockidp.journal) == 0
    """)
    result.assert_outcomes(passed=2)


def test_the_factory_makes_more_and_closes_them_all(run: Run) -> None:
    result = run("""
        import socket, pytest
        made = []

        def test_makes(mockidp_factory):
            made.extend([mockidp_factory(), mockidp_factory("groupdocs-total"),
                         mockidp_factory("openid", access_token_lifetime=5)])
            assert [idp.profile for idp in made] == ["openid", "groupdocs-total", "openid"]

        def test_closed():
            for idp in made:
                with pytest.raises(ConnectionRefusedError):
                    socket.create_connection(("127.0.0.1", int(idp.base_url.rpartition(":")[2])))
    """)
    result.assert_outcomes(passed=2)


def test_providers_are_closed_after_a_test_that_fails(run: Run) -> None:
    result = run("""
        import socket, pytest
        addresses = []

        def test_fails(mockidp):
            addresses.append(("127.0.0.1", int(mockidp.base_url.rpartition(":")[2])))
            assert False

        def test_closed():
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(addresses[0])
    """)
    result.assert_outcomes(passed=1, failed=1)


def test_the_server_is_one_for_the_session_with_every_provider(run: Run) -> None:
    result = run("""
        import pytest, urllib.request
        from mockidp.profiles import PROFILES
        seen = set()

        @pytest.mark.parametrize("n", range(2))
        def test_it(mockidp_server, n):
            seen.add(mockidp_server.base_url)
            assert len(seen) == 1
            assert tuple(mockidp_server) == PROFILES
            assert urllib.request.urlopen(mockidp_server["openid"].url("jwks")).status == 200
    """)
    result.assert_outcomes(passed=2)


def test_one_thread_serves_all_tests_and_ends_with_the_session(run: Run) -> None:
    result = run("""
        import threading, pytest

        def threads():
            return {t.ident for t in threading.enumerate() if t.name == "mockidp-host"}

        others, seen = threads(), set()  # the session around this one may have its own

        @pytest.mark.parametrize("n", range(3))
        def test_it(mockidp, mockidp_groupdocs_total, n):
            seen.update(threads() - others)
            assert len(seen) == 1
    """)
    result.assert_outcomes(passed=3)


def test_unittest_classes_get_a_provider_by_autouse(run: Run) -> None:
    result = run("""
        import unittest, pytest

        class TestIt(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _idp(self, mockidp):
                self.idp = mockidp

            def test_it(self):
                assert self.idp.issue_token()
    """)
    result.assert_outcomes(passed=1)


def test_fixtures_are_listed_with_what_they_are(run: Run) -> None:
    output = run("", "--fixtures", "-q").stdout.str()
    for line in (
        "A provider of this test's own: the generic ``openid``",
        "A provider of this test's own: groupdocs-total.",
        "The ``mockidp`` of this test, which its clients reach under the provider's real",
        "Makes providers for this test and closes them after it.",
        "All providers on one port for the whole session",
        "Settings of every provider in the tests that see this fixture",
    ):
        assert line in output


def test_every_name_of_the_plugin_begins_with_mockidp(run: Run) -> None:
    lines = run("", "--fixtures", "-q", "-v").stdout.lines
    ours = [line.split()[0] for line in lines if "pytest_plugin.py" in line and "mockidp" in line]
    assert len(ours) == len(PROFILES) + 5
    assert all(name.startswith("mockidp") for name in ours)


def test_the_marker_is_listed_with_its_arguments(run: Run) -> None:
    run("", "--markers").stdout.fnmatch_lines(["@pytest.mark.mockidp(profile=None, **settings): *"])


def test_options_are_listed(run: Run) -> None:
    output = run("", "--help").stdout.str()
    for option in ("--mockidp-profile=NAME", "--mockidp-config=FILE", "--mockidp-set=NAME=VALUE"):
        assert option in output
