"""Requests that are about one user: `id_token_hint`, and a `sub` with a value (OpenID Connect Core
1.0, 3.1.2.1, 3.1.2.2 and 5.5.1).
"""

from __future__ import annotations

import json

import pytest

from fixtures.application import ALICE, BOB, Application, an_application, claims_in
from fixtures.browser import Browser
from mockidp import MockIdP

LOGIN = "/_mockidp/login"


@pytest.fixture
def hint(app: Application, other_browser: Browser) -> str:
    """An ID token of alice."""
    token: str = app.tokens(other_browser)["id_token"]
    return token


def about(kind: str, hint: str) -> dict[str, str]:
    if kind == "hint":
        return {"id_token_hint": hint}
    return {"claims": json.dumps({kind: {"sub": {"value": ALICE["sub"]}}})}


KINDS = pytest.mark.parametrize("kind", ["hint", "id_token", "userinfo"])


@KINDS
def test_the_one_who_is_signed_in_is_not_asked(
    app: Application, browser: Browser, hint: str, kind: str
) -> None:
    app.sign_in(browser, "alice")
    assert "code" in app.begin(browser, prompt="none", **about(kind, hint)).answer
    assert "code" in app.begin(browser, **about(kind, hint)).answer


@KINDS
def test_for_somebody_else_a_login_is_needed(
    idp: MockIdP, app: Application, browser: Browser, hint: str, kind: str
) -> None:
    app.sign_in(browser, "bob")
    assert (
        app.begin(browser, prompt="none", **about(kind, hint)).answer["error"] == "login_required"
    )
    assert "'bob' is signed in" in idp.journal.last.hint
    login = app.begin(browser, **about(kind, hint))
    assert login.path == LOGIN
    (filled,) = [i.get("value") for i in login.page.all("input") if i.get("name") == "username"]
    assert filled == "alice"
    back = browser.press(login, user="alice")
    code = back.answer["code"]
    assert claims_in(json.loads(app.redeem(code).body)["id_token"])["sub"] == ALICE["sub"]


@KINDS
def test_who_signs_in_as_somebody_else_is_refused(
    idp: MockIdP, app: Application, browser: Browser, hint: str, kind: str
) -> None:
    login = app.begin(browser, **about(kind, hint))
    back = browser.press(login, user="bob")
    assert back.answer["error"] == "login_required"
    assert "somebody else" in idp.journal.last.hint
    again = browser.press(login, user="alice")
    assert again.status == 400, "the page has been answered"


@KINDS
def test_auto_login_signs_the_right_one_in(hint: str, kind: str) -> None:
    with an_application(auto_login="bob") as app:
        browser = Browser(app.idp.app, app.idp.issuer)
        alices = app.begin(browser, response_type="id_token", nonce="n", login_hint="alice")
        mine = alices.answer["id_token"]
        back = app.begin(browser, response_type="id_token", nonce="n", **about(kind, mine))
        assert claims_in(back.answer["id_token"])["sub"] == ALICE["sub"]


def test_a_hint_may_have_expired(
    idp: MockIdP, app: Application, browser: Browser, hint: str
) -> None:
    idp.clock.advance(days=400)
    app.sign_in(browser, "alice")
    assert "code" in app.begin(browser, prompt="none", id_token_hint=hint).answer


def test_a_hint_about_a_user_who_is_gone(
    idp: MockIdP, app: Application, browser: Browser, hint: str
) -> None:
    app.sign_in(browser, "bob")
    idp._lane.users.remove("alice")
    back = app.begin(browser, prompt="none", id_token_hint=hint)
    assert back.answer["error"] == "login_required"


@pytest.mark.parametrize("kind", ["text", "tampered", "access token", "empty claims"])
def test_a_bad_hint_is_refused(
    idp: MockIdP, app: Application, browser: Browser, hint: str, kind: str
) -> None:
    app.sign_in(browser, "alice")
    bad = {
        "text": "elsewhere",
        "tampered": hint[:-6] + "AAAAAA",
        "access token": idp.issue_token(user="alice"),
        "empty claims": "e30.e30.",
    }[kind]
    assert app.begin(browser, id_token_hint=bad).answer["error"] == "invalid_request"
    assert idp.journal.last.hint.startswith("the id_token_hint ")
    assert bad not in idp.journal.render(100)


def test_a_sub_that_nobody_has(app: Application, browser: Browser) -> None:
    app.sign_in(browser, "alice")
    claims = json.dumps({"id_token": {"sub": {"value": "nobody"}}})
    assert app.begin(browser, prompt="none", claims=claims).answer["error"] == "login_required"
    login = app.begin(browser, claims=claims)
    assert browser.press(login, user="alice").answer["error"] == "login_required"


def test_a_sub_without_a_value_is_anybody(app: Application, browser: Browser) -> None:
    app.sign_in(browser, "bob")
    for asked in (None, {"essential": True}, {"values": ["x", BOB["sub"]]}):
        claims = json.dumps({"id_token": {"sub": asked}})
        assert "code" in app.begin(browser, prompt="none", claims=claims).answer


def test_hint_and_sub_of_two_users_fit_nobody(
    app: Application, browser: Browser, hint: str
) -> None:
    app.sign_in(browser, "alice")
    claims = json.dumps({"id_token": {"sub": {"value": BOB["sub"]}}})
    back = app.begin(browser, prompt="none", claims=claims, id_token_hint=hint)
    assert back.answer["error"] == "login_required"
