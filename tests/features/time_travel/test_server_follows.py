"""freezegun and time-machine, frozen and travelling, move the server together with the test."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from mockidp import MockIdP

if TYPE_CHECKING:
    from tests.features.time_travel.conftest import Check, Connect, Travel

ClaimsOf = Callable[[str], dict[str, Any]]

TOTAL = "groupdocs-total"
DAY = 86400


def test_tokens_are_of_the_time_of_the_test(
    travelled: Travel, connect: Connect, claims_of: ClaimsOf, check_now: Check
) -> None:
    with MockIdP(TOTAL) as idp:
        status, answer, _ = connect(idp).fetch()
        assert status == 200
        claims = claims_of(answer["access_token"])
        check_now(claims["nbf"])
        assert claims["exp"] == claims["nbf"] + DAY
        assert claims["nbf"] > 1_900_000_000, "in 2031, not now"
        check_now(idp.journal.last.at)


def test_a_token_expires_when_the_test_travels(travelled: Travel, connect: Connect) -> None:
    with MockIdP(TOTAL) as idp:
        client = connect(idp)
        token = client.fetch()[1]["access_token"]
        assert client.call(token)[0] == 200
        travelled.on(days=1)
        status, answer, headers = client.call(token)
        assert (status, answer["error"]["message"]) == (401, "The access token has expired")
        assert "expired at '02/04/2031 04:05:" in headers["WWW-Authenticate"]
        assert client.call(client.fetch()[1]["access_token"])[0] == 200


def test_the_limiter_forgets_when_the_test_travels(travelled: Travel, connect: Connect) -> None:
    with MockIdP(TOTAL, limiter_allowed=2) as idp:
        client = connect(idp)
        assert [client.fetch("wrong")[0] for _ in range(3)] == [400, 400, 429]
        travelled.on(minutes=9)
        status, _, headers = client.fetch("wrong")
        assert status == 429
        assert 30 <= int(headers["Retry-After"]) <= 60
        travelled.on(minutes=1)
        assert client.fetch("wrong")[0] == 400
        travelled.on(seconds=61)
        assert client.fetch("wrong")[0] == 400, "the window slides with the test"
        assert client.fetch("wrong")[0] == 400
        assert client.fetch("wrong")[0] == 429


def test_a_lane_opened_in_real_time_follows_into_travel_and_back(
    travel: Travel, connect: Connect, claims_of: ClaimsOf, check_now: Check
) -> None:
    with MockIdP(TOTAL) as idp:
        client = connect(idp)
        today = client.fetch()[1]["access_token"]
        travel.begin()
        assert client.call(today)[0] == 401
        future = client.fetch()[1]["access_token"]
        check_now(claims_of(future)["nbf"])
        travel.end()
        assert client.call(today)[0] == 200
        assert client.call(future)[0] == 401, "its nbf lies in the future again"
        assert idp.journal.last.hint.startswith("nbf lies ")


def test_lanes_open_and_close_in_travelled_time(travelled: Travel, connect: Connect) -> None:
    for _ in range(3):
        idp = MockIdP(TOTAL).start()
        client = connect(idp)
        assert client.fetch()[0] == 200
        address = ("127.0.0.1", int(idp.base_url.rpartition(":")[2]))
        idp.close()
        with pytest.raises(ConnectionError):
            client.fetch()
        with pytest.raises(ConnectionRefusedError):
            connect_to(address)


def connect_to(address: tuple[str, int]) -> None:
    socket.create_connection(address, timeout=60).close()


def test_a_lane_opened_in_travelled_time_closes_in_real_time(
    travel: Travel, connect: Connect
) -> None:
    travel.begin()
    idp = MockIdP(TOTAL).start()
    travel.end()
    assert connect(idp).fetch()[0] == 200
    idp.close()


def test_the_clock_of_the_lane_moves_on_top(
    travelled: Travel, connect: Connect, claims_of: ClaimsOf, check_now: Check
) -> None:
    with MockIdP(TOTAL) as idp:
        idp.clock.advance(hours=2)
        token = idp.issue_token()
        check_now(claims_of(token)["nbf"], ahead=7200)
        travelled.on(hours=3)
        check_now(claims_of(idp.issue_token())["nbf"], ahead=7200)
        idp.clock.rewind(hours=2)
        check_now(claims_of(idp.issue_token())["nbf"])


def test_a_frozen_lane_stands_still_when_the_test_travels(
    travelled: Travel, claims_of: ClaimsOf, check_now: Check
) -> None:
    with MockIdP(TOTAL) as idp:
        idp.clock.freeze()
        first = idp.issue_token()
        travelled.on(hours=3)
        assert idp.issue_token() == first, "GroupDocs' tokens of one second are identical"
        idp.clock.resume()
        check_now(claims_of(idp.issue_token())["nbf"], ahead=-10800)


def test_waiting_on_the_journal_takes_real_time(travelled: Travel) -> None:
    real = time.clock_gettime(time.CLOCK_MONOTONIC)
    with MockIdP(TOTAL) as idp, pytest.raises(TimeoutError, match="was called 0 times"):
        idp.journal.wait_for("token", timeout=0.05)
    assert 0.05 <= time.clock_gettime(time.CLOCK_MONOTONIC) - real < 60
