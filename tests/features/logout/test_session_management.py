"""What a client is given to ask the provider's iframe with, and the iframe (OpenID Connect Session
Management 1.0).
"""

from __future__ import annotations

import hashlib

import pytest

from fixtures.application import Application
from fixtures.asgi import call
from fixtures.browser import Browser
from mockidp import MockIdP
from mockidp.flows.authorize.sessions import session_state


def state_cookie(browser: Browser) -> str:
    (value,) = [v for name, v in browser.cookies.items() if "browser_state" in name]
    return value


def test_it_is_made_of_the_client_its_origin_and_the_browsers_state(
    app: Application, browser: Browser
) -> None:
    state = app.sign_in(browser).answer["session_state"]
    _, _, salt = state.partition(".")
    # 3.2: "client_id + ' ' + origin + ' ' + browser_state + ' ' + salt"
    text = f"app https://app.example {state_cookie(browser)} {salt}"
    assert state == f"{hashlib.sha256(text.encode()).hexdigest()}.{salt}"
    assert app.sign_in(browser).answer["session_state"] != state


@pytest.mark.parametrize("how", ["signs out", "signs in again"])
def test_the_browsers_state_changes(app: Application, browser: Browser, how: str) -> None:
    app.sign_in(browser)
    before = state_cookie(browser)
    app.sign_in(browser)
    assert state_cookie(browser) == before
    if how == "signs out":
        browser.press(browser.open("/_mockidp/sign-out"))
        assert not [name for name in browser.cookies if "browser_state" in name]
    else:
        app.sign_in(browser, prompt="login")
        assert state_cookie(browser) != before


@pytest.mark.parametrize(
    "asked", [{"scope": "read"}, {"prompt": "none"}], ids=["not openid", "refused"]
)
def test_who_gets_none(app: Application, browser: Browser, asked: dict[str, str]) -> None:
    assert "session_state" not in app.sign_in(browser, **asked).answer


@pytest.mark.parametrize(
    ("redirect_uri", "origin"),
    [
        ("https://app.example/cb?x=1", "https://app.example"),
        ("https://App.Example:443/cb", "https://app.example"),
        ("http://127.0.0.1:5000/cb", "http://127.0.0.1:5000"),
        ("com.example.app:/cb", "null"),
    ],
)
def test_the_origin_is_that_of_the_redirect_uri(redirect_uri: str, origin: str) -> None:
    expected = hashlib.sha256(f"app {origin} b s".encode()).hexdigest()
    assert session_state("app", redirect_uri, "b", "s") == f"{expected}.s"


@pytest.mark.parametrize(
    ("tls", "same_site"), [(False, "SameSite=Lax"), (True, "SameSite=None; Secure")]
)
def test_scripts_of_the_provider_can_read_the_cookie_in_a_frame_of_another_site(
    tls: bool, same_site: str
) -> None:
    with MockIdP(tls=tls, auto_login="alice") as idp:
        uri = "http://127.0.0.1/callback"
        asked = f"?response_type=code&client_id={idp.client.client_id}&redirect_uri={uri}"
        address = f"{idp.url('authorize')}{asked}&scope=openid"
        cookies = [v for n, v in call(idp.app, "GET", address).headers if n == "set-cookie"]
        (of_session,) = [cookie for cookie in cookies if cookie.startswith("mockidp_session")]
        (of_state,) = [cookie for cookie in cookies if cookie.startswith("mockidp_browser_state")]
        assert ("HttpOnly" in of_session, "HttpOnly" in of_state) == (True, False)
        assert "SameSite=Lax" in of_session
        assert same_site in of_state
        # The one says nothing about the other.
        assert of_session.partition("=")[2][:43] not in of_state


def test_any_site_may_have_the_page_in_a_frame(idp: MockIdP, browser: Browser) -> None:
    reply = browser.send("GET", "/check_session", headers=[])
    headers = dict(reply.headers)
    assert reply.status == 200
    assert "x-frame-options" not in headers
    assert "frame-ancestors" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert browser.send("POST", "/check_session", headers=[]).status == 405
