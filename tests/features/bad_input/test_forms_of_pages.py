"""The forms of our pages, sent twice, late, changed, from elsewhere or without cookies: refused,
explained, and the sign-in of the person at the right page goes on (RFC 9700, 4.7; RFC 6265).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.application import Application, an_application
from fixtures.browser import FORM, Browser, Screen

LOGIN, CONSENT, SIGN_OUT = "/_mockidp/login", "/_mockidp/consent", "/_mockidp/sign-out"


@pytest.fixture
def app() -> Iterator[Application]:
    with an_application() as app:
        yield app


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app.idp.app, app.home)


@pytest.fixture(params=["login", "consent"])
def page(request: pytest.FixtureRequest, app: Application, browser: Browser) -> Screen:
    """Each page of the way, as it is shown."""
    screen = app.begin(browser)
    return screen if request.param == "login" else browser.press(screen, user="alice")


def yes(page: Screen) -> dict[str, str]:
    """What a person does on this page."""
    return {"user": "alice"} if page.path == LOGIN else {"action": "allow"}


def finish(browser: Browser, page: Screen) -> Screen:
    screen = browser.press(page, **yes(page))
    return screen if screen.sent_to else browser.press(screen, **yes(screen))


def assert_refused(app: Application, screen: Screen, hint: str) -> None:
    assert (screen.status, screen.sent_to, screen.code) == (400, "", "invalid_request")
    assert hint in screen.hint
    assert hint in app.idp.journal.last.hint
    assert not [name for name, _ in screen.headers if name == "set-cookie"]


def test_a_form_sent_twice_is_answered_once(
    app: Application, browser: Browser, page: Screen
) -> None:
    back = finish(browser, page)
    assert "code" in back.answer
    assert_refused(app, browser.press(page, **yes(page)), "answered already")
    # RFC 6749, 4.1.2: the first answer stays good.
    assert app.redeem(back.answer["code"]).status == 200


def test_a_page_is_stale_after_an_hour(app: Application, browser: Browser, page: Screen) -> None:
    app.idp.clock.freeze()
    app.idp.clock.advance(3600)
    assert_refused(app, browser.press(page, **yes(page)), "stood open too long")
    assert_refused(app, browser.open(page.url), "start again at the application")


def test_a_page_from_before_a_reset_is_stale(
    app: Application, browser: Browser, page: Screen
) -> None:
    app.idp.reset()
    assert_refused(app, browser.press(page, **yes(page)), "was never made")


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [
        pytest.param("interaction", "", "was never made", id="no interaction"),
        pytest.param("interaction", "x", "was never made", id="another interaction"),
        pytest.param("interaction", "x" * 50_000, "was never made", id="a long one"),
        pytest.param("csrf", "", "has not the csrf value", id="no csrf"),
        pytest.param("csrf", "x", "has not the csrf value", id="another csrf"),
        pytest.param("csrf", "ü\u2028", "has not the csrf value", id="csrf, not ASCII"),
    ],
)
def test_a_form_that_was_changed(
    app: Application, browser: Browser, page: Screen, field: str, value: str, hint: str
) -> None:
    assert_refused(app, browser.press(page, **{**yes(page), field: value}), hint)
    assert "code" in finish(browser, page).answer


def test_the_csrf_value_of_another_interaction_is_none(
    app: Application, browser: Browser, page: Screen
) -> None:
    other = app.begin(browser, prompt="login")
    mixed = {**yes(page), "csrf": other.hidden["csrf"]}
    assert_refused(app, browser.press(page, **mixed), "has not the csrf value")


@pytest.mark.parametrize("action", ["", "nope", "allow deny", "login"])
def test_a_consent_that_says_nothing(app: Application, browser: Browser, action: str) -> None:
    consent = browser.press(app.begin(browser), user="alice")
    assert_refused(app, browser.press(consent, action=action), "neither allow nor deny")
    assert "code" in browser.press(consent, action="allow").answer


def test_consent_cannot_be_given_before_anybody_has_signed_in(
    app: Application, browser: Browser
) -> None:
    login = app.begin(browser)
    forged = browser.post(CONSENT, {**login.hidden, "action": "allow"})
    assert forged.path == LOGIN
    assert browser.open(CONSENT, interaction=login.hidden["interaction"]).path == LOGIN


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"%zz", b"interaction=%00", b"&" * 2000, b"{}", b"a=b" * 100_000],
    ids=["empty", "bytes", "escape", "NUL", "many", "JSON", "long"],
)
@pytest.mark.parametrize("path", [LOGIN, CONSENT])
def test_a_body_that_is_no_form(app: Application, browser: Browser, path: str, body: bytes) -> None:
    screen = browser.ask("POST", path, headers=[("content-type", FORM)], body=body)
    assert (screen.status, screen.code) == (400, "invalid_request")


# -- cookies and browsers -------------------------------------------------------------------------


def test_without_cookies_nobody_gets_in(app: Application) -> None:
    browser = Browser(app.idp.app, app.home, keeps_cookies=False)
    screen = app.begin(browser)
    assert (screen.status, screen.sent_to) == (400, "")
    assert "cookies " in screen.hint


def test_cookies_that_are_lost_on_the_way(app: Application, browser: Browser, page: Screen) -> None:
    browser.cookies.clear()
    assert_refused(app, browser.press(page, **yes(page)), "the browser sent no cookie")


def test_a_page_is_of_one_browser(app: Application, browser: Browser, page: Screen) -> None:
    thief = Browser(app.idp.app, app.home)
    app.begin(thief)
    assert_refused(app, thief.open(page.url), "made for another browser")
    assert_refused(app, thief.press(page, **yes(page)), "made for another browser")
    assert "code" in finish(browser, page).answer


@pytest.mark.parametrize(
    "value",
    [
        pytest.param('"a\\012b"', id="an escaped line break"),
        pytest.param('"a\\000b"', id="an escaped NUL"),
        pytest.param("a b", id="a space"),
        pytest.param("é", id="no ASCII"),
        pytest.param("x" * 5000, id="long"),
        pytest.param("", id="empty"),
        pytest.param('"', id="a quote"),
        pytest.param("a=b=c", id="equal signs"),
    ],
)
def test_a_session_cookie_that_is_not_ours_is_none(
    app: Application, browser: Browser, value: str
) -> None:
    app.sign_in(browser)
    (name,) = [name for name in browser.cookies if re.fullmatch("mockidp_session_[0-9a-f]+", name)]
    browser.cookies[name] = value
    screen = app.begin(browser, prompt="login")
    assert (screen.status, screen.path) == (200, LOGIN)
    assert "code" in finish(browser, screen).answer


def test_tabs_that_are_opened_at_once_do_not_mind_each_other(app: Application) -> None:
    # Neither has a cookie when it asks; the browser then holds what both are given.
    first, second = (Browser(app.idp.app, app.home) for _ in range(2))
    pages = [app.begin(first, state="one"), app.begin(second, state="two")]
    both = {**first.cookies, **second.cookies}
    for tab, page in zip((first, second), pages, strict=True):
        tab.cookies.update(both)
        assert "code" in finish(tab, page).answer


def test_two_tabs_of_one_browser_do_not_mind_each_other(app: Application, browser: Browser) -> None:
    browser.open(SIGN_OUT)
    first = app.begin(browser, state="one")
    second = app.begin(browser, state="two")
    assert finish(browser, second).answer["state"] == "two"
    assert finish(browser, first).answer["state"] == "one"


def test_cookies_are_kept_from_scripts_and_other_sites(app: Application, browser: Browser) -> None:
    login = app.begin(browser)
    consent = browser.send(
        "POST",
        LOGIN,
        headers=[("content-type", FORM)],
        body="&".join(f"{n}={v}" for n, v in {**login.hidden, "user": "alice"}.items()).encode(),
    )
    (session,) = [v for n, v in consent.headers if n == "set-cookie" and "session" in v]
    for part in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/"):
        assert part in session
    assert "Domain" not in session


# -- other sites ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "null", "https://mockidp.example.evil.example", "http://["),
        *("https://mockidp.example:8443", "https://evil.example@x", "mockidp.example", "x" * 9000),
    ],
)
def test_another_sites_form_is_refused(
    app: Application, browser: Browser, page: Screen, origin: str
) -> None:
    form = {**page.hidden, **yes(page)}
    assert_refused(app, browser.post(page.path, form, origin=origin), "the form comes from the")
    assert len(app.idp.journal.last.hint) < 400
    assert "code" in finish(browser, page).answer


@pytest.mark.parametrize("origin", [None, "https://mockidp.example", "HTTPS://MOCKIDP.EXAMPLE"])
def test_our_own_form_is_not(
    app: Application, browser: Browser, page: Screen, origin: str | None
) -> None:
    form = {**page.hidden, **yes(page)}
    screen = browser.post(page.path, form, origin=origin)
    assert screen.status in (200, 303)


@pytest.mark.parametrize(
    ("csrf", "origin", "hint"),
    [
        ("", "", "has not the csrf value"),
        ("x", "", "has not the csrf value"),
        (None, "https://evil.example", "the form comes from"),
        (None, "null", "the form comes from"),
    ],
)
def test_another_site_signs_nobody_out(
    app: Application, browser: Browser, csrf: str | None, origin: str, hint: str
) -> None:
    app.sign_in(browser)
    form = browser.open(SIGN_OUT).hidden
    if csrf is not None:
        form["csrf"] = csrf
    assert_refused(app, browser.post(SIGN_OUT, form, origin=origin), hint)
    assert "code" in app.begin(browser).answer


def test_signing_out_twice_is_fine(app: Application, browser: Browser) -> None:
    app.sign_in(browser)
    page = browser.open(SIGN_OUT)
    browser.press(page)
    again = browser.press(page)
    assert (again.status, "Nobody is signed in" in again.html) == (200, True)


def test_no_page_is_framed_kept_or_given_away(
    app: Application, browser: Browser, page: Screen
) -> None:
    pages = [page, browser.open(SIGN_OUT), browser.open("/_mockidp/callback", code="c")]
    pages.append(app.begin(browser, client_id="unknown"))
    for screen in pages:
        headers: dict[str, Any] = dict(screen.headers)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers


def test_the_callback_page_shows_what_it_gets_and_runs_nothing(
    app: Application, browser: Browser
) -> None:
    evil = "'\"><script>alert(1)</script>"
    shown = browser.open("/_mockidp/callback", code=evil, state=evil, **{evil: evil})
    assert "<script>alert" not in shown.html
    assert shown.page.by_id("member-code").text == evil
    assert "code=***" in app.idp.journal.render()
    posted = browser.post("/_mockidp/callback", {"code": evil}, origin="https://evil.example")
    assert "<script>alert" not in posted.html


def test_a_code_that_was_shown_can_be_redeemed(app: Application, browser: Browser) -> None:
    uri = f"{app.home}/_mockidp/callback"
    back = app.sign_in(browser, redirect_uri=uri)
    shown = browser.open(back.sent_to)
    code = shown.page.by_id("member-code").text
    assert "curl" in shown.page.by_id("curl").text
    reply = app.redeem(code, redirect_uri=uri)
    assert json.loads(reply.body)["token_type"] == "Bearer"
