"""What becomes of the session of a browser in which somebody signs in (OpenID Connect Core 1.0,
3.1.2.1 and 3.1.2.3; Back-Channel Logout 1.0, 2.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from fixtures.application import ALICE, APP, BOB, Application, an_application, claims_in
from fixtures.browser import Browser
from fixtures.peer import a_peer
from mockidp import MockIdP
from mockidp.control.outgoing import Post
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.tokens.mint import mint_logout_token

LOGIN, CONSENT, SIGN_OUT = "/_mockidp/login", "/_mockidp/consent", "/_mockidp/sign-out"
#: The other client.
SECOND_URI = "https://second.example/cb"


#: Who was told in which exchange, and the claims of the logout token.
Told = list[tuple[Exchange, Any]]


def clients_at(origin: str, *clients: dict[str, Any]) -> list[dict[str, Any]]:
    """Clients that hear of the end of a session by requests."""
    return [
        {**client, "backchannel_logout_uri": f"{origin}/{client['client_id']}"}
        for client in clients
    ]


@pytest.fixture
def app() -> Iterator[Application]:
    second = {**APP, "client_id": "second", "redirect_uris": [SECOND_URI]}
    with an_application(clients=clients_at("https://app.example", APP, second)) as app:
        yield app


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    told: Told = []

    async def post_all(lane: Issuer, posts: Iterable[Post], entry: Exchange) -> None:
        told.extend((entry, claims_in(dict(post.form)["logout_token"])) for post in posts)

    monkeypatch.setattr("mockidp.web.outgoing.post_all", post_all)
    return told


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app.idp.app, app.home)


def sessions(app: Application) -> list[str | None]:
    lane = app.idp._lane
    return [kept.sub for kept in lane.store.find("session", now=lane.clock.now())]


@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"login_hint": "bob"}, {"max_age": "0"}])
def test_another_user_ends_the_session_and_its_clients_are_told(
    app: Application, browser: Browser, told: Told, asked: dict[str, str]
) -> None:
    hint = app.tokens(browser)["id_token"]
    app.sign_in(browser, client_id="second", redirect_uri=SECOND_URI)
    app.sign_in(browser, "bob", **asked)
    assert sessions(app) == [BOB["sub"]]
    assert [(entry.endpoint, claims["aud"]) for entry, claims in told] == [
        ("login", "app"),
        ("login", "second"),
    ]
    sid = claims_in(hint)["sid"]
    assert {(claims["sub"], claims["sid"]) for _, claims in told} == {(ALICE["sub"], sid)}
    # What is over is over: Bob is asked before anything of his ends.
    asked_first = browser.open("/end_session", id_token_hint=hint)
    assert asked_first.path == SIGN_OUT
    assert len(told) == 2


def test_they_really_are() -> None:
    with a_peer() as peer:
        (client,) = clients_at(peer.origin, APP)
        settings: dict[str, Any] = {"clients": [client], "auto_login": "alice"}
        with (
            MockIdP(outgoing={"allowed": True}, **settings) as idp,
            requests.Session() as browser,
        ):
            asked = {"response_type": "code", "client_id": "app", "scope": "openid"}
            asked |= {"redirect_uri": str(APP["redirect_uris"][0])}
            for user in ("alice", "bob"):
                asked |= {"login_hint": user}
                browser.get(idp.url("authorize"), params=asked, allow_redirects=False)
            (form,) = peer.forms
            assert claims_in(parse_qs(form.decode())["logout_token"][0])["aud"] == "app"
            (entry,) = [entry for entry in idp.journal if entry.outgoing]
            assert entry.outgoing == (f"POST {peer.origin}/app: 204",)


def test_without_a_page_it_is_the_same(app: Application, browser: Browser, told: Told) -> None:
    app.sign_in(browser)
    app.idp._lane.auto_login = "bob"
    assert "code" in app.begin(browser).answer
    assert sessions(app) == [BOB["sub"]]
    assert [(entry.endpoint, claims["aud"]) for entry, claims in told] == [("authorize", "app")]


def test_the_old_cookie_is_good_for_nobody(app: Application, browser: Browser) -> None:
    app.sign_in(browser)
    before = dict(browser.cookies)
    app.sign_in(browser, "bob", prompt="login")
    browser.cookies = before
    assert app.begin(browser, prompt="none").answer["error"] == "login_required"


def test_the_same_user_goes_on_with_one_good_cookie(
    app: Application, browser: Browser, told: Told
) -> None:
    sid = claims_in(app.tokens(browser)["id_token"])["sid"]
    before = dict(browser.cookies)
    again = app.tokens(browser, prompt="login")
    assert claims_in(again["id_token"])["sid"] == sid
    assert sessions(app) == [ALICE["sub"]]
    assert told == []
    after, browser.cookies = dict(browser.cookies), before
    assert app.begin(browser, prompt="none").answer["error"] == "login_required"
    browser.cookies = after
    browser.press(browser.open(SIGN_OUT))
    assert [claims["sid"] for _, claims in told] == [sid]


def test_a_client_is_told_however_long_ago_it_has_seen_a_session_that_goes_on(
    app: Application, browser: Browser, told: Told
) -> None:
    app.sign_in(browser)
    lifetime = app.idp._lane.profile.authentication.session_lifetime
    app.idp.clock.advance(lifetime - 1)
    app.sign_in(browser, client_id="second", redirect_uri=SECOND_URI, prompt="login")
    app.idp.clock.advance(lifetime - 1)
    browser.press(browser.open(SIGN_OUT))
    assert [claims["aud"] for _, claims in told] == ["app", "second"]


def test_another_client_of_the_same_name_is_not_told_of_a_session_that_it_has_not_seen(
    app: Application, browser: Browser, told: Told
) -> None:
    record = app.client.record
    app.sign_in(browser)
    app.sign_in(browser, client_id="second", redirect_uri=SECOND_URI)
    app.client.remove()
    app.idp.add_client(**APP, backchannel_logout_uri=record.backchannel_logout_uri)
    browser.press(browser.open(SIGN_OUT))
    assert [claims["aud"] for _, claims in told] == ["second"]


def test_who_may_not_go_on_ends_nothing(app: Application, browser: Browser, told: Told) -> None:
    hint = app.tokens(browser)["id_token"]
    refused = app.sign_in(browser, "bob", prompt="login", id_token_hint=hint)
    assert refused.answer["error"] == "login_required"
    assert told == []
    assert "code" in app.begin(browser, prompt="none").answer


@pytest.mark.parametrize(("user", "page"), [("alice", None), ("bob", LOGIN)])
def test_a_consent_page_in_another_tab(
    app: Application, browser: Browser, user: str, page: str | None
) -> None:
    app.sign_in(browser, scope="openid")
    waiting = app.begin(browser, scope="openid email")
    assert waiting.path == CONSENT
    app.sign_in(browser, user, prompt="login", scope="openid")
    went_on = browser.press(waiting, action="allow")
    if page is None:
        assert "code" in went_on.answer
    else:
        assert went_on.path == page


def test_with_no_channel_nobody_is_told_and_the_session_ends_all_the_same() -> None:
    with an_application(logout_channels=[]) as app:
        browser = Browser(app.idp.app, app.home)
        app.sign_in(browser)
        app.sign_in(browser, "bob", prompt="login")
        assert sessions(app) == [BOB["sub"]]


# -- how long, and how ----------------------------------------------------------------------------


def test_a_session_may_be_short() -> None:
    with an_application(authentication_session_lifetime=60) as app:
        app.idp.clock.freeze()
        browser = Browser(app.idp.app, app.home)
        app.sign_in(browser)
        app.idp.clock.advance(59)
        assert "code" in app.begin(browser).answer
        app.idp.clock.advance(1)
        assert app.begin(browser).path == LOGIN


def test_a_page_may_be_short_lived() -> None:
    with an_application(authentication_page_lifetime=5) as app:
        app.idp.clock.freeze()
        browser = Browser(app.idp.app, app.home)
        page = app.begin(browser)
        app.idp.clock.advance(5)
        late = browser.press(page, user="alice")
        assert "authentication.page_lifetime" in late.hint
        # What says so, and what asks whether to sign out, lasts no longer.
        told = str(late.page.by_id("address").attributes["href"])
        app.sign_in(browser)
        waiting = browser.open("/end_session", client_id="app")
        assert (browser.open(told).status, "asks" in waiting.page.ids()) == (200, True)
        app.idp.clock.advance(5)
        asked_again = browser.open(waiting.url)
        assert (browser.open(told).status, "asks" in asked_again.page.ids()) == (404, False)


def test_a_logout_token_may_be_short_lived() -> None:
    with an_application(logout_token_lifetime=30) as app:
        lane, client = app.idp._lane, app.client.record
        token = mint_logout_token(
            lane, client=client, user=lane.users.default, issuer=app.home, sid="s"
        )
        claims = claims_in(token)
        assert claims["exp"] - claims["iat"] == 30


@pytest.mark.parametrize(
    ("of_profile", "of_alice", "expected"),
    [
        (["pwd", "otp"], None, ["pwd", "otp"]),
        (["pwd"], ["hwk", "pin"], ["hwk", "pin"]),
        ([], None, None),
        (["pwd"], [], None),
    ],
)
def test_how_a_user_signs_in(
    of_profile: list[str], of_alice: list[str] | None, expected: list[str] | None
) -> None:
    alice = {**ALICE, "amr": of_alice}
    with an_application(users=[alice, BOB], authentication_amr=of_profile) as app:
        browser = Browser(app.idp.app, app.home)
        tokens = app.tokens(browser, claims='{"id_token": {"amr": null}}')
        assert claims_in(tokens["id_token"]).get("amr") == expected
        assert claims_in(tokens["access_token"]).get("amr") == expected


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("logout_token_lifetime", 121, "at most 120"),
        ("logout_token_lifetime", 0, "more than 0"),
        ("authentication_session_lifetime", 0, "more than 0"),
        ("authentication_page_lifetime", 0, "more than 0"),
        ("authentication_amr", "pwd", "must be a list"),
    ],
)
def test_what_cannot_be(name: str, value: object, problem: str) -> None:
    settings: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=problem), an_application(**settings):
        pass
