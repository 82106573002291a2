"""The codes of devices without HTTP (RFC 8628, sections 3.1 to 3.5 and 6.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockidp.flows.device import (
    DeviceCodes,
    begin_device,
    check_decision,
    decide,
    find_device,
    plain,
    shown_code,
    waiting_device,
)
from mockidp.flows.grant import TokenRequest
from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.params import Params

Make = Callable[..., Issuer]

TV = {"client_id": "tv", "token_endpoint_auth_method": "none"}


@pytest.fixture
def lane(make_lane: Make) -> Issuer:
    lane = make_lane("openid", clients=[TV])
    lane.clock.freeze(at=1_700_000_000)
    return lane


def begin(lane: Issuer, **form: str) -> DeviceCodes:
    params = Params.of({"client_id": "tv", **form})
    return begin_device(lane, TokenRequest(params=params, issuer="https://idp.test"))


def refused(run: Callable[[], object]) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        run()
    assert caught.value.hint
    assert "RFC 8628" in caught.value.cites
    return caught.value


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("WDJB-MJHT", "WDJBMJHT"),
        ("wdjb mjht", "WDJBMJHT"),
        (" wdjb—mjht\n", "WDJBMJHT"),
        ("019-450-730", "019450730"),
        ("", ""),
        ("ß-ı", "SSI"),
        ("ж", ""),
    ],
)
def test_a_code_is_its_letters_and_digits(typed: str, expected: str) -> None:
    assert plain(typed) == expected


def test_two_devices_never_show_the_same_code(make_lane: Make) -> None:
    lane = make_lane("openid", clients=[TV], device_authorization_user_code_look="{decimal:1}")
    shown = [begin(lane).user_code for _ in range(9)]
    assert sorted(shown) == [*"123456789"]


def test_a_code_is_free_again_when_it_has_expired(make_lane: Make) -> None:
    lane = make_lane("openid", clients=[TV], device_authorization_user_code_look="{decimal:1}")
    lane.clock.freeze()
    for _ in range(9):
        begin(lane)
    lane.clock.advance(600)
    assert begin(lane).user_code in "123456789"


def test_a_provider_that_has_no_codes_left_says_so(make_lane: Make) -> None:
    lane = make_lane("openid", clients=[TV], device_authorization_user_code_look="{decimal:1}")
    for _ in range(9):
        begin(lane)
    error = refused(lambda: begin(lane))
    assert (error.code, error.status) == ("temporarily_unavailable", 503)
    assert "user_code_look" in error.hint


def test_the_device_is_found_by_the_code_it_shows(lane: Issuer) -> None:
    codes = begin(lane, scope="read")
    device = find_device(lane, codes.user_code.lower())
    assert (device.id, device.scope) == (codes.device_code, ("read",))
    assert shown_code(device) == codes.user_code
    assert waiting_device(lane, codes.device_code) == device


@pytest.mark.parametrize("allows", [True, False])
def test_an_answer_is_given_once(lane: Issuer, allows: bool) -> None:
    codes = begin(lane)
    device = find_device(lane, codes.user_code)
    user = lane.users.default if allows else None
    decided = decide(lane, device, lane.clients.default, user=user, auth_time=5)
    assert (decided.client.client_id, decided.is_allowed) == ("tv", allows)
    for again in (
        lambda: decide(lane, device, lane.clients.default, user=None),
        lambda: find_device(lane, codes.user_code),
        lambda: waiting_device(lane, codes.device_code),
    ):
        assert refused(again).code == "invalid_request"


def decided(lane: Issuer, codes: DeviceCodes) -> str:
    device = lane.store.get("device_code", codes.device_code, now=lane.clock.now())
    assert device is not None
    try:
        check_decision(lane, device)
    except OAuthError as error:
        return error.code
    return "allowed"


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        ([0], ["authorization_pending"]),
        ([0, 5], ["authorization_pending", "authorization_pending"]),
        ([0, 4.9], ["authorization_pending", "slow_down"]),
        ([0, 0, 10], ["authorization_pending", "slow_down", "authorization_pending"]),
        ([0, 0, 9], ["authorization_pending", "slow_down", "slow_down"]),
        ([0, 0, 9, 14], ["authorization_pending", "slow_down", "slow_down", "slow_down"]),
        ([0, 0, 9, 15], ["authorization_pending", *["slow_down"] * 2, "authorization_pending"]),
        (
            [0, 0, 10, 9],
            ["authorization_pending", "slow_down", "authorization_pending", "slow_down"],
        ),
    ],
)
def test_the_interval_grows_by_five_seconds_and_stays(
    lane: Issuer, waits: list[float], expected: list[str]
) -> None:
    codes = begin(lane)
    found = []
    for seconds in waits:
        lane.clock.advance(seconds)
        found.append(decided(lane, codes))
    assert found == expected


def test_who_has_an_answer_may_ask_at_once(lane: Issuer) -> None:
    codes = begin(lane)
    assert decided(lane, codes) == "authorization_pending"
    device = find_device(lane, codes.user_code)
    decide(lane, device, lane.clients.default, user=lane.users.default)
    assert [decided(lane, codes), decided(lane, codes)] == ["allowed", "allowed"]


def test_the_words_of_a_provider_for_waiting_are_its_own(make_lane: Make) -> None:
    from mockidp.flows.wording import wording

    cases: dict[str, Any] = {"authorization_pending": {"error": "wait", "status": 428}}
    lane = make_lane("openid", clients=[TV], errors={"cases": cases})
    codes = begin(lane)
    device = find_device(lane, codes.user_code)
    said = wording(lane.profile, refused(lambda: check_decision(lane, device)))
    assert (said.error, said.status) == ("wait", 428)
