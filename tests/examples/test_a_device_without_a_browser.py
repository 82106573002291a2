"""How to test an application on a device without a browser: it shows a code and asks again and
again, the robot types the code as its user would, and no time passes but the test's own.
"""

from __future__ import annotations

from typing import Any

import requests

from mockidp import MockIdP

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Television:
    """The application under test."""

    def __init__(self, idp: MockIdP) -> None:
        self.idp = idp
        self.wait = 0
        self.codes: dict[str, Any] = {}

    def show_code(self) -> str:
        form = {"scope": "openid profile"}
        url, auth = self.idp.url("device_authorization"), self.idp.client.auth
        self.codes = requests.post(url, form, auth=auth, timeout=60).json()
        self.wait = self.codes["interval"]
        return str(self.codes["user_code"])

    def ask(self) -> str:
        """What it shows after one more token request."""
        form = {"grant_type": GRANT, "device_code": self.codes["device_code"]}
        url, auth = self.idp.url("token"), self.idp.client.auth
        answer = requests.post(url, form, auth=auth, timeout=60).json()
        match answer.get("error"):
            case None:
                return "signed in"
            case "authorization_pending":
                return "waiting"
            case "slow_down":
                self.wait += 5
                return "waiting"
            case "expired_token":
                return f"new code: {self.show_code()}"
        return "refused"


def test_a_user_signs_in(mockidp: MockIdP) -> None:
    television = Television(mockidp)
    code = television.show_code()
    assert television.ask() == "waiting"
    mockidp.robot.approve_device(code, user="alice")
    assert television.ask() == "signed in"


def test_a_user_says_no(mockidp: MockIdP) -> None:
    television = Television(mockidp)
    mockidp.robot.approve_device(television.show_code(), user="alice", deny=True)
    assert television.ask() == "refused"


def test_it_waits_longer_when_it_is_told_to(mockidp: MockIdP) -> None:
    television = Television(mockidp)
    television.show_code()
    mockidp.clock.freeze()
    television.ask()
    television.ask()
    assert television.wait == 10
    mockidp.clock.advance(television.wait)
    television.ask()
    assert [entry.error for entry in mockidp.journal.find("token")] == [
        "authorization_pending",
        "slow_down",
        "authorization_pending",
    ]


def test_it_shows_a_new_code_when_the_old_one_has_expired(mockidp: MockIdP) -> None:
    television = Television(mockidp)
    first = television.show_code()
    mockidp.clock.advance(minutes=10)
    assert television.ask().startswith("new code: ")
    assert television.codes["user_code"] != first
