"""Answers that a test writes: what no server could send is refused where it is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockidp.control.api_answers import ApiAnswers
from mockidp.control.canned import retry_after_text
from mockidp.control.faults import Faults
from mockidp.control.script import Script, check_token
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema.api import Api

DATE = "Fri, 27 Feb 2026 15:30:00 GMT"

# What both kinds of answers take: arguments, and what is said of them.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a status in text": ({"status": "503"}, "status = '503': must be a whole number"),
    "a switch for a status": ({"status": True}, "status = True: must be a whole number"),
    "a status that ends nothing": ({"status": 100}, "status = 100: must be a status from 200"),
    "headers that are a list": ({"headers": [("a", "b")]}, "must be a table of names and texts"),
    "a name with a space": ({"headers": {"X A": "b"}}, "headers = 'X A': is not the name"),
    "a name with a line break": ({"headers": {"X\r\nA": "b"}}, "is not the name of a header"),
    "a name that is a number": ({"headers": {5: "b"}}, "headers = 5: must be text"),
    "a value with a line break": ({"headers": {"X-A": "a\r\nB: c"}}, "headers.X-A = "),
    "a value beyond Latin-1": ({"headers": {"X-A": "€"}}, "must be Latin-1 text"),
    "a value that is a number": ({"headers": {"X-A": 5}}, "headers.X-A = 5: must be text"),
    "a length": ({"headers": {"content-length": "5"}}, "the server writes itself"),
    "a coding": ({"headers": {"Transfer-Encoding": "chunked"}}, "the server writes itself"),
    "a connection": ({"headers": {"Connection": "close"}}, "the server writes itself"),
    "a body that is a number": ({"body": 5}, "body = 5: must be text or bytes"),
    "half a surrogate pair": ({"body": "\ud800"}, "must be Unicode text"),
    "no JSON": ({"json": {"a": object()}}, "must be JSON, which has no object"),
    "a number that JSON has not": ({"json": [float("nan")]}, "must be a finite number"),
    "json and body": ({"json": 1, "body": "1"}, "takes json or body, not both"),
    "JSON where there is no body": ({"status": 204, "json": {}}, "status 204 has no body"),
    "text where there is no body": ({"status": 304, "body": "a"}, "status 304 has no body"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_sent_is_refused_by_both(case: str) -> None:
    given, problem = WRONG[case]
    faults, answers = Faults(), ApiAnswers(Api(prefixes=("/v1",)))
    with pytest.raises(ConfigError) as by_faults:
        faults.next(**{"endpoint": "token", "status": 500, **given})
    with pytest.raises(ConfigError) as by_answers:
        answers.respond(**{"method": "GET", "path": "/v1/x", **given})
    assert str(by_faults.value).startswith("faults.next")
    assert str(by_answers.value).startswith("api.respond")
    assert problem in str(by_faults.value)
    assert problem in str(by_answers.value)
    assert (faults.pending, answers.snapshot()) == ((), {})


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        pytest.param({}, "needs a status from 200 to 599, or an error", id="nothing"),
        pytest.param({"json": {}}, "needs a status", id="a body alone"),
        pytest.param({"status": 500, "times": "2"}, "times = '2'", id="times in text"),
        pytest.param({"status": 500, "times": 1.5}, "times = 1.5", id="half a time"),
        pytest.param({"status": 500, "times": True}, "times = True", id="a switch for times"),
        pytest.param({"error": ""}, "error = '': must be text", id="an empty error"),
        pytest.param({"error": 5}, "error = 5: must be text", id="error that is a number"),
        pytest.param({"error": "\ud800"}, "must be Unicode text", id="error that is no text"),
        pytest.param({"status": 400, "error": "x", "json": {}}, "one of", id="error and json"),
        pytest.param({"status": 400, "error": "x", "body": ""}, "one of", id="error and body"),
        pytest.param({"status": 204, "error": "x"}, "has no body", id="error without a body"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(fault: dict[str, Any], problem: str) -> None:
    faults = Faults()
    with pytest.raises(ConfigError) as caught:
        faults.next("token", **fault)
    assert str(caught.value).startswith("faults.next")
    assert problem in str(caught.value)
    assert faults.pending == ()


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        pytest.param(None, None, id="none"),
        pytest.param(0, "0", id="at once"),
        pytest.param(600, "600", id="seconds"),
        pytest.param("600", "600", id="seconds in text"),
        pytest.param(DATE, DATE, id="date in text"),
        pytest.param(datetime.fromisoformat("2026-02-27T15:30"), DATE, id="moment"),
        pytest.param(
            datetime(2026, 2, 27, 17, 30, tzinfo=timezone(timedelta(hours=2))), DATE, id="zone"
        ),
        pytest.param(
            datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2))),
            "Fri, 31 Dec 9999 23:59:59 GMT",
            id="after all calendars",
        ),
        pytest.param(
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2))),
            "Mon, 01 Jan 0001 00:00:00 GMT",
            id="before all calendars",
        ),
    ],
)
def test_when_to_come_again(written: Any, sent: str | None) -> None:
    assert retry_after_text("call", written) == sent


@pytest.mark.parametrize(
    "written",
    [-1, 1.5, True, "", "x", "-1", "²", "Thu, 27 Feb 2026 15:30:00 GMT", "2026-02-27", 10**13],
    ids=repr,
)
def test_what_is_no_time_to_come_again(written: Any) -> None:
    with pytest.raises(ConfigError, match=r"^call: retry_after = .*, not negative, a datetime, or"):
        retry_after_text("call", written)


@given(st.datetimes(min_value=datetime.fromisoformat("1000-01-01")))
def test_every_moment_is_written_as_it_is_read(moment: datetime) -> None:
    text = retry_after_text("call", moment.replace(tzinfo=UTC))
    assert text == retry_after_text("call", text)


def test_a_type_of_ones_own_is_the_only_one() -> None:
    faults, answers = Faults(), ApiAnswers(Api(prefixes=("/v1",)))
    faults.next("token", status=200, json={}, headers={"content-type": "a/b"})
    answers.respond("GET", "/v1/x", json={}, headers={"content-type": "a/b"})
    found = answers.find("GET", "/v1/x")
    assert found is not None
    assert found.headers == faults.pending[0].headers == {"content-type": "a/b"}


def test_an_answer_is_what_it_was_when_it_was_set() -> None:
    faults, said = Faults(), {"a": 1}
    faults.next("token", status=200, json=said)
    said["a"] = 2
    assert faults.pending[0].body == b'{"a":1}'


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ({"lifetime": "x"}, "lifetime = 'x': must be a number of seconds"),
        ({"lifetime": True}, "lifetime = True: must be a number of seconds"),
        ({"lifetime": float("nan")}, "lifetime = nan: must be a finite number"),
        ({"lifetime": 1e13}, "must be a finite number up to 1e12"),
        ({"claims": [1]}, "claims = [1]: must be a table"),
        ({"claims": {1: 2}}, "claims = 1: must be text"),
        ({"claims": {"a": object()}}, "must be JSON, which has no object"),
        ({"claims": {"a": {"b": {1}}}}, "must be JSON, which has no set"),
        ({"claims": {"a": float("inf")}}, "claims.a = inf: must be a finite number"),
    ],
)
def test_what_no_token_can_hold_is_refused(token: dict[str, Any], problem: str) -> None:
    script = Script()
    with pytest.raises(ConfigError) as by_script:
        script.next_token(**token)
    with pytest.raises(ConfigError) as by_issuing:
        check_token("issue_token", token.get("lifetime"), token.get("claims"))
    assert str(by_script.value).startswith("next_token: ")
    assert str(by_issuing.value).startswith("issue_token: ")
    assert problem in str(by_script.value)
    assert script.take_token() is None


@pytest.mark.parametrize("times", ["2", 1.5, True, 0])
def test_a_number_of_tokens_is_whole(times: Any) -> None:
    with pytest.raises(ConfigError, match=r"^next_token: times = "):
        Script().next_token(lifetime=1, times=times)
