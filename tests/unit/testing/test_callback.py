"""What the robot gives back: an address that knows what is in it."""

from __future__ import annotations

import pytest

from mockidp.testing import Callback


@pytest.mark.parametrize(
    ("url", "params"),
    [
        pytest.param("https://app.example/cb?code=c&state=s", {"code": "c", "state": "s"}, id="q"),
        pytest.param("https://app.example/cb#code=c&state=s", {"code": "c", "state": "s"}, id="#"),
        pytest.param(
            "https://app.example/cb?tenant=7#code=c", {"tenant": "7", "code": "c"}, id="both"
        ),
        pytest.param("com.example.app:/cb?code=a+b%26", {"code": "a b&"}, id="scheme of an app"),
        pytest.param("https://app.example/cb?state=", {"state": ""}, id="empty"),
        pytest.param("https://app.example/cb", {}, id="nothing"),
    ],
)
def test_members_of_an_address(url: str, params: dict[str, str]) -> None:
    callback = Callback(url)
    assert callback == url
    assert callback.params == params
    assert (callback.method, callback.data) == ("GET", None)


def test_the_redirect_uri_is_what_was_sent_or_else_what_stands_before_the_answer() -> None:
    url = "https://app.example/cb?tenant=7&code=c#f"
    assert Callback(url).redirect_uri == "https://app.example/cb"
    sent = "https://app.example/cb?tenant=7"
    assert Callback(url, redirect_uri=sent).redirect_uri == sent


def test_a_posted_answer_is_not_in_the_address() -> None:
    data = {"code": "c", "state": "s"}
    callback = Callback("https://app.example/cb?tenant=7", data=data)
    assert callback == "https://app.example/cb?tenant=7"
    assert (callback.method, callback.data, callback.params) == ("POST", data, data)
    assert callback.code == "c"


def test_an_error() -> None:
    callback = Callback("https://app.example/cb?error=access_denied&state=s")
    assert (callback.error, callback.code, callback.state) == ("access_denied", None, "s")
