"""Faults, one-shot overrides and canned answers: in order, counted, checked, and put back."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest

from mockidp.control.api_answers import ApiAnswers
from mockidp.control.faults import Faults
from mockidp.control.script import Script, TokenOverride
from mockidp.oauth.names import ENDPOINTS
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema.api import Api

API = Api(prefixes=("/v1",))


def statuses(faults: Faults, endpoint: str, calls: int) -> list[int | None]:
    taken = [faults.take(endpoint) for _ in range(calls)]
    return [fault.status if fault else None for fault in taken]


def test_a_fault_is_for_its_endpoint_and_its_number_of_calls() -> None:
    faults = Faults()
    faults.next("token", status=503, times=2)
    faults.next("api", status=500)
    assert statuses(faults, "jwks", 1) == [None]
    assert statuses(faults, "token", 3) == [503, 503, None]
    assert statuses(faults, "api", 2) == [500, None]
    assert faults.pending == ()


def test_faults_come_in_the_order_in_which_they_were_set() -> None:
    faults = Faults()
    faults.next("token", status=500)
    faults.next("token", status=429, times=2)
    faults.next("token", status=503)
    assert statuses(faults, "token", 5) == [500, 429, 429, 503, None]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_endpoint_can_fail(endpoint: str) -> None:
    faults = Faults()
    faults.next(endpoint, status=599)
    (pending,) = faults.pending
    assert str(pending) == f"fault: {endpoint} answers 599"


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        pytest.param({"endpoint": "tokn"}, "unknown endpoint 'tokn'; did you mean 'token'?"),
        pytest.param({"status": 199}, "status = 199: must be a status from 200 to 599"),
        pytest.param({"status": 600}, "status = 600"),
        pytest.param({"times": 0}, "times = 0: must be a whole number, at least 1"),
        pytest.param({"json": {}, "body": ""}, "json or body, not both"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(fault: dict[str, Any], problem: str) -> None:
    faults = Faults()
    with pytest.raises(ConfigError) as caught:
        faults.next(**{"endpoint": "token", "status": 500, **fault})
    assert problem in str(caught.value)
    assert faults.pending == ()


def test_restoring_faults_starts_their_count_again() -> None:
    faults = Faults()
    faults.next("token", status=503, times=2)
    saved = faults.snapshot()
    statuses(faults, "token", 2)
    faults.restore(saved)
    assert statuses(faults, "token", 3) == [503, 503, None]
    faults.restore(saved)
    assert statuses(faults, "token", 3) == [503, 503, None]


def test_threads_take_each_fault_once() -> None:
    faults, script = Faults(), Script()
    faults.next("token", status=503, times=300)
    script.next_token(lifetime=1, times=300)
    taken: Counter[str] = Counter()
    lock = threading.Lock()

    def take() -> None:
        for _ in range(100):
            fault, token = faults.take("token"), script.take_token()
            with lock:
                taken.update(faults=fault is not None, tokens=token is not None)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == {"faults": 300, "tokens": 300}


def test_overrides_of_tokens_come_in_order() -> None:
    script = Script()
    script.next_token(lifetime=5)
    script.next_token(claims={"a": 1}, times=2)
    taken = [script.take_token() for _ in range(4)]
    second = TokenOverride(claims={"a": 1})
    assert taken == [TokenOverride(lifetime=5), second, second, None]


def test_an_override_keeps_its_claims_as_they_were() -> None:
    script, claims = Script(), {"a": 1}
    script.next_token(claims=claims)
    claims["a"] = 2
    assert script.take_token() == TokenOverride(claims={"a": 1})


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        pytest.param({"times": 0}, "times = 0", id="no token"),
        pytest.param({"lifetime": float("nan")}, "lifetime = nan", id="not a number"),
        pytest.param({"lifetime": float("inf")}, "lifetime = inf", id="for ever"),
    ],
)
def test_an_override_that_cannot_be_is_refused(override: dict[str, Any], problem: str) -> None:
    script = Script()
    with pytest.raises(ConfigError, match=f"^next_token: {problem}: must be"):
        script.next_token(**override)
    assert script.take_token() is None


def test_restore_brings_back_overrides() -> None:
    script = Script()
    script.next_token(lifetime=5)
    saved = script.snapshot()
    script.take_token()
    script.next_token(lifetime=6)
    script.restore(saved)
    assert [script.take_token(), script.take_token()] == [TokenOverride(lifetime=5), None]


@pytest.mark.parametrize(
    ("answer", "body", "content_type"),
    [
        pytest.param({}, b"", None, id="nothing"),
        pytest.param({"json": {"ä": [1]}}, '{"ä":[1]}'.encode(), "application/json", id="JSON"),
        pytest.param({"json": []}, b"[]", "application/json", id="an empty list"),
        pytest.param({"body": "ä"}, "ä".encode(), None, id="text"),
        pytest.param({"body": b"\xff"}, b"\xff", None, id="bytes"),
        pytest.param(
            {"json": 1, "headers": {"Content-Type": "text/x"}}, b"1", "text/x", id="own type"
        ),
    ],
)
def test_a_canned_answer_is_ready_to_send(
    answer: dict[str, Any], body: bytes, content_type: str | None
) -> None:
    answers = ApiAnswers(API)
    answers.respond("post", "/v1/x", status=201, **answer)
    found = answers.find("POST", "/v1/x")
    assert found is not None
    assert (found.status, found.body) == (201, body)
    assert found.headers.get("Content-Type") == content_type


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param({"json": 1, "body": "x"}, "json or body, not both", id="both"),
        pytest.param({"path": "v1/x"}, "path = 'v1/x': must begin with a slash", id="no path"),
        pytest.param({"path": "/v1/x?y=1"}, "must have no query", id="query"),
        pytest.param({"path": "/v2/x"}, "the provider's API is at /v1/…", id="elsewhere"),
        pytest.param({"method": "GETT"}, "did you mean 'GET'?", id="no method"),
        pytest.param({"status": 99}, "status = 99: must be a status", id="no status"),
    ],
)
def test_a_canned_answer_that_cannot_be_is_refused(answer: dict[str, Any], problem: str) -> None:
    answers = ApiAnswers(API)
    with pytest.raises(ConfigError) as caught:
        answers.respond(**{"method": "POST", "path": "/v1/x", **answer})
    assert problem in str(caught.value)
    assert answers.snapshot() == {}


def test_restore_brings_back_canned_answers() -> None:
    answers = ApiAnswers(API)
    answers.respond("GET", "/v1/a", body="1")
    saved = answers.snapshot()
    answers.respond("GET", "/v1/a", body="2")
    answers.respond("GET", "/v1/b")
    answers.restore(saved)
    found = answers.find("GET", "/v1/a")
    assert found is not None
    assert found.body == b"1"
    assert answers.find("GET", "/v1/b") is None
