"""What the device code grant grants (RFC 8628, sections 3.4 and 3.5)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mockidp.flows.device import begin_device, decide, find_device
from mockidp.flows.grant import TokenRequest
from mockidp.flows.grants.device_code import DeviceCode
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


def request(**form: str) -> TokenRequest:
    return TokenRequest(params=Params.of({"client_id": "tv", **form}), issuer="https://idp.test")


def test_it_grants_what_the_user_has_allowed(lane: Issuer) -> None:
    codes = begin_device(lane, request(scope="openid read"))
    device = find_device(lane, codes.user_code)
    user = lane.users.default
    decide(lane, device, lane.clients.default, user=user, auth_time=1_699_999_000)
    asked = request(device_code=codes.device_code)
    decision = DeviceCode().decide(lane, asked, lane.clients.default, ())
    assert (decision.subject, decision.user) == (user.sub, user)
    assert decision.scopes == ("openid", "read")
    assert decision.auth_time == 1_699_999_000
    assert decision.nonce is None
    assert decision.family == device.family is not None


@pytest.mark.parametrize(
    ("seconds", "decides", "code", "case"),
    [
        (0, None, "authorization_pending", "authorization_pending"),
        (0, False, "access_denied", "denied_device"),
        (600, None, "expired_token", "expired_device_code"),
        (600, True, "expired_token", "expired_device_code"),
    ],
)
def test_it_refuses_in_the_words_of_the_specification(
    lane: Issuer, seconds: float, decides: bool | None, code: str, case: str
) -> None:
    codes = begin_device(lane, request())
    if decides is not None:
        device = find_device(lane, codes.user_code)
        user = lane.users.default if decides else None
        decide(lane, device, lane.clients.default, user=user)
    lane.clock.advance(seconds)
    asked = request(device_code=codes.device_code)
    with pytest.raises(OAuthError) as caught:
        DeviceCode().decide(lane, asked, lane.clients.default, ())
    assert (caught.value.code, caught.value.case) == (code, case)
    assert caught.value.cites == "RFC 8628, 3.5"
