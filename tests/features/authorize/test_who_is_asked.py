"""Sessions at the provider: who is asked to sign in or for consent, and when (OpenID Connect Core
1.0, 3.1.2.1 to 3.1.2.4 and 3.1.2.6).
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fixtures.application import ALICE, APP, BOB, CALLBACK, Application, claims_in
from fixtures.browser import Browser
from mockidp import MockIdP

LOGIN, CONSENT = "/_mockidp/login", "/_mockidp/consent"


def auth_time(app: Application, browser: Browser, **changes: str | None) -> tuple[str, int]:
    """Who signed in and when, of a request that asks nobody."""
    back = app.begin(browser, response_type="id_token", nonce="n", **changes)
    assert back.sent_to, back.html
    claims = claims_in(back.answer["id_token"])
    return claims["sub"], claims["auth_time"]


@pytest.fixture(autouse=True)
def frozen(idp: MockIdP) -> float:
    idp.clock.freeze(at=1_700_000_000)
    return 1_700_000_000


def test_who_is_signed_in_and_has_agreed_is_not_asked_again(
    idp: MockIdP, app: Application, browser: Browser, other_browser: Browser, frozen: float
) -> None:
    app.sign_in(browser)
    idp.clock.advance(minutes=5)
    assert auth_time(app, browser) == (ALICE["sub"], frozen)
    assert app.begin(other_browser).path == LOGIN


def test_two_browsers_are_two_people(
    app: Application, browser: Browser, other_browser: Browser
) -> None:
    app.sign_in(browser, "alice")
    app.sign_in(other_browser, "bob")
    assert auth_time(app, browser)[0] == ALICE["sub"]
    assert auth_time(app, other_browser)[0] == BOB["sub"]


def test_one_person_in_two_browsers_agrees_once(
    app: Application, browser: Browser, other_browser: Browser
) -> None:
    app.sign_in(browser)
    back = other_browser.press(app.begin(other_browser), user="alice")
    assert "code" in back.answer


@pytest.mark.parametrize("error", ["login_required", "consent_required"])
def test_prompt_none_asks_nobody(
    idp: MockIdP, app: Application, browser: Browser, error: str
) -> None:
    if error == "consent_required":
        browser.press(app.begin(browser), user="alice")  # signed in, and no yes to anything
    back = app.begin(browser, prompt="none", state="A-z.0_9~" * 16)
    assert (back.answer["error"], back.answer["state"]) == (error, "A-z.0_9~" * 16)
    assert "prompt=none forbids to ask" in idp.journal.last.hint


def test_prompt_none_is_served_when_nobody_has_to_be_asked(
    app: Application, browser: Browser, frozen: float
) -> None:
    app.sign_in(browser)
    assert auth_time(app, browser, prompt="none") == (ALICE["sub"], frozen)


def test_prompt_login_asks_again_and_only_once(
    idp: MockIdP, app: Application, browser: Browser, frozen: float
) -> None:
    app.sign_in(browser)
    idp.clock.advance(10)
    login = app.begin(browser, prompt="login")
    assert login.path == LOGIN
    assert "alice" in login.html
    assert "code" in browser.press(login, user="alice").answer
    assert auth_time(app, browser) == (ALICE["sub"], frozen + 10)


def test_prompt_select_account_offers_the_others(app: Application, browser: Browser) -> None:
    app.sign_in(browser)
    login = app.begin(browser, prompt="select_account")
    assert {"user-alice", "user-bob"} <= set(login.page.ids())
    back = browser.press(browser.press(login, user="bob"), action="allow")
    assert "code" in back.answer
    assert auth_time(app, browser)[0] == BOB["sub"]


def test_prompt_consent_asks_for_it_again(app: Application, browser: Browser) -> None:
    app.sign_in(browser)
    consent = app.begin(browser, prompt="consent")
    assert consent.path == CONSENT
    assert "code" in browser.press(consent, action="allow").answer
    assert "code" in app.begin(browser).answer


def test_prompts_may_be_several(app: Application, browser: Browser) -> None:
    app.sign_in(browser)
    login = app.begin(browser, prompt="login consent")
    assert login.path == LOGIN
    assert browser.press(login, user="alice").path == CONSENT


@pytest.mark.parametrize(
    ("max_age", "later", "is_asked"),
    [
        pytest.param("10000", 10, False, id="young"),
        pytest.param("10", 10, False, id="as old as it may be"),
        pytest.param("10", 10.5, True, id="too old"),
        pytest.param("1", 2, True, id="one second"),
        pytest.param("0", 0, True, id="0 is as prompt=login"),
    ],
)
def test_max_age(
    idp: MockIdP,
    app: Application,
    browser: Browser,
    frozen: float,
    max_age: str,
    later: float,
    is_asked: bool,
) -> None:
    app.sign_in(browser)
    idp.clock.advance(later)
    screen = app.begin(browser, max_age=max_age)
    assert (screen.path == LOGIN) is is_asked
    silent = app.begin(browser, max_age=max_age, prompt="none")
    assert silent.answer.get("error") == ("login_required" if is_asked else None)
    if is_asked:
        back = browser.press(screen, user="alice")
        assert "code" in back.answer
        assert auth_time(app, browser) == (ALICE["sub"], int(frozen + later))


def test_auth_time_is_that_of_the_sign_in_in_every_id_token(
    idp: MockIdP, app: Application, browser: Browser, frozen: float
) -> None:
    tokens = app.tokens(browser, scope="openid offline_access")
    idp.clock.advance(20)
    again = json.loads(app.refresh(tokens["refresh_token"]).body)
    for given in (tokens, again):
        assert claims_in(given["id_token"])["auth_time"] == frozen
    assert claims_in(again["id_token"])["iat"] == frozen + 20


@pytest.mark.parametrize("hint", ["bob", "sub-bob", "alice@example.com", "nobody@example.com"])
def test_a_login_hint_is_filled_in(app: Application, browser: Browser, hint: str) -> None:
    login = app.begin(browser, login_hint=hint)
    filled = login.page.by_id("username").attributes.get("value") or ""
    assert filled == {"nobody@example.com": "", "alice@example.com": "alice"}.get(hint, "bob")
    # It binds nobody.
    assert browser.press(login, user="alice").path == CONSENT


def test_a_login_hint_for_somebody_else_asks(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    app.sign_in(browser)
    assert "code" in app.begin(browser, login_hint="alice").answer
    assert app.begin(browser, login_hint="bob").path == LOGIN
    silent = app.begin(browser, login_hint="bob", prompt="none")
    assert silent.answer["error"] == "login_required"


# -- consent --------------------------------------------------------------------------------------


def test_more_than_what_was_agreed_to_is_asked_for(app: Application, browser: Browser) -> None:
    app.sign_in(browser, scope="openid profile")
    assert "code" in app.begin(browser, scope="openid").answer
    consent = app.begin(browser, scope="openid email")
    assert consent.path == CONSENT
    assert "see your e-mail address" in consent.html
    browser.press(consent, action="allow")
    assert "code" in app.begin(browser, scope="openid profile email").answer
    assert app.begin(browser, scope="openid email phone").path == CONSENT


def test_a_no_is_not_a_yes_the_next_time(app: Application, browser: Browser) -> None:
    consent = browser.press(app.begin(browser), user="alice")
    assert browser.press(consent, action="deny").answer["error"] == "access_denied"
    assert app.begin(browser).path == CONSENT


def test_consent_is_for_one_client(idp: MockIdP, app: Application, browser: Browser) -> None:
    app.sign_in(browser)
    idp.add_client(client_id="other", redirect_uris=[CALLBACK])
    assert app.begin(browser, client_id="other").path == CONSENT


def test_a_client_of_the_providers_own_needs_none(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    idp.client.update(skip_consent=True)
    assert "code" in browser.press(app.begin(browser), user="alice").answer
    assert app.begin(browser, prompt="consent").path == CONSENT


@pytest.mark.parametrize(("policy", "is_asked"), [("ask", True), ("skip", False)])
def test_a_provider_may_ask_always_or_never(policy: str, is_asked: bool) -> None:
    idp = MockIdP("openid", config={}, clients=[APP], users=[ALICE], authorize_consent=policy)
    app, browser = Application(idp, idp.client), Browser(idp.app, idp.issuer)
    assert "code" in app.sign_in(browser).answer
    assert (app.begin(browser).path == CONSENT) is is_asked
    idp.close()


# -- yes, no, and something else ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "fields", "error"),
    [
        pytest.param("login", {"action": "cancel"}, "access_denied", id="cancel"),
        pytest.param("login", {"action": "fail", "error": "server_error"}, "server_error", id="1"),
        pytest.param("consent", {"action": "deny"}, "access_denied", id="deny"),
        pytest.param(
            "consent",
            {"action": "fail", "error": "temporarily_unavailable"},
            "temporarily_unavailable",
            id="fail",
        ),
    ],
)
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_a_person_says_no(
    idp: MockIdP,
    app: Application,
    browser: Browser,
    page: str,
    fields: dict[str, str],
    error: str,
    mode: str,
) -> None:
    screen = app.begin(browser, response_mode=mode)
    if page == "consent":
        screen = browser.press(screen, user="alice")
    back = browser.press(screen, **fields)
    assert (back.answer["error"], back.answer["state"], back.mode) == (error, "st&te=ü", mode)
    assert "code" not in back.answer
    assert idp.journal.last.error == error
    again = browser.open(screen.url)
    assert (again.status, again.code) == (400, "invalid_request")
    assert "answered already" in again.hint


@pytest.mark.parametrize("error", ["", "nope", "<script>"])
def test_only_the_errors_on_the_page_may_be_chosen(
    app: Application, browser: Browser, error: str
) -> None:
    login = app.begin(browser)
    answer = browser.press(login, action="fail", error=error)
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert browser.press(login, user="alice").path == CONSENT, "the page is still good"


def test_somebody_else_may_sign_in_on_the_consent_page(app: Application, browser: Browser) -> None:
    consent = browser.press(app.begin(browser), user="alice")
    login = browser.press(consent, action="cancel")
    assert login.path == LOGIN
    back = browser.press(browser.press(login, user="bob"), action="allow")
    assert "code" in back.answer
    assert auth_time(app, browser)[0] == BOB["sub"]


def test_what_stood_open_for_one_user_does_not_answer_for_another(
    app: Application, browser: Browser
) -> None:
    of_alice = browser.press(app.begin(browser, prompt="consent"), user="alice")
    login = browser.press(of_alice, action="cancel")
    of_bob = browser.press(login, user="bob")
    refused = browser.press(of_alice, action="allow")
    assert refused.status == 400
    assert "somebody else signed in" in refused.hint
    assert "code" in browser.press(of_bob, action="allow").answer


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"username": "alice", "password": "x"}, "wrong password", id="password"),
        pytest.param({"username": "alice"}, "wrong password", id="no password"),
        pytest.param({"username": "carol", "password": "x"}, "no user is called", id="unknown"),
        pytest.param({}, "no user is called", id="nothing"),
        pytest.param({"user": "carol"}, "nobody who may sign in", id="no such button"),
    ],
)
def test_a_sign_in_that_fails_may_be_tried_again(
    idp: MockIdP, app: Application, browser: Browser, fields: dict[str, str], problem: str
) -> None:
    again = browser.press(app.begin(browser), action="login", **fields)
    assert (again.status, again.path) == (400, LOGIN)
    assert problem in again.page.by_id("problem").text
    assert problem in idp.journal.last.hint
    assert browser.press(again, user="alice").path == CONSENT


def test_what_is_typed_in_the_wrong_field_stays_out_of_the_journal(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    secret = idp.client.client_secret
    browser.press(app.begin(browser), action="login", username=secret, password="x")
    assert secret not in idp.journal.render()


def test_a_disabled_user_cannot_sign_in(idp: MockIdP, app: Application, browser: Browser) -> None:
    idp._lane.users.replace(replace(idp.user, enabled=False))
    login = app.begin(browser)
    assert "user-alice" not in login.page.ids()
    for fields in ({"user": "alice"}, {"username": "alice", "password": "pw-of-alice"}):
        again = browser.press(login, action="login", **fields)
        assert (again.status, again.path) == (400, LOGIN)


@pytest.mark.parametrize("way", ["disabled", "removed"])
def test_a_user_who_goes_in_the_middle_is_signed_out(
    idp: MockIdP, app: Application, browser: Browser, way: str
) -> None:
    consent = browser.press(app.begin(browser), user="alice")
    if way == "disabled":
        idp._lane.users.replace(replace(idp.user, enabled=False))
    else:
        idp._lane.users.remove("alice")
    assert browser.press(consent, action="allow").path == LOGIN
    assert app.begin(browser, prompt="none").answer["error"] == "login_required"


@pytest.mark.parametrize("page", ["login", "consent"])
@pytest.mark.parametrize("way", ["disabled", "removed", "another redirect URI"])
def test_a_client_that_goes_in_the_middle_gets_nothing(
    idp: MockIdP, app: Application, browser: Browser, page: str, way: str
) -> None:
    screen = app.begin(browser)
    if page == "consent":
        screen = browser.press(screen, user="alice")
    match way:
        case "disabled":
            idp.client.disable()
        case "removed":
            idp.client.remove()
        case _:
            idp.client.update(redirect_uris=["https://app.example/moved"])
    fields = {"user": "alice"} if page == "login" else {"action": "allow"}
    for answer in (browser.press(screen, **fields), browser.open(screen.url)):
        assert (answer.status, answer.sent_to) == (400, "")
        assert answer.code in ("invalid_client", "invalid_request")


# -- signing out, and time ------------------------------------------------------------------------


def test_signing_out_ends_the_session_of_this_browser(
    app: Application, browser: Browser, other_browser: Browser
) -> None:
    app.sign_in(browser)
    app.sign_in(other_browser)
    page = browser.open("/_mockidp/sign-out")
    assert "alice" in page.page.by_id("who").text
    done = browser.press(page)
    assert "You are signed out" in done.html
    assert not [name for name in browser.cookies if "session" in name]
    assert app.begin(browser).path == LOGIN
    assert "code" in app.begin(other_browser).answer


def test_the_cookie_of_an_ended_session_is_worth_nothing(
    app: Application, browser: Browser
) -> None:
    app.sign_in(browser)
    kept = dict(browser.cookies)
    browser.press(browser.open("/_mockidp/sign-out"))
    browser.cookies = kept
    assert app.begin(browser).path == LOGIN


def test_a_session_ends_after_a_working_day(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    app.sign_in(browser)
    idp.clock.advance(12 * 3600 - 1)
    assert "code" in app.begin(browser).answer
    idp.clock.advance(1)
    assert app.begin(browser).path == LOGIN


def test_signed_out_in_the_middle_one_signs_in_again(app: Application, browser: Browser) -> None:
    consent = browser.press(app.begin(browser), user="alice")
    browser.press(browser.open("/_mockidp/sign-out"))
    login = browser.press(consent, action="allow")
    assert login.path == LOGIN
    back = browser.press(browser.press(login, user="bob"), action="allow")
    assert "code" in back.answer


def test_each_sign_in_has_a_session_of_its_own(app: Application, browser: Browser) -> None:
    app.sign_in(browser)
    before = dict(browser.cookies)
    browser.press(app.begin(browser, prompt="login"), user="alice")
    kinds = ("mockidp_session_", "mockidp_browser_state_", "mockidp_browser_")
    kind_of = {name: next(kind for kind in kinds if name.startswith(kind)) for name in before}
    changed = {kind_of[name] for name in before if before[name] != browser.cookies[name]}
    assert changed == {"mockidp_session_", "mockidp_browser_state_"}


# -- without a page -------------------------------------------------------------------------------


def test_auto_login_shows_no_page(idp: MockIdP, app: Application, browser: Browser) -> None:
    idp._lane.auto_login = "alice"
    assert auth_time(app, browser)[0] == ALICE["sub"]
    assert auth_time(app, browser, prompt="none")[0] == ALICE["sub"]
    assert auth_time(app, browser, login_hint="bob")[0] == BOB["sub"]
    assert auth_time(app, browser, login_hint="who")[0] == ALICE["sub"]


def test_auto_login_keeps_the_session_until_a_request_wants_a_new_one(
    idp: MockIdP, app: Application, browser: Browser, frozen: float
) -> None:
    idp._lane.auto_login = "alice"
    assert auth_time(app, browser)[1] == frozen
    idp.clock.advance(30)
    assert auth_time(app, browser)[1] == frozen
    assert auth_time(app, browser, max_age="10")[1] == frozen + 30
    idp.clock.advance(30)
    assert auth_time(app, browser, prompt="login")[1] == frozen + 60


def test_auto_login_may_be_of_one_client(idp: MockIdP, app: Application, browser: Browser) -> None:
    idp.add_client(client_id="kiosk", redirect_uris=[CALLBACK], auto_login="bob")
    assert auth_time(app, browser, client_id="kiosk")[0] == BOB["sub"]
    assert app.begin(Browser(idp.app, idp.issuer)).path == LOGIN


def test_auto_login_of_nobody_says_so(idp: MockIdP, app: Application, browser: Browser) -> None:
    idp._lane.auto_login = "carol"
    back = app.begin(browser)
    assert back.answer["error"] == "server_error"
    assert "no user is called so; known: alice, bob" in idp.journal.last.hint


def test_auto_login_of_a_disabled_user_asks(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    idp._lane.auto_login = "alice"
    idp._lane.users.replace(replace(idp.user, enabled=False))
    assert app.begin(browser).path == LOGIN
