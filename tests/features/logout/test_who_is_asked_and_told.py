"""Who asks for the end of a session, whether the user is asked, and who is told of it (OpenID
Connect RP-Initiated Logout 1.0; Front-Channel Logout 1.0; Back-Channel Logout 1.0).
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from fixtures.application import APP, Application, an_application, claims_in
from fixtures.browser import Browser, Screen
from mockidp import MockIdP
from mockidp.tokens.mint import mint_logout_token

OUT = "https://app.example/out"
LOGIN, SIGN_OUT = "/_mockidp/login", "/_mockidp/sign-out"


def frames(screen: Screen) -> list[str]:
    return [str(frame["src"]) for frame in screen.page.all("iframe")]


def visit_second(app: Application, browser: Browser) -> Screen:
    uri = "https://second.example/cb"
    return app.sign_in(browser, client_id="second", redirect_uri=uri)


def leave(app: Application, browser: Browser, **asked: str) -> Screen:
    return browser.open("/end_session", **asked)


def test_all_clients_of_the_session_are_told_in_their_order(
    app: Application, browser: Browser, other_browser: Browser
) -> None:
    hint = app.tokens(browser)["id_token"]
    visit_second(app, browser)
    app.sign_in(other_browser)
    said = leave(app, browser, id_token_hint=hint, post_logout_redirect_uri=OUT, state="a b")
    first, second = frames(said)
    query = parse_qsl(urlsplit(first).query)
    sid = claims_in(hint)["sid"]
    assert query == [("a", "b"), ("iss", app.home), ("sid", sid)]
    # Section 2: it has not asked for iss and sid.
    assert second == "https://second.example/front"
    assert said.page.by_id("continue").attributes["href"] == f"{OUT}?state=a%20b"
    assert "You are signed out" in said.html
    (entry,) = app.idp.journal.find("end_session")
    # Nobody is asked unless that is allowed, and the journal says so.
    (post,) = entry.outgoing
    assert post.startswith("POST http://127.0.0.1:9/back: ")
    assert "outgoing.allowed" in post
    assert app.begin(browser).path == LOGIN
    assert "code" in app.begin(other_browser).answer


def test_the_users_own_sign_out_tells_them_too(app: Application, browser: Browser) -> None:
    app.sign_in(browser)
    said = browser.press(browser.open(SIGN_OUT))
    assert len(frames(said)) == 1
    assert "continue" not in said.page.ids()
    assert not [name for name in browser.cookies if "session" in name or "state" in name]


@pytest.mark.parametrize("way", ["not openid", "disabled", "removed", "told already"])
def test_who_is_not_told(app: Application, browser: Browser, way: str) -> None:
    app.sign_in(browser, scope="read" if way == "not openid" else "openid")
    lane = app.idp._lane
    if way == "disabled":
        app.client.disable()
    elif way == "removed":
        lane.clients.remove("app")
    elif way == "told already":
        browser.press(browser.open(SIGN_OUT))
        visit_second(app, browser)
    said = browser.press(browser.open(SIGN_OUT))
    told = way == "told already"
    assert frames(said) == (["https://second.example/front"] if told else [])


def test_a_user_may_stay(app: Application, browser: Browser) -> None:
    app.sign_in(browser)
    asked = leave(app, browser, client_id="app", post_logout_redirect_uri=OUT)
    assert asked.path == SIGN_OUT
    assert "The App" in asked.page.by_id("asks").text
    stayed = browser.press(asked, action="stay")
    assert "You are still signed in" in stayed.html
    assert not stayed.page.all("form")
    assert "code" in app.begin(browser, prompt="none").answer


def test_the_answer_has_to_come_from_the_page(app: Application, browser: Browser) -> None:
    app.sign_in(browser)
    asked = leave(app, browser, client_id="app", post_logout_redirect_uri=OUT)
    refused = browser.post(SIGN_OUT, {**asked.hidden, "csrf": "x"})
    assert (refused.status, refused.code) == (400, "invalid_request")
    refused = browser.post(SIGN_OUT, asked.hidden, origin="https://evil.example")
    assert (refused.status, refused.code) == (400, "invalid_request")
    assert "code" in app.begin(browser, prompt="none").answer


def test_a_page_that_stood_open_too_long_only_signs_out(app: Application, browser: Browser) -> None:
    app.sign_in(browser)
    asked = leave(app, browser, client_id="app", post_logout_redirect_uri=OUT)
    app.idp.clock.advance(3600)
    said = browser.press(asked)
    assert "continue" not in said.page.ids()
    assert "You are signed out" in said.html


@pytest.mark.parametrize("change", ["removed", "another of this name", "disabled", "moved"])
def test_a_client_that_has_changed_meanwhile_gets_nobody_back_there(
    app: Application, browser: Browser, change: str
) -> None:
    app.sign_in(browser)
    asked = leave(app, browser, client_id="app", post_logout_redirect_uri=OUT, state="s")
    if change == "disabled":
        app.client.disable()
    elif change == "moved":
        app.client.update(post_logout_redirect_uris=[f"{OUT}/elsewhere"])
    else:
        app.client.remove()
        if change == "another of this name":
            app.idp.add_client(**APP)
    said = browser.press(asked)
    assert "You are signed out" in said.html
    assert OUT not in said.html


def test_who_is_signed_out_already_is_sent_on_at_once(app: Application, browser: Browser) -> None:
    back = leave(app, browser, client_id="app", post_logout_redirect_uri=OUT, state="s")
    assert (back.status, back.sent_to) == (303, f"{OUT}?state=s")
    assert "You are signed out" in leave(app, browser).html


def test_a_form_of_another_site_brings_no_cookie_and_the_hint_is_enough(
    app: Application, browser: Browser, other_browser: Browser
) -> None:
    hint = app.tokens(browser)["id_token"]
    asked = {"id_token_hint": hint, "post_logout_redirect_uri": OUT}
    said = other_browser.post("/end_session", asked, origin="https://app.example")
    assert len(frames(said)) == 1
    assert app.begin(browser).path == LOGIN


def test_the_hint_of_another_session_ends_the_one_of_this_browser_only_after_a_yes(
    app: Application, browser: Browser, other_browser: Browser
) -> None:
    of_alice = app.tokens(browser)["id_token"]
    app.sign_in(other_browser, "bob")
    asked = leave(app, other_browser, id_token_hint=of_alice)
    assert asked.path == SIGN_OUT
    assert "Bob" in asked.page.by_id("who").text
    other_browser.press(asked)
    assert app.begin(other_browser).path == LOGIN
    assert "code" in app.begin(browser).answer


def test_a_provider_may_always_ask() -> None:
    with an_application(logout_confirmation="always") as app:
        app.client.update(post_logout_redirect_uris=[OUT])
        browser = Browser(app.idp.app, app.home)
        hint = app.tokens(browser)["id_token"]
        asked = leave(app, browser, id_token_hint=hint, post_logout_redirect_uri=OUT)
        assert asked.path == SIGN_OUT
        assert browser.press(asked).sent_to == OUT


@pytest.mark.parametrize("channels", [[], ["frontchannel"], ["backchannel"]])
def test_a_provider_may_tell_nobody(channels: list[str]) -> None:
    client = {
        **APP,
        "frontchannel_logout_uri": "https://app.example/front",
        "backchannel_logout_uri": "http://127.0.0.1:9/back",
    }
    with an_application(clients=[client], logout_channels=channels) as app:
        browser = Browser(app.idp.app, app.home)
        app.sign_in(browser)
        said = browser.press(browser.open(SIGN_OUT))
        assert len(frames(said)) == ("frontchannel" in channels)
        assert len(app.idp.journal.last.outgoing) == ("backchannel" in channels)


def test_a_client_with_subjects_of_its_own_is_told_of_them(
    app: Application, browser: Browser
) -> None:
    app.client.update(subject_type="pairwise", frontchannel_logout_uri=None)
    hint = app.tokens(browser)["id_token"]
    sub = claims_in(hint)["sub"]
    assert sub != "sub-alice"
    lane, client = app.idp._lane, app.client.record
    user = lane.users.by_sub("sub-alice")
    assert user is not None
    token = mint_logout_token(lane, client=client, user=user, issuer=app.home, sid="s")
    assert claims_in(token)["sub"] == sub
    back = leave(app, browser, id_token_hint=hint, post_logout_redirect_uri=OUT)
    assert back.sent_to == OUT


# -- sid ------------------------------------------------------------------------------------------


def test_the_session_has_one_name_for_all_clients_and_all_tokens(
    app: Application, browser: Browser
) -> None:
    tokens = app.tokens(browser, scope="openid offline_access")
    sid = claims_in(tokens["id_token"])["sid"]
    refreshed = json.loads(app.refresh(tokens["refresh_token"]).body)
    assert claims_in(refreshed["id_token"])["sid"] == sid
    front = app.sign_in(browser, response_type="code id_token", nonce="n").answer
    assert claims_in(front["id_token"])["sid"] == sid
    assert "sid" not in claims_in(tokens["access_token"])


def sid_of(app: Application, browser: Browser, user: str = "alice", **asked: str) -> Any:
    return claims_in(app.tokens(browser, user, **asked)["id_token"])["sid"]


def test_it_is_kept_when_the_same_user_signs_in_again_and_by_nobody_else(
    app: Application, browser: Browser, other_browser: Browser
) -> None:
    sid = sid_of(app, browser)
    again = sid_of(app, browser, prompt="login")
    assert again == sid
    assert sid_of(app, other_browser) != sid
    assert sid_of(app, browser, "bob", login_hint="bob") != sid


def test_signing_out_ends_what_was_before_signing_in_again(
    app: Application, browser: Browser
) -> None:
    app.sign_in(browser)
    before = dict(browser.cookies)
    app.sign_in(browser, prompt="login")
    browser.press(browser.open(SIGN_OUT))
    browser.cookies = before
    assert app.begin(browser).path == LOGIN


# -- what others do not have ----------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["proz", "easytranslate"])
def test_other_providers_have_none_of_it(profile: str) -> None:
    with MockIdP(profile) as idp:
        for endpoint in ("end_session", "check_session"):
            with pytest.raises(ValueError, match=endpoint):
                idp.url(endpoint)


def test_without_session_management_there_is_no_session_state_and_no_cookie_for_it() -> None:
    with an_application(session_management_path="") as app:
        browser = Browser(app.idp.app, app.home)
        assert "session_state" not in app.sign_in(browser).answer
        assert not [name for name in browser.cookies if "state" in name]
        assert "check_session_iframe" not in app.idp.metadata()


def test_a_client_without_a_name_is_shown_by_its_id(app: Application, browser: Browser) -> None:
    lane = app.idp._lane
    lane.clients.replace(replace(lane.clients.default, client_name=""))
    app.sign_in(browser)
    asked = leave(app, browser, client_id="app")
    assert "app" in asked.page.by_id("asks").text
