"""How to test that a client waits as long as Retry-After says; nobody waits in the test."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from mockidp import MockIdP


def fetch_token(idp: MockIdP, secret: str, sleep: Callable[[float], None]) -> str:
    """The client under test, which can be given another way to sleep."""
    form = {
        "grant_type": "client_credentials",
        "client_id": idp.client.client_id,
        "client_secret": secret,
    }
    while True:
        answer = requests.post(idp.url("token"), data=form, timeout=60)
        if answer.status_code != 429:
            answer.raise_for_status()
            token: str = answer.json()["access_token"]
            return token
        sleep(float(answer.headers["Retry-After"]))


def test_it_waits_as_long_as_it_is_told(mockidp_groupdocs_total: MockIdP) -> None:
    idp = mockidp_groupdocs_total
    idp.faults.next("token", status=429, retry_after=600)
    slept: list[float] = []
    assert fetch_token(idp, idp.client.client_secret, slept.append)
    assert slept == [600]


@pytest.mark.mockidp(limiter_allowed=3)
def test_the_limiter_itself_lets_it_in_after_the_cooldown(mockidp_groupdocs_total: MockIdP) -> None:
    idp = mockidp_groupdocs_total
    new_secret = "not yet known to the provider"
    for _ in range(3):
        with pytest.raises(requests.HTTPError):
            fetch_token(idp, new_secret, sleep=lambda seconds: None)
    idp.client.update(client_secret=new_secret)
    assert fetch_token(idp, new_secret, sleep=idp.clock.advance)
    idp.journal.assert_called("token", times=1, status=429)
