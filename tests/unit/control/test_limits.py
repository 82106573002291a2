"""The rate limiter: what counts, whom it tells apart, when it lets go, what Retry-After says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fixtures.asgi import Reply, call
from mockidp.clock import Clock
from mockidp.control.limits import Limits
from mockidp.issuer import Issuer
from mockidp.profiles.schema.limiter import Limiter
from mockidp.web.app import lane_app

NOON = 1772366400  # Sunday, 1 March 2026, 12:00 UTC
POLICY = Limiter(allowed=3, window=60, cooldown=600)


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.freeze(at=NOON)
    return clock


def fail(limits: Limits, times: int = 1, key: bytes = b"me") -> None:
    for _ in range(times):
        limits.count(key)


def test_the_last_allowed_failure_starts_the_cooldown(clock: Clock) -> None:
    limits = Limits(POLICY, clock)
    fail(limits, 2)
    assert limits.rejection(b"me") is None
    fail(limits)
    assert limits.rejection(b"me") == 600


def test_the_window_slides(clock: Clock) -> None:
    limits = Limits(POLICY, clock)
    fail(limits, 2)
    clock.advance(59)
    fail(limits)
    assert limits.rejection(b"me") == 600

    fail(limits, 2, b"other")
    clock.advance(60)  # exactly one window later the first two are out
    fail(limits, 2, b"other")
    assert limits.rejection(b"other") is None
    fail(limits, 1, b"other")
    assert limits.rejection(b"other") == 600


def test_the_cooldown_ends_on_its_last_second_and_counting_starts_anew(clock: Clock) -> None:
    limits = Limits(POLICY, clock)
    fail(limits, 3)
    clock.advance(599.5)
    assert limits.rejection(b"me") == 0.5
    clock.advance(0.5)
    assert limits.rejection(b"me") is None
    fail(limits, 2)
    assert limits.rejection(b"me") is None
    fail(limits)
    assert limits.rejection(b"me") == 600


def test_a_clock_that_stands_still_or_goes_back_does_not_let_go(clock: Clock) -> None:
    limits = Limits(POLICY, clock)
    fail(limits, 3)
    assert [limits.rejection(b"me") for _ in range(3)] == [600, 600, 600]
    clock.rewind(minutes=10)
    assert limits.rejection(b"me") == 600, "never longer than the cooldown"
    clock.advance(minutes=20)
    assert limits.rejection(b"me") is None


def test_failures_after_a_step_back_count_with_those_before(clock: Clock) -> None:
    limits = Limits(POLICY, clock)
    fail(limits, 2)
    clock.rewind(5)
    fail(limits)
    assert limits.rejection(b"me") == 600


@pytest.mark.parametrize(
    ("key", "same", "different"),
    [
        pytest.param(("client_id",), "client_secret ip", "client_id", id="id"),
        pytest.param(("client_id", "client_secret"), "ip", "client_id client_secret", id="pair"),
        pytest.param(("ip",), "client_id client_secret", "ip", id="address"),
        pytest.param((), "client_id client_secret ip", "", id="nothing: all share"),
        pytest.param(
            ("client_id", "client_secret", "ip"), "", "client_id client_secret ip", id="all"
        ),
    ],
)
def test_callers_are_told_apart_by_the_key(
    clock: Clock, key: tuple[str, ...], same: str, different: str
) -> None:
    limits = Limits(replace(POLICY, key=key), clock)
    me = {"client_id": "app", "client_secret": "s", "ip": "127.0.0.1"}
    mine = limits.key(**me)
    for part in same.split():
        assert limits.key(**{**me, part: "other"}) == mine
        assert limits.key(**{**me, part: None}) == mine
    for part in different.split():
        assert limits.key(**{**me, part: "other"}) != mine


def test_pairs_that_read_alike_when_joined_are_different_callers(clock: Clock) -> None:
    limits = Limits(POLICY, clock)
    assert limits.key("ab", "c", None) != limits.key("a", "bc", None)
    assert limits.key("1:a", "", None) != limits.key("", "1:a", None)


def test_no_secret_is_kept(clock: Clock) -> None:
    limits = Limits(POLICY, clock)
    key = limits.key("app", "hush-hush", None)
    limits.count(key)
    assert b"hush-hush" not in key
    assert "hush-hush" not in repr(limits.snapshot())


@pytest.mark.parametrize(
    ("counts", "status", "counted"),
    [
        pytest.param((400,), 400, True, id="named"),
        pytest.param((400,), 401, False, id="not named"),
        pytest.param((400, 401), 401, True, id="one of several"),
        pytest.param((), 200, True, id="empty counts everything"),
    ],
)
def test_only_some_answers_count(
    clock: Clock, counts: tuple[int, ...], status: int, counted: bool
) -> None:
    assert Limits(replace(POLICY, counts=counts), clock).counts(status) is counted


@pytest.mark.parametrize("policy", [None, replace(POLICY, allowed=0)])
def test_without_a_policy_or_with_none_allowed_there_is_no_limiter(
    clock: Clock, policy: Limiter | None
) -> None:
    limits = Limits(policy, clock)
    assert limits.policy is None
    assert limits.counts(400) is False


@pytest.mark.parametrize(
    ("form", "left", "header"),
    [
        pytest.param("remaining", 600, "600", id="remaining"),
        pytest.param("remaining", 599.2, "600", id="rounded up"),
        pytest.param("remaining", 0.1, "1", id="never 0"),
        pytest.param(600, 5, "600", id="constant"),
        pytest.param(0, 5, "0", id="constant 0"),
        pytest.param("date", 600, "Sun, 01 Mar 2026 12:10:00 GMT", id="date"),
        pytest.param("date", 0.1, "Sun, 01 Mar 2026 12:00:01 GMT", id="date, rounded up"),
        pytest.param("date", 1e12, "Fri, 31 Dec 9999 23:59:59 GMT", id="past the calendar"),
        pytest.param("absent", 600, None, id="absent"),
    ],
)
def test_retry_after(clock: Clock, form: str | int, left: float, header: str | None) -> None:
    assert Limits(replace(POLICY, retry_after=form), clock).retry_after(left) == header


def test_restore_brings_back_failures_and_cooldowns(clock: Clock) -> None:
    limits = Limits(POLICY, clock)
    fail(limits, 2)
    fail(limits, 3, b"other")
    saved = limits.snapshot()
    fail(limits, 3)
    limits.restore(saved)
    assert limits.rejection(b"me") is None
    assert limits.rejection(b"other") == 600
    fail(limits)
    assert limits.rejection(b"me") == 600
    # A snapshot can be used again: what came after has not changed it.
    limits.restore(saved)
    assert limits.rejection(b"me") is None


def test_of_very_many_callers_the_oldest_are_forgotten(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Limits, "MOST", 5)
    limits = Limits(replace(POLICY, allowed=1), clock)
    for number in range(7):
        limits.count(b"%d" % number)
    rejected = [number for number in range(7) if limits.rejection(b"%d" % number)]
    assert rejected == [2, 3, 4, 5, 6]


def test_no_failure_of_any_thread_is_lost(clock: Clock) -> None:
    limits = Limits(replace(POLICY, allowed=8 * 250 + 1), clock)
    threads = [threading.Thread(target=fail, args=(limits, 250)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert limits.rejection(b"me") is None
    fail(limits)
    assert limits.rejection(b"me") == 600


# -- the same through the lane's application ------------------------------------------------------

Make = Callable[..., Issuer]
FORM = [("content-type", "application/x-www-form-urlencoded")]


def ask(lane: Issuer, secret: str = "wrong", *, ip: str = "127.0.0.1") -> Reply:
    body = (
        f"grant_type=client_credentials&client_id={lane.clients.default.client_id}"
        f"&client_secret={secret}"
    )
    url = f"http://idp.test{lane.profile.token.path}"
    return call(lane_app(lane), "POST", url, headers=FORM, body=body.encode(), ip=ip)


def limited(make_lane: Make, **settings: Any) -> Issuer:
    given = {f"limiter_{name}": value for name, value in settings.items()}
    lane = make_lane("groupdocs-total", **{"limiter_allowed": 2, **given})
    lane.clock.freeze(at=NOON)
    return lane


@pytest.mark.parametrize(
    ("settings", "status", "headers", "body"),
    [
        pytest.param({}, 429, {"retry-after": "600"}, b'{"error":"too_many_requests"}', id="bare"),
        pytest.param({"cooldown": 7}, 429, {"retry-after": "7"}, None, id="cooldown"),
        pytest.param({"status": 503}, 503, {"retry-after": "600"}, None, id="status"),
        pytest.param({"retry_after": 30}, 429, {"retry-after": "30"}, None, id="constant"),
        pytest.param(
            {"retry_after": "date"},
            429,
            {"retry-after": "Sun, 01 Mar 2026 12:10:00 GMT"},
            None,
            id="date",
        ),
        pytest.param({"retry_after": "absent"}, 429, {"retry-after": None}, None, id="absent"),
        pytest.param({"error": "slow_down"}, 429, {}, b'{"error":"slow_down"}', id="error"),
    ],
)
def test_a_rejection_is_as_the_settings_say(
    make_lane: Make,
    settings: dict[str, Any],
    status: int,
    headers: dict[str, str | None],
    body: bytes | None,
) -> None:
    lane = limited(make_lane, **settings)
    assert [ask(lane).status for _ in range(3)] == [400, 400, status]
    reply = ask(lane)
    for name, value in headers.items():
        assert dict(reply.headers).get(name) == value
    assert body in (None, reply.body)


def test_a_rejection_is_not_counted_and_passes_with_the_clock(make_lane: Make) -> None:
    lane = limited(make_lane)
    answers = [ask(lane) for _ in range(5)]
    assert [answer.status for answer in answers] == [400, 400, 429, 429, 429]
    lane.clock.advance(599)
    assert dict(ask(lane).headers)["retry-after"] == "1"
    lane.clock.advance(1)
    assert ask(lane).status == 400
    lane.clock.rewind(1)  # what was over comes back with the time in which it was not
    assert ask(lane).status == 429


def test_the_right_secret_is_served_while_the_wrong_one_is_rejected(make_lane: Make) -> None:
    lane = limited(make_lane)
    assert [ask(lane).status for _ in range(3)] == [400, 400, 429]
    assert ask(lane, lane.clients.default.client_secret or "").status == 200
    assert ask(lane, "another").status == 400


@pytest.mark.parametrize(
    ("settings", "statuses"),
    [
        pytest.param({"counts": []}, [200, 200, 429], id="every answer"),
        pytest.param({"counts": [200]}, [200, 200, 429], id="successes"),
        pytest.param({"counts": [401]}, [200, 200, 200], id="what never comes"),
        pytest.param({"allowed": 0, "counts": []}, [200, 200, 200], id="switched off"),
    ],
)
def test_what_counts_is_a_setting(
    make_lane: Make, settings: dict[str, Any], statuses: list[int]
) -> None:
    lane = limited(make_lane, **settings)
    secret = lane.clients.default.client_secret or ""
    assert [ask(lane, secret).status for _ in range(3)] == statuses


def test_addresses_can_be_what_callers_are_told_apart_by(make_lane: Make) -> None:
    lane = limited(make_lane, key=["ip"])
    assert [ask(lane, secret).status for secret in ("a", "b", "c")] == [400, 400, 429]
    assert ask(lane, ip="127.0.0.2").status == 400


def test_the_journal_says_what_to_do_about_it(make_lane: Make) -> None:
    lane = limited(make_lane)
    for _ in range(3):
        ask(lane)
    entry = lane.journal.last
    assert (entry.by, entry.error) == ("rate limiter", "too_many_requests")
    assert "advance the lane's clock" in entry.hint
    assert "wrong" not in entry.hint


def test_two_lanes_do_not_count_for_each_other(make_lane: Make) -> None:
    one, other = limited(make_lane), limited(make_lane)
    assert [ask(one).status for _ in range(3)] == [400, 400, 429]
    assert ask(other).status == 400


# -- when the cooldown begins, and how much is left ------------------------------------------------

#: As a throttle that counts by the minute: a window that stands, and everything counts.
MINUTE = Limiter(
    allowed=3,
    window=60,
    cooldown=60,
    counts=(),
    begins="at the first",
    headers={"X-RateLimit-Limit": "{allowed}", "X-RateLimit-Remaining": "{remaining}"},
)


def test_a_cooldown_may_begin_at_the_first_of_the_window(clock: Clock) -> None:
    limits = Limits(MINUTE, clock)
    fail(limits)
    clock.advance(20)
    fail(limits, 2)
    assert limits.rejection(b"me") == 40
    clock.advance(40)
    assert limits.rejection(b"me") is None
    fail(limits, 2)
    assert limits.rejection(b"me") is None
    fail(limits)
    assert limits.rejection(b"me") == 60


def test_a_window_that_stands_ends_as_a_whole(clock: Clock) -> None:
    limits = Limits(MINUTE, clock)
    fail(limits)
    clock.advance(50)
    fail(limits)
    clock.advance(10)  # the second is ten seconds old, and of a window that is over
    assert limits.remaining(b"me") == 3
    fail(limits, 2)
    assert limits.remaining(b"me") == 1


def test_one_that_slides_lets_go_one_by_one(clock: Clock) -> None:
    limits = Limits(replace(MINUTE, begins="at the last"), clock)
    fail(limits)
    clock.advance(50)
    fail(limits)
    clock.advance(10)
    assert limits.remaining(b"me") == 2


def test_how_much_remains(clock: Clock) -> None:
    limits = Limits(replace(MINUTE, cooldown=90), clock)
    found = [limits.remaining(b"me")]
    for _ in range(3):
        fail(limits)
        found.append(limits.remaining(b"me"))
    assert found == [3, 2, 1, 0]
    assert limits.remaining(b"other") == 3
    clock.advance(89)
    assert limits.remaining(b"me") == 0
    clock.advance(1)
    assert limits.remaining(b"me") == 3


def test_asking_counts_nothing(clock: Clock) -> None:
    limits = Limits(MINUTE, clock)
    for _ in range(9):
        limits.remaining(b"me")
    assert not limits.has_callers


@pytest.mark.parametrize(
    ("counts", "status", "is_counted"),
    [((), 200, True), ((), 500, True), ((400,), 400, True), ((400,), 200, False)],
)
def test_which_answers_count(
    clock: Clock, counts: tuple[int, ...], status: int, is_counted: bool
) -> None:
    assert Limits(replace(MINUTE, counts=counts), clock).counts(status) is is_counted
    assert not Limits(None, clock).counts(status)


def test_a_throttle_says_what_is_left_in_every_answer(make_lane: Callable[..., Issuer]) -> None:
    policy = {
        "allowed": 3,
        "window": 60,
        "cooldown": 60,
        "counts": [],
        "begins": "at the first",
        "headers": {"X-RateLimit-Limit": "{allowed}", "X-RateLimit-Remaining": "{remaining}"},
        "rejection_headers": {"X-RateLimit-Reset": "{until}"},
        "body": {"message": "Too Many Attempts."},
    }
    lane = make_lane("openid", limiter=policy)
    lane.clock.freeze(at=NOON)
    client = lane.clients.default
    form = (
        "grant_type=client_credentials"
        f"&client_id={client.client_id}&client_secret={client.client_secret}"
    ).encode()

    def ask() -> Reply:
        headers = [("content-type", "application/x-www-form-urlencoded")]
        return call(lane_app(lane), "POST", "http://x/token", headers=headers, body=form)

    replies = [ask() for _ in range(4)]
    found = [dict(reply.headers) for reply in replies]
    assert [reply.status for reply in replies] == [200, 200, 200, 429]
    assert [headers["x-ratelimit-remaining"] for headers in found] == ["2", "1", "0", "0"]
    assert {headers["x-ratelimit-limit"] for headers in found} == {"3"}
    assert ["x-ratelimit-reset" in headers for headers in found] == [False, False, False, True]
    assert found[3]["x-ratelimit-reset"] == str(NOON + 60)
    assert found[3]["retry-after"] == "60"
    assert replies[3].body == b'{"message":"Too Many Attempts."}'
    lane.clock.advance(60)
    assert ask().status == 200


@pytest.mark.parametrize("begins", ["at the first", "at the last"])
def test_a_cooldown_is_never_longer_than_it_is(clock: Clock, begins: Any) -> None:
    limits = Limits(replace(MINUTE, cooldown=600, begins=begins), clock)
    fail(limits, 3)
    clock.rewind(hours=1)
    assert limits.rejection(b"me") == 600
    clock.advance(599)
    assert limits.rejection(b"me") == 1
    assert limits.remaining(b"me") == 0
    clock.advance(1)
    assert limits.rejection(b"me") is None


@pytest.mark.parametrize("begins", ["at the first", "at the last"])
def test_a_window_is_never_longer_than_it_is(clock: Clock, begins: Any) -> None:
    limits = Limits(replace(MINUTE, begins=begins), clock)
    fail(limits, 2)
    clock.rewind(hours=1)
    assert limits.remaining(b"me") == 1
    clock.advance(61)
    assert limits.remaining(b"me") == 3


def test_ids_that_are_too_long_are_told_apart(make_lane: Callable[..., Issuer]) -> None:
    lane = make_lane("groupdocs-total", limiter={"allowed": 2})
    lane.clock.freeze(at=NOON)

    def ask(client_id: str) -> int:
        headers = [("content-type", "application/x-www-form-urlencoded")]
        form = f"grant_type=client_credentials&client_id={client_id}&client_secret=x".encode()
        return call(
            lane_app(lane), "POST", "http://x/connect/token", headers=headers, body=form
        ).status

    assert [ask("a" * 200) for _ in range(3)] == [400, 400, lane.limits.policy.status]  # type: ignore[union-attr]
    assert ask("b" * 200) == 400
