"""The page on which a user types the code of a device, and what follows (RFC 8628, 3.3 and 5)."""

from __future__ import annotations

import pytest

from fixtures.application import Application, an_application
from fixtures.browser import Browser
from fixtures.device import TV, begin, connect


def test_the_pages_say_which_device_asks_and_what_for(app: Application, browser: Browser) -> None:
    device = begin(app, scope="openid read")
    page = browser.open("/device")
    assert page.status == 200
    assert page.page.by_id("user_code").attributes["value"] == ""
    login = browser.press(page, user_code=device.user_code)
    assert "The TV" in login.html
    assert login.page.by_id("user-code").text == device.user_code
    consent = browser.press(login, user="alice")
    assert consent.page.by_id("user-code").text == device.user_code
    assert "read your data" in consent.html
    done = browser.press(consent, action="allow")
    assert (done.status, done.sent_to) == (200, "")
    assert done.page.by_id("allowed").text.startswith("The TV")
    assert ("cache-control", "no-store") in done.headers
    assert device.tokens()["scope"] == "openid read"


@pytest.mark.parametrize(
    "typed",
    ["{0}-{1}", "{0}{1}", "{0} {1}", " {0}-{1} ", "{0}--{1}", "{0}.{1}\t", "{0}\u2013{1}"],
)
@pytest.mark.parametrize("case", [str.upper, str.lower, str.title])
def test_a_code_is_compared_by_its_letters(
    app: Application, browser: Browser, typed: str, case: object
) -> None:
    device = begin(app)
    assert callable(case)
    code = case(typed.format(*device.user_code.split("-")))
    assert browser.press(browser.open("/device"), user_code=code).path == "/_mockidp/login"


@pytest.mark.parametrize("typed", ["", "-", "BBBB-BBBB", "x" * 100_000, "\u017f", "<b>", "\x01"])
def test_a_wrong_code_can_be_typed_again(app: Application, browser: Browser, typed: str) -> None:
    begin(app)
    screen = browser.press(browser.open("/device"), user_code=typed)
    assert (screen.status, screen.path) == (400, "/device")
    assert "no device waits" in screen.page.by_id("problem").text
    assert len(screen.html) < 16 * 1024
    assert "<b>" not in screen.page.by_id("problem").text or "&lt;b&gt;" in screen.html
    assert app.idp.journal.last.error == "invalid_request"


def test_the_address_may_have_the_code_and_nothing_happens_before_the_user_agrees(
    app: Application, browser: Browser
) -> None:
    device = begin(app)
    page = browser.open("/device", user_code=device.user_code)
    assert page.page.by_id("user_code").attributes["value"] == device.user_code
    assert "Go on only if your device shows this code" in page.html
    assert device.error() == "authorization_pending"
    consent = browser.press(browser.press(page, user_code=device.user_code), user="alice")
    app.idp.clock.advance(5)
    assert device.error() == "authorization_pending"
    browser.press(consent, action="allow")
    assert device.tokens()


def test_a_code_in_the_address_is_escaped(app: Application, browser: Browser) -> None:
    page = browser.open("/device", user_code='"><script>alert(1)</script>')
    assert "<script" not in page.html
    assert page.page.by_id("user_code").attributes["value"] == '"><script>alert(1)</script>'


def test_who_is_signed_in_is_asked_for_consent_each_time(
    app: Application, browser: Browser
) -> None:
    # RFC 8628, 5.4: a code may come from somebody else's device.
    connect(browser, begin(app).user_code)
    consent = browser.press(browser.open("/device"), user_code=begin(app).user_code)
    assert consent.path == "/_mockidp/consent"


def test_a_client_that_skips_consent_does_not_skip_it_here(
    browser: Browser, app: Application
) -> None:
    app.idp._lane.clients.remove("tv")
    app.idp.add_client(**TV, skip_consent=True)
    connect(browser, begin(app).user_code)


def test_somebody_else_may_sign_in(app: Application, browser: Browser) -> None:
    connect(browser, begin(app).user_code)
    device = begin(app, scope="openid profile")
    consent = browser.press(browser.open("/device"), user_code=device.user_code)
    login = browser.press(consent, action="cancel")
    assert login.path == "/_mockidp/login"
    browser.press(browser.press(login, user="bob"), action="allow")
    assert b"Bob" in app.userinfo(device.tokens()["access_token"]).body


def test_cancelling_the_sign_in_is_a_no(app: Application, browser: Browser) -> None:
    device = begin(app)
    login = browser.press(browser.open("/device"), user_code=device.user_code)
    assert browser.press(login, action="cancel").page.by_id("denied").text
    assert device.error() == "access_denied"


