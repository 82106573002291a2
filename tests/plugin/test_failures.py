"""What a test report says: the journal of a test that fails, and the defects of the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]

#: An endpoint with a defect, and a client that calls it.
BROKEN = """
import pytest, urllib.error, urllib.request
from mockidp.web.endpoints.jwks import Jwks

def call(idp):
    try:
        return urllib.request.urlopen(idp.url("jwks")).status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code

@pytest.fixture
def defect(monkeypatch):
    def answer(*args):
        raise ZeroDivisionError("a defect")
    monkeypatch.setattr(Jwks, "answer", answer)
"""


def test_a_failing_test_shows_the_journal_of_each_of_its_providers(run: Run) -> None:
    result = run("""
        import urllib.error, urllib.parse, urllib.request

        def test_it(mockidp, mockidp_groupdocs_total):
            form = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "pssst"}
            urllib.request.urlopen(mockidp.url("token"), urllib.parse.urlencode(form).encode())
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- mockidp journal of <MockIdP openid at http://127.0.0.1:*> -*",
            "POST /token → 401 invalid_client  client_id=me  grant_type=client_credentials*",
            "    hint: no client has the id 'me'; registered: 'mockidp-client'*",
            "*- mockidp journal of <MockIdP groupdocs-total at http://127.0.0.1:*> -*",
            "no request has reached this lane",
        ]
    )
    journal = result.stdout.str().partition("mockidp journal")[2]
    assert "pssst" not in journal


def test_a_fault_that_has_not_fired_is_told_with_the_journal(run: Run) -> None:
    result = run("""
        def test_it(mockidp):
            mockidp.faults.next("token", status=503, times=2)
            assert mockidp.journal.find("token")
    """)
    result.stdout.fnmatch_lines(["not fired yet, fault: token answers 503, 2 to go"])


def test_a_test_that_passes_shows_no_journal(run: Run) -> None:
    result = run("def test_it(mockidp): pass", "-rA")
    result.assert_outcomes(passed=1)
    assert "mockidp journal" not in result.stdout.str()


def test_a_test_without_our_fixtures_shows_no_journal(run: Run) -> None:
    result = run("def test_first(mockidp): pass\ndef test_it(): assert False")
    result.assert_outcomes(passed=1, failed=1)
    assert "mockidp journal" not in result.stdout.str()


def test_a_fixture_that_fails_on_top_of_ours_shows_the_journal(run: Run) -> None:
    result = run("""
        import pytest, urllib.request

        @pytest.fixture
        def application(mockidp):
            urllib.request.urlopen(mockidp.base_url + "/tokn")

        def test_it(application): pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*mockidp journal of*", "GET /tokn → 404*"])


def test_the_journal_is_shown_once_where_the_teardown_fails_too(run: Run) -> None:
    result = run(
        BROKEN + "def test_it(mockidp, defect):\n    assert call(mockidp) == 200  # it is 500\n"
    )
    result.assert_outcomes(failed=1, errors=1)
    assert result.stdout.str().count("mockidp journal of") == 1


def test_a_failing_test_shows_what_the_session_server_was_asked(run: Run) -> None:
    result = run("""
        import urllib.request

        def test_it(mockidp_server):
            urllib.request.urlopen(mockidp_server["openid"].base_url + "/tokn")

        def test_other():
            assert False
    """)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*mockidp journal of the session, <MockIdP openid at http://*/openid>*",
            "GET /tokn → 404*",
        ]
    )
    assert result.stdout.str().count("mockidp journal of") == 1


def test_a_defect_of_the_server_is_raised_in_the_test_that_met_it(run: Run) -> None:
    result = run(
        BROKEN
        + """
def test_before(mockidp):
    assert call(mockidp) == 200

def test_meets_it(mockidp, defect):
    assert call(mockidp) == 500

def test_after(mockidp):
    assert call(mockidp) == 200
"""
    )
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_meets_it*",
            "E *ZeroDivisionError: a defect",
        ]
    )


@pytest.mark.parametrize(
    ("fixtures", "first", "second"),
    [
        pytest.param(
            "mockidp, mockidp_openid", "mockidp", "mockidp_openid", id="of several fixtures"
        ),
        pytest.param("mockidp_factory", "mockidp_factory()", "mockidp_factory()", id="of one"),
    ],
)
def test_several_defects_are_all_raised(run: Run, fixtures: str, first: str, second: str) -> None:
    result = run(
        BROKEN
        + f"""
def test_it({fixtures}, defect):
    assert call({first}) == call({second}) == 500
"""
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ExceptionGroup: * (2 sub-exceptions)*"])
    assert str(result.stdout).count("ZeroDivisionError: a defect") >= 2


@pytest.mark.parametrize("last", ["", "\ndef test_after(mockidp_server): pass\n"])
def test_a_defect_of_the_session_server_is_raised_in_the_test_that_met_it(
    run: Run, last: str
) -> None:
    result = run(
        BROKEN
        + """
def test_before(mockidp_server):
    assert call(mockidp_server["openid"]) == 200

def test_meets_it(mockidp_server, defect):
    assert call(mockidp_server["openid"]) == 500
"""
        + last
    )
    result.assert_outcomes(passed=3 if last else 2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_meets_it*"])


def test_a_test_that_expects_a_defect_can_take_it_from_the_journal(run: Run) -> None:
    result = run(
        BROKEN
        + """
def test_it(mockidp, defect):
    assert call(mockidp) == 500
    assert isinstance(mockidp.journal.failures.pop(), ZeroDivisionError)
"""
    )
    result.assert_outcomes(passed=1)


def test_it_shows_in_what_two_users_differ(run: Run) -> None:
    result = run(
        """
        from dataclasses import replace

        def test_it(mockidp):
            assert mockidp.user == replace(mockidp.user, username="bob")
        """
    )
    result.stdout.fnmatch_lines(["*Differing attributes:*", "*username*", "*'alice' != 'bob'*"])
