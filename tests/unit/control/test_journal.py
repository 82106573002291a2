"""The journal: its ring, its questions, what it says when they fail, and how it is read."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import time_machine
from freezegun import freeze_time

from mockidp.control.journal import Journal
from mockidp.model.event import Exchange
from mockidp.profiles.problems import ConfigError


def exchange(endpoint: str = "token", status: int = 200, **fields: Any) -> Exchange:
    path = {"token": "/token", "api": "/api/x"}.get(endpoint, "/else")
    return Exchange(at=0, method="POST", path=path, endpoint=endpoint, status=status, **fields)


def journal_of(*entries: Exchange, size: int = 1000) -> Journal:
    journal = Journal(size)
    for entry in entries:
        journal.add(entry)
    return journal


@pytest.fixture
def busy() -> Journal:
    """Two refusals, a token with a scope, and a call of the API."""
    return journal_of(
        exchange(status=400, error="invalid_client", client_id="a"),
        exchange(status=400, error="invalid_client", client_id="b"),
        exchange(client_id="a", params={"scope": "read", "grant_type": "client_credentials"}),
        exchange("api", client_id="a"),
    )


def test_the_oldest_make_room() -> None:
    entries = [exchange(status=status) for status in range(200, 206)]
    journal = journal_of(*entries, size=4)
    assert journal.entries == tuple(entries[2:])
    assert list(journal) == entries[2:]
    assert len(journal) == 4
    assert journal.last is entries[-1]
    assert journal.render().startswith("(2 earlier exchanges)\n")


def test_entries_are_those_of_one_moment() -> None:
    journal = journal_of(exchange())
    before = journal.entries
    journal.add(exchange())
    assert len(before) == 1


def test_an_empty_journal_says_so() -> None:
    with pytest.raises(LookupError, match="no request has reached this lane"):
        _ = Journal().last
    assert Journal().render() == "no request has reached this lane"


@pytest.mark.parametrize(
    ("endpoint", "match", "count"),
    [
        pytest.param(None, {}, 4, id="everything"),
        pytest.param("token", {}, 3, id="an endpoint"),
        pytest.param("jwks", {}, 0, id="one that nobody asked"),
        pytest.param("", {}, 0, id="paths that lead nowhere"),
        pytest.param("token", {"status": 400}, 2, id="an attribute"),
        pytest.param("token", {"status": 400, "client_id": "b"}, 1, id="two attributes"),
        pytest.param("token", {"scope": "read"}, 1, id="a parameter"),
        pytest.param("token", {"grant_type": "client_credentials"}, 1, id="grant_type"),
        pytest.param("token", {"scope": None}, 2, id="without a parameter"),
        pytest.param(None, {"client_id": "a"}, 3, id="any endpoint"),
        pytest.param("token", {"status": "400"}, 0, id="another type"),
    ],
)
def test_find(busy: Journal, endpoint: str | None, match: dict[str, Any], count: int) -> None:
    assert len(busy.find(endpoint, **match)) == count


@pytest.mark.parametrize("question", ["find", "assert_called", "assert_not_called", "wait_for"])
def test_an_endpoint_that_no_lane_has_is_refused(busy: Journal, question: str) -> None:
    # Otherwise `assert_not_called("tokn")` would pass for ever.
    with pytest.raises(ConfigError, match=r"unknown endpoint 'tokn'; did you mean 'token'\?"):
        getattr(busy, question)("tokn")


@pytest.mark.parametrize(
    ("times", "match"),
    [
        pytest.param(None, {}, id="at least once"),
        pytest.param(3, {}, id="exactly"),
        pytest.param(2, {"error": "invalid_client"}, id="exactly, with a match"),
        pytest.param(0, {"status": 500}, id="never"),
    ],
)
def test_what_was_called_may_be_asserted(
    busy: Journal, times: int | None, match: dict[str, Any]
) -> None:
    busy.assert_called("token", times=times, **match)


@pytest.mark.parametrize(
    ("times", "match", "first_line"),
    [
        pytest.param(
            None, {"status": 500}, "token status=500 was called 0 times, not at least once"
        ),
        pytest.param(1, {}, "token was called 3 times, not once"),
        pytest.param(2, {"scope": "read"}, "token scope='read' was called once, not 2 times"),
        pytest.param(0, {"scope": "read"}, "token scope='read' was called once, not 0 times"),
    ],
)
def test_a_failed_assertion_says_what_was_called_and_shows_the_journal(
    busy: Journal, times: int | None, match: dict[str, Any], first_line: str
) -> None:
    with pytest.raises(AssertionError) as caught:
        busy.assert_called("token", times=times, **match)
    said = str(caught.value)
    assert said.splitlines()[0] == first_line
    assert said.endswith(busy.render())


def test_what_was_not_called_may_be_asserted(busy: Journal) -> None:
    busy.assert_not_called("jwks")
    busy.assert_not_called("token", status=500)
    with pytest.raises(AssertionError, match="api was called once, not 0 times"):
        busy.assert_not_called("api")


def test_waiting_ends_with_the_call_that_was_waited_for() -> None:
    journal = journal_of(exchange())
    entered = threading.Event()

    def call() -> None:
        entered.wait(60)
        journal.add(exchange("api"))
        journal.add(exchange(status=201))

    thread = threading.Thread(target=call)
    thread.start()
    entered.set()
    found = journal.wait_for("token", times=2, timeout=60)
    thread.join()
    assert [entry.status for entry in found] == [200, 201]


def test_what_has_happened_is_not_waited_for(busy: Journal) -> None:
    assert len(busy.wait_for("token", times=2, timeout=0)) == 3


@pytest.mark.parametrize(
    "frozen",
    [
        pytest.param(lambda: freeze_time("2030-01-01"), id="freezegun"),
        pytest.param(lambda: time_machine.travel("2030-01-01", tick=False), id="time-machine"),
    ],
)
def test_waiting_in_vain_ends_even_when_time_stands_still(busy: Journal, frozen: Any) -> None:
    with frozen(), pytest.raises(TimeoutError) as caught:
        busy.wait_for("token", times=4, timeout=0.01, status=400)
    assert str(caught.value).startswith("token status=400 was called 2 times, not 4 times\n")
    assert "invalid_client" in str(caught.value)


def test_other_calls_do_not_prolong_the_wait() -> None:
    journal = Journal()
    stop = threading.Event()

    def chatter() -> None:
        while not stop.is_set():
            journal.add(exchange("api"))

    thread = threading.Thread(target=chatter)
    thread.start()
    started = time.monotonic()
    try:
        with pytest.raises(TimeoutError):
            journal.wait_for("token", timeout=0.05)
    finally:
        stop.set()
        thread.join()
    assert time.monotonic() - started < 60


def test_equal_neighbours_are_one_line_and_others_keep_theirs() -> None:
    refusal: dict[str, Any] = {
        "status": 400,
        "error": "invalid_client",
        "hint": "wrong client_secret",
    }
    journal = journal_of(
        *(exchange(**refusal) for _ in range(20)),
        exchange(status=429, by="rate limiter"),
        exchange(**refusal),
    )
    assert journal.render() == (
        "POST /token → 400 invalid_client  (20 times)\n"
        "    hint: wrong client_secret\n"
        "POST /token → 429\n"
        "    answered by rate limiter\n"
        "POST /token → 400 invalid_client\n"
        "    hint: wrong client_secret"
    )


def test_a_long_journal_shows_its_end_and_what_it_leaves_out() -> None:
    journal = journal_of(*(exchange(status=200 + number) for number in range(60)))
    lines = journal.render(limit=2).splitlines()
    assert lines == ["(58 earlier exchanges)", "POST /token → 258", "POST /token → 259"]


def test_notes_come_first_and_stay_when_the_rest_is_forgotten(busy: Journal) -> None:
    busy.note("the pool has no key left")
    busy.failures.append(ValueError())
    assert busy.render().startswith("note: the pool has no key left\nPOST /token")
    busy.clear()
    assert busy.render() == "note: the pool has no key left"
    assert (len(busy), busy.failures) == (0, [])


def test_a_listener_hears_each_exchange() -> None:
    journal = Journal()
    heard: list[Exchange] = []
    journal.listener = heard.append
    entry = exchange()
    journal.add(entry)
    assert heard == [entry]


def test_no_exchange_of_any_thread_is_lost() -> None:
    journal = Journal(100)

    def add() -> None:
        for _ in range(200):
            journal.add(exchange())
            journal.find("token")

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal) == 100
    assert journal.render(limit=1).startswith("(1599 earlier exchanges)")
