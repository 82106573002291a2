"""An error that a person is shown has a page of its own, to load again (RFC 6749, 4.1.2.1;
RFC 9110, 8.7).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.application import Application, an_application
from fixtures.browser import Browser, Screen

ERROR = "/_mockidp/error"


@pytest.fixture
def app() -> Iterator[Application]:
    with an_application() as app:
        app.idp.clock.freeze()
        yield app


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app.idp.app, app.home)


def nobody_to_tell(app: Application, browser: Browser) -> Screen:
    return browser.open("/authorize?client_id=elsewhere&response_type=code")


def stale(app: Application, browser: Browser) -> Screen:
    page = app.begin(browser)
    app.idp.clock.advance(3600)
    return browser.press(page, user="alice")


def forged(app: Application, browser: Browser) -> Screen:
    return browser.press(app.begin(browser), csrf="guessed", user="alice")


def unknown_sign_out(app: Application, browser: Browser) -> Screen:
    return browser.open("/end_session?client_id=elsewhere")


def own_path(screen: Screen) -> str:
    (path,) = [value for name, value in screen.headers if name == "content-location"]
    assert screen.page.by_id("address").attributes["href"] == path
    return path


@pytest.mark.parametrize("mishap", [nobody_to_tell, stale, forged, unknown_sign_out])
def test_it_is_shown_at_once_and_found_again_at_a_path_of_its_own(
    app: Application, browser: Browser, mishap: object
) -> None:
    assert callable(mishap)
    shown = mishap(app, browser)
    path = own_path(shown)
    assert path.partition("?")[0] == ERROR
    again = browser.open(path)
    assert (shown.status, again.status, again.path) == (400, 200, ERROR)
    assert (again.html, own_path(again)) == (shown.html, path)


def test_another_browser_may_look_at_it_too(app: Application, browser: Browser) -> None:
    shown = nobody_to_tell(app, browser)
    other = Browser(app.idp.app, app.home)
    assert other.open(own_path(shown)).hint == shown.hint


def test_it_is_kept_for_an_hour(app: Application, browser: Browser) -> None:
    path = own_path(nobody_to_tell(app, browser))
    app.idp.clock.advance(3599)
    assert browser.open(path).code == "invalid_client"
    app.idp.clock.advance(1)
    late = browser.open(path)
    assert (late.status, late.code) == (404, "invalid_request")
    assert "older than authentication.page_lifetime, or was never shown" in late.hint


@pytest.mark.parametrize("query", ["", "?id=", "?id=made-up", "?id=a&id=b", "?id=%ff"])
def test_no_page_is_made_up(app: Application, browser: Browser, query: str) -> None:
    screen = browser.open(ERROR + query)
    assert screen.status in (400, 404)
    assert screen.code == "invalid_request"


def test_the_journal_names_the_refusal_once(app: Application, browser: Browser) -> None:
    browser.open(own_path(nobody_to_tell(app, browser)))
    refused, looked = app.idp.journal.entries
    assert (refused.endpoint, refused.error) == ("authorize", "invalid_client")
    assert (looked.endpoint, looked.error, looked.status) == ("error", None, 200)


def test_what_it_shows_is_escaped(app: Application, browser: Browser) -> None:
    evil = "%3Cscript%3Ealert(1)%3C/script%3E"
    shown = browser.open(f"/authorize?client_id={evil}&response_type=code")
    again = browser.open(own_path(shown))
    assert "<script" not in again.html
    assert "<script>alert(1)</script>" in again.hint
