"""The robot types the code of a device as a person does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from fixtures.device import TV
from mockidp import MockIdP
from mockidp.oauth.names import DEVICE_CODE
from mockidp.testing import RobotError


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    with MockIdP("openid", config={}, clients=[TV]) as idp:
        idp.clock.freeze()
        yield idp
        assert idp.journal.failures == []


def begin(idp: MockIdP) -> dict[str, Any]:
    form = {"client_id": "tv", "scope": "openid"}
    codes: dict[str, Any] = requests.post(idp.url("device_authorization"), form, timeout=60).json()
    return codes


def poll(idp: MockIdP, codes: dict[str, Any]) -> dict[str, Any]:
    form = {"grant_type": DEVICE_CODE, "client_id": "tv", "device_code": codes["device_code"]}
    answer: dict[str, Any] = requests.post(idp.url("token"), form, timeout=60).json()
    return answer


@pytest.mark.parametrize("member", ["user_code", "verification_uri_complete"])
def test_it_signs_in_and_allows(idp: MockIdP, member: str) -> None:
    codes = begin(idp)
    idp.robot.approve_device(codes[member], user="bob")
    assert poll(idp, codes)["id_token"]
    asked = [(e.method, e.endpoint) for e in idp.journal if e.endpoint in ("device", "consent")]
    assert asked == [
        *(("GET", "device"), ("POST", "device"), ("GET", "consent"), ("POST", "consent"))
    ]


def test_it_finds_the_page_whatever_its_address_is() -> None:
    path = "/activate"
    with MockIdP(config={}, clients=[TV], device_authorization_verification_path=path) as idp:
        codes = begin(idp)
        assert codes["verification_uri"] == f"{idp.base_url}/activate"
        idp.robot.approve_device(codes["user_code"], user="alice")
        assert poll(idp, codes)["access_token"]


def test_it_says_no(idp: MockIdP) -> None:
    codes = begin(idp)
    idp.robot.approve_device(codes["user_code"], user=idp.user, deny=True)
    assert poll(idp, codes)["error"] == "access_denied"


def test_who_is_signed_in_stays_until_another_is_wanted(idp: MockIdP) -> None:
    def sub_of(user: str | None) -> str:
        codes = begin(idp)
        idp.robot.approve_device(codes["user_code"], user=user)
        token = poll(idp, codes)["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        found = requests.get(idp.url("userinfo"), headers=headers, timeout=60).json()
        return str(found["sub"])

    subs = {user.username: user.sub for user in idp._lane.users.all()}
    wanted = ["alice", None, "bob", None, "alice"]
    found = [sub_of(user) for user in wanted]
    assert found == [subs[name] for name in ("alice", "alice", "bob", "bob", "alice")]


def test_a_wrong_code_is_told(idp: MockIdP) -> None:
    with pytest.raises(RobotError, match="the code was refused: no device waits") as caught:
        idp.robot.approve_device("BBBB-BBBB")
    assert caught.value.status == 400
    assert "mistyped" in caught.value.hint


def test_an_unknown_user_is_told(idp: MockIdP) -> None:
    with pytest.raises(RobotError, match="no button for the user 'nobody'"):
        idp.robot.approve_device(begin(idp)["user_code"], user="nobody")


def test_an_address_elsewhere_is_refused(idp: MockIdP) -> None:
    with pytest.raises(ValueError, match="give the robot the verification_uri_complete"):
        idp.robot.approve_device("https://elsewhere.example/device?user_code=BBBB-BBBB")


def test_a_no_that_nobody_was_asked_for_is_told() -> None:
    with MockIdP("openid", config={}, clients=[TV], auto_login="alice") as idp:
        codes = begin(idp)
        with pytest.raises(RobotError, match="is auto_login set"):
            idp.robot.approve_device(codes["user_code"], deny=True)


def test_a_provider_without_devices_is_told() -> None:
    with MockIdP("groupdocs-total", config={}) as idp:
        with pytest.raises(RobotError, match="nothing to go on with") as caught:
            idp.robot.approve_device("BBBB-BBBB")
        assert caught.value.status == 404
        assert "nothing is at this path" in caught.value.hint


@pytest.mark.anyio
async def test_in_a_test_that_is_async(idp: MockIdP) -> None:
    codes = begin(idp)
    await idp.robot.aapprove_device(codes["user_code"], user="alice")
    assert poll(idp, codes)["access_token"]