def test_a_tester_can_choose_no_error_that_a_device_does_not_know(
    app: Application, browser: Browser
) -> None:
    device = begin(app)
    login = browser.press(browser.open("/device"), user_code=device.user_code)
    assert "error" not in login.page.ids()
    browser.press(login, action="fail", error="server_error")
    assert device.error() == "access_denied"


def test_of_two_tabs_one_answers(app: Application, browser: Browser) -> None:
    device = begin(app)
    first = browser.press(browser.open("/device"), user_code=device.user_code)
    second = browser.press(browser.open("/device"), user_code=device.user_code)
    browser.press(browser.press(first, user="alice"), action="deny")
    late = browser.press(second, user="alice")
    assert late.status == 400
    assert "waits no longer" in late.hint
    assert device.error() == "access_denied"


def test_two_pages_for_one_device_give_one_answer(app: Application, browser: Browser) -> None:
    device = begin(app)
    first = browser.press(browser.open("/device"), user_code=device.user_code)
    first = browser.press(first, user="alice")
    second = browser.press(browser.open("/device"), user_code=device.user_code)
    assert second.path == "/_mockidp/consent"
    browser.press(second, action="allow")
    late = browser.press(first, action="deny")
    assert late.status == 400
    assert device.tokens()


def test_a_page_is_good_in_its_own_browser_only(app: Application, browser: Browser) -> None:
    device = begin(app)
    login = browser.press(browser.open("/device"), user_code=device.user_code)
    thief = Browser(app.idp.app, app.home)
    thief.open("/device")
    assert thief.press(login, user="bob").status == 400
    assert browser.press(login, user="alice", csrf="wrong").status == 400
    assert device.error() == "authorization_pending"


def test_another_sites_page_cannot_type_a_code(app: Application, browser: Browser) -> None:
    device = begin(app)
    for origin in ("https://evil.example", "null"):
        screen = browser.post("/device", {"user_code": device.user_code}, origin=origin)
        assert (screen.status, screen.code) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_methods_are_refused(app: Application, browser: Browser, method: str) -> None:
    reply = browser.send(method, "/device", headers=[])
    assert reply.status == 405


# -- trying codes out (RFC 8628, 5.1) ------------------------------------------------------------


def test_after_ten_wrong_codes_no_code_is_looked_up(app: Application, browser: Browser) -> None:
    device = begin(app)
    for _ in range(10):
        assert browser.post("/device", {"user_code": "BBBB-BBBB"}).status == 400
    fresh = Browser(app.idp.app, app.home)  # cookies do not matter
    for code in (device.user_code, "BBBB-BBBB"):
        screen = fresh.post("/device", {"user_code": code})
        assert screen.status == 429
        assert "wait 600 seconds" in screen.page.by_id("problem").text
    assert app.idp.journal.last.cites == "RFC 8628, 5.1"
    app.idp.clock.advance(600)
    connect(fresh, begin(app).user_code)


def test_right_codes_are_not_counted_and_old_ones_are_forgotten(
    app: Application, browser: Browser
) -> None:
    for _ in range(3):
        for _ in range(9):
            assert browser.post("/device", {"user_code": "BBBB-BBBB"}).status == 400
        connect(browser, begin(app).user_code)
        app.idp.clock.advance(600)


def test_the_limit_is_a_setting_and_goes_with_a_reset() -> None:
    with an_application(device_authorization_wrong_codes=1) as app:
        browser = Browser(app.idp.app, app.home)
        state = app.idp.snapshot()
        assert browser.post("/device", {"user_code": "B"}).status == 400
        assert browser.post("/device", {"user_code": "B"}).status == 429
        app.idp.restore(state)
        assert browser.post("/device", {"user_code": "B"}).status == 400
    with an_application(device_authorization_wrong_codes=0) as app:
        browser = Browser(app.idp.app, app.home)
        assert {browser.post("/device", {"user_code": "B"}).status for _ in range(50)} == {400}


def test_auto_login_connects_without_a_page() -> None:
    with an_application(auto_login="alice") as app:
        app.idp.add_client(**TV)
        device = begin(app)
        browser = Browser(app.idp.app, app.home)
        done = browser.press(browser.open("/device"), user_code=device.user_code)
        assert done.page.by_id("allowed").text
        assert device.tokens()["id_token"]


def test_a_provider_may_have_devices_and_no_authorization_endpoint() -> None:
    with an_application(authorize_response_types=[]) as app:
        app.idp.add_client(**TV)
        device = begin(app)
        connect(Browser(app.idp.app, app.home), device.user_code)
        assert device.tokens()
