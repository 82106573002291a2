"""The robot at every provider where people sign in, at its address here and at its real one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from mockidp import MockIdP
from mockidp.profiles import PROFILES
from mockidp.profiles.load import load_profile
from mockidp.testing import RobotError

SIGNED_IN_AT = [name for name in PROFILES if "code" in load_profile(name).authorize.response_types]
REDIRECT_URI = "https://app.example/cb"


@pytest.fixture(params=SIGNED_IN_AT)
def idp(request: pytest.FixtureRequest, mockidp_factory: Any) -> MockIdP:
    idp: MockIdP = mockidp_factory(request.param, clients=[{"redirect_uris": [REDIRECT_URI]}])
    return idp


@pytest.fixture
def query(idp: MockIdP) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": idp.client.client_id,
        "redirect_uri": REDIRECT_URI,
        "state": "st",
    }


def test_a_code(idp: MockIdP, query: dict[str, str]) -> None:
    callback = idp.robot.login(f"{idp.url('authorize')}?{urlencode(query)}")
    assert callback.code
    assert (callback.state, callback.redirect_uri) == ("st", REDIRECT_URI)


def test_a_refusal_of_the_user(idp: MockIdP, query: dict[str, str]) -> None:
    callback = idp.robot.login(f"{idp.url('authorize')}?{urlencode(query)}", cancel=True)
    assert callback.error == "access_denied"


def test_a_code_at_the_real_address(idp: MockIdP, query: dict[str, str]) -> None:
    path = urlsplit(idp.url("authorize")).path
    host = load_profile(idp.profile).routing.issuer.removeprefix("https://").partition("/")[0]
    assert host in idp.real_names
    callback = idp.robot.login(f"https://{host}{path}?{urlencode(query)}")
    assert callback.code


def test_an_unknown_client(idp: MockIdP, query: dict[str, str]) -> None:
    query["client_id"] = "nobody"
    with pytest.raises(RobotError, match="the provider refused: invalid_") as caught:
        idp.robot.login(f"{idp.url('authorize')}?{urlencode(query)}")
    assert caught.value.error.startswith("invalid_")
    assert caught.value.description
    # Also where the provider answers in JSON, which has no place for it.
    assert "no client has the id 'nobody'" in caught.value.hint
    assert caught.value.hint in str(caught.value)
