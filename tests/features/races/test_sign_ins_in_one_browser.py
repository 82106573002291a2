"""Two who sign in at once in one browser, each with the cookie of the session before: one session
is left, whoever comes second, and the clients of the others are told (OpenID Connect Core 1.0,
3.1.2.3; Back-Channel Logout 1.0, 2.5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from fixtures.application import ALICE, APP, BOB, CALLBACK, Application, an_application, claims_in
from fixtures.browser import Browser
from mockidp.control.outgoing import Post
from mockidp.flows.authorize.interaction import Ask, after_login, begin
from mockidp.flows.authorize.pipeline import check
from mockidp.flows.authorize.request import Authorization
from mockidp.flows.authorize.sessions import (
    Session,
    latest_session,
    remember_client,
    signing_in,
)
from mockidp.flows.authorize.waiting import Interaction
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact, ArtifactKind
from mockidp.model.client import Client
from mockidp.model.event import Exchange
from mockidp.oauth.params import Params
from mockidp.store.base import Take
from mockidp.store.memory import MemoryStore

CAROL = {"username": "carol", "sub": "sub-carol"}
USERS = [ALICE, BOB, CAROL]
CLIENT = {**APP, "backchannel_logout_uri": "https://app.example/out"}
LOGIN = "/_mockidp/login"
#: Who is there, who comes first and who comes second.
WHO = [
    ("alice", "alice", "alice"),
    ("alice", "alice", "bob"),
    ("alice", "bob", "alice"),
    ("alice", "bob", "bob"),
    ("alice", "bob", "carol"),
]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The claims of each logout token that was sent."""
    told: list[Any] = []

    async def post_all(lane: Issuer, posts: Iterable[Post], entry: Exchange) -> None:
        told.extend(claims_in(dict(post.form)["logout_token"]) for post in posts)

    monkeypatch.setattr("mockidp.web.outgoing.post_all", post_all)
    return told


@pytest.fixture
def app() -> Iterator[Application]:
    with an_application(clients=[CLIENT], users=USERS, authorize_consent="skip") as app:
        yield app


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app.idp.app, app.home)


def live(lane: Issuer) -> list[Artifact]:
    return lane.store.find("session", now=lane.clock.now())


def sid_of(app: Application, code: str) -> str:
    kept = app.idp._lane.store.get("authorization_code", code, now=app.idp._lane.clock.now())
    assert kept is not None
    return str(kept.data["sid"])


@pytest.mark.parametrize(("former", "first", "second"), WHO)
def test_two_forms_that_are_sent_with_one_cookie(
    app: Application, browser: Browser, told: list[Any], former: str, first: str, second: str
) -> None:
    before = sid_of(app, app.sign_in(browser, former).answer["code"])
    tabs = [app.begin(browser, prompt="login") for _ in range(2)]
    sent_with = dict(browser.cookies)
    sids = [before]
    for tab, user in zip(tabs, (first, second), strict=True):
        browser.cookies = dict(sent_with)
        sids.append(sid_of(app, browser.press(tab, user=user).answer["code"]))
    (left,) = live(app.idp._lane)
    assert (left.sub, left.data["sid"]) == (f"sub-{second}", sids[-1])
    assert [claims["sid"] for claims in told] == [
        sid for sid in dict.fromkeys(sids) if sid != sids[-1]
    ]
    # The cookie of the second is the good one.
    assert "code" in app.begin(browser, prompt="none").answer


def test_a_client_that_comes_while_the_user_signs_out_is_told(
    app: Application, browser: Browser, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    app.sign_in(browser)
    sign_out_page, tab = browser.open("/_mockidp/sign-out"), Browser(app.idp.app, app.home)
    tab.cookies = dict(browser.cookies)

    def slowly(lane: Issuer, session: Session, client: Client) -> None:
        tab.press(sign_out_page)
        remember_client(lane, session, client)

    monkeypatch.setattr("mockidp.flows.authorize.answer.remember_client", slowly)
    sid = sid_of(app, app.begin(browser).answer["code"])
    assert [claims["sid"] for claims in told] == [sid, sid]  # the first for what it knew before


def test_the_same_user_goes_on_in_one_session(app: Application, browser: Browser) -> None:
    app.sign_in(browser)
    tabs = [app.begin(browser, prompt="login") for _ in range(2)]
    sent_with = dict(browser.cookies)
    found = set()
    for tab in tabs:
        browser.cookies = dict(sent_with)
        found.add(sid_of(app, browser.press(tab, user="alice").answer["code"]))
    assert len(found) == 1


@pytest.mark.parametrize("second", ["alice", "bob"])
def test_without_a_page_it_is_the_same(
    app: Application, browser: Browser, told: list[Any], second: str
) -> None:
    app.sign_in(browser)
    sent_with = dict(browser.cookies)
    app.idp._lane.auto_login = "bob"
    app.begin(browser)
    browser.cookies = sent_with
    app.idp._lane.auto_login = second
    app.begin(browser)
    assert [kept.sub for kept in live(app.idp._lane)] == [f"sub-{second}"]
    assert [claims["sub"] for claims in told] == [
        "sub-alice",
        *(["sub-bob"] if second == "alice" else []),
    ]


def test_the_answer_that_comes_last_may_be_that_of_the_first(
    app: Application, browser: Browser, told: list[Any]
) -> None:
    app.sign_in(browser)
    tabs = [app.begin(browser, prompt="login") for _ in range(2)]
    sent_with = dict(browser.cookies)
    browser.press(tabs[0], user="bob")
    of_the_first, browser.cookies = dict(browser.cookies), sent_with
    browser.press(tabs[1], user="carol")
    browser.cookies = of_the_first
    assert app.begin(browser, prompt="none").answer["error"] == "login_required"
    app.sign_in(browser, "alice")
    assert [kept.sub for kept in live(app.idp._lane)] == ["sub-alice"]
    assert [claims["sub"] for claims in told] == ["sub-alice", "sub-bob", "sub-carol"]


def test_a_form_that_is_sent_twice_before_there_is_a_cookie() -> None:
    with an_application(clients=[CLIENT], users=USERS) as app:
        browser = Browser(app.idp.app, app.home)
        page = app.begin(browser)
        sent_with = dict(browser.cookies)
        for _ in range(2):
            browser.cookies = dict(sent_with)
            asked = browser.press(page, user="alice")
        assert len(live(app.idp._lane)) == 1
        assert "code" in browser.press(asked, action="allow").answer


# Of two pages the browser has a cookie each before anybody has signed in.


def answered(
    app: Application, browser: Browser, *users: str, between: Callable[[], object] = lambda: None
) -> list[str]:
    """The session of each user's answer, all sent before the first one came back."""
    pages = [app.begin(browser) for _ in users]
    sent_with, sids = dict(browser.cookies), []
    for page, user in zip(pages, users, strict=True):
        browser.cookies = dict(sent_with)
        sids.append(sid_of(app, browser.press(page, user=user).answer["code"]))
        between()
    return sids


@pytest.mark.parametrize(
    "users",
    [("alice", "bob"), ("alice", "alice"), ("alice", "bob", "alice"), ("bob", "bob", "bob")],
)
def test_pages_without_a_session_that_are_answered_at_once(
    app: Application, browser: Browser, told: list[Any], users: tuple[str, ...]
) -> None:
    sids = answered(app, browser, *users)
    (left,) = live(app.idp._lane)
    assert (left.sub, left.data["sid"]) == (f"sub-{users[-1]}", sids[-1])
    assert [claims["sid"] for claims in told] == [
        sid for sid in dict.fromkeys(sids) if sid != sids[-1]
    ]
    assert (len(set(sids)) == 1) is (len(set(users)) == 1)
    assert "code" in app.begin(browser, prompt="none").answer


def test_a_page_that_was_opened_while_the_answer_to_another_was_on_its_way(
    app: Application, browser: Browser, told: list[Any]
) -> None:
    page = app.begin(browser)
    sent_with = dict(browser.cookies)
    browser.press(page, user="alice")
    browser.cookies = sent_with
    app.sign_in(browser, "bob")
    assert [kept.sub for kept in live(app.idp._lane)] == ["sub-bob"]
    assert [claims["sub"] for claims in told] == ["sub-alice"]


def test_one_of_them_without_a_page(app: Application, browser: Browser, told: list[Any]) -> None:
    page = app.begin(browser)
    sent_with = dict(browser.cookies)
    browser.press(page, user="alice")
    browser.cookies = sent_with
    app.idp._lane.auto_login = "bob"
    app.begin(browser)
    assert [kept.sub for kept in live(app.idp._lane)] == ["sub-bob"]
    assert [claims["sub"] for claims in told] == ["sub-alice"]


@pytest.mark.parametrize(("seconds", "is_on_its_way"), [(60, True), (61, False)])
def test_a_cookie_of_a_page_that_somebody_has_kept_ends_nobodys_session(
    app: Application, browser: Browser, seconds: float, is_on_its_way: bool
) -> None:
    lane = app.idp._lane
    lane.clock.freeze()
    answered(app, browser, "alice", "bob", between=lambda: lane.clock.advance(seconds))
    found = {session.sub for session in live(lane)}
    assert found == ({"sub-bob"} if is_on_its_way else {"sub-alice", "sub-bob"})


def test_what_a_client_knows_of_a_session_is_no_cookie_of_its_browser(
    app: Application, browser: Browser
) -> None:
    app.idp._lane.auto_login = "alice"
    sid = sid_of(app, app.begin(browser).answer["code"])
    app.idp._lane.auto_login = None
    other = Browser(app.idp.app, app.home)
    page = app.begin(other)
    (name,) = other.cookies
    interaction = page.hidden["interaction"]
    for value in (sid, f"of {sid}", f'"of {sid}"'):
        other.cookies[name.replace(interaction, "x")] = value
        app.sign_in(other, "bob", prompt="login")
    assert [kept.sub for kept in live(app.idp._lane)] == ["sub-alice", "sub-bob"]


def test_another_browser_signs_nobody_out(app: Application, browser: Browser) -> None:
    app.sign_in(browser, "alice")
    app.sign_in(Browser(app.idp.app, app.home), "bob")
    assert [kept.sub for kept in live(app.idp._lane)] == ["sub-alice", "sub-bob"]


@pytest.mark.parametrize(("seconds", "is_on_its_way"), [(60, True), (61, False)])
def test_a_cookie_of_before_that_somebody_has_kept_ends_nobodys_session(
    app: Application, browser: Browser, seconds: float, is_on_its_way: bool
) -> None:
    lane = app.idp._lane
    lane.clock.freeze()
    app.sign_in(browser, "alice")
    kept = Browser(app.idp.app, app.home)
    kept.cookies = dict(browser.cookies)
    app.sign_in(browser, "alice", prompt="login")
    lane.clock.advance(seconds)
    app.sign_in(kept, "bob")
    found = {session.sub for session in live(lane)}
    assert found == ({"sub-bob"} if is_on_its_way else {"sub-alice", "sub-bob"})


def test_a_sign_in_asks_the_store_for_what_is_of_its_browser(
    app: Application, browser: Browser, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for each, and the store may be large."""
    app.sign_in(browser, "alice")
    find, asked = app.idp._lane.store.find, []

    def note(*args: Any, **given: Any) -> list[Artifact]:
        asked.append(given.get("family"))
        return find(*args, **given)

    monkeypatch.setattr(app.idp._lane.store, "find", note)
    app.sign_in(browser, "bob", prompt="login")
    assert [claims["sub"] for claims in told] == ["sub-alice"]
    assert asked
    assert None not in asked


def test_who_is_refused_leaves_no_session(app: Application, browser: Browser) -> None:
    hint = app.tokens(browser)["id_token"]
    for user in ("bob", "carol"):
        refused = app.sign_in(browser, user, prompt="login", id_token_hint=hint)
        assert refused.answer["error"] == "login_required"
    assert [kept.sub for kept in live(app.idp._lane)] == ["sub-alice"]


# -- in threads or processes of one store ---------------------------------------------------------


#: More than a sign-in asks of the store.
STEPS = 14


class Interrupted(MemoryStore):
    """Something happens, once, before its n-th operation."""

    def __init__(self, at: int, happens: Callable[[], None]) -> None:
        super().__init__()
        self.left, self._happens = at, happens

    def _step(self) -> None:
        self.left -= 1
        if self.left == -1:
            self._happens()

    def put(self, artifact: Artifact, *, now: float) -> bool:
        self._step()
        return super().put(artifact, now=now)

    def get(self, kind: ArtifactKind, id: str, *, now: float) -> Artifact | None:
        self._step()
        return super().get(kind, id, now=now)

    def take(self, kind: ArtifactKind, id: str, *, now: float) -> Take:
        self._step()
        return super().take(kind, id, now=now)

    def revoke(self, kind: ArtifactKind, id: str) -> bool:
        self._step()
        return super().revoke(kind, id)

    def find(self, *args: Any, **given: Any) -> list[Artifact]:
        self._step()
        return super().find(*args, **given)


def opened(lane: Issuer) -> Interaction:
    asked = {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "prompt": "login",
    }
    request = Authorization(params=Params.of(asked), issuer="https://idp.test", try_out_uri="")
    step = begin(lane, check(lane, request), None, "the-browser")
    assert isinstance(step, Ask)
    return step.interaction


def sign_in_with(
    lane: Issuer, username: str, cookie: str | None, page: str = ""
) -> tuple[Session, list[Any]]:
    """As the page does: the session, and what was told to others."""
    user = lane.users.get(username)
    assert user is not None
    interaction, former = opened(lane), latest_session(lane, cookie)
    with signing_in(lane, user, former, page=page) as session:
        done = after_login(lane, interaction, session)
    return session, [claims_in(dict(post.form)["logout_token"]) for post in done.posts]


@pytest.mark.parametrize("at", range(STEPS + 1))
@pytest.mark.parametrize(("former", "first", "second"), WHO)
def test_one_signs_in_in_the_middle_of_another(
    app: Application, at: int, former: str, first: str, second: str
) -> None:
    lane = app.idp._lane
    told: list[Any] = []
    sessions: list[Session] = []

    def sign_in(username: str, cookie: str | None) -> None:
        session, said = sign_in_with(lane, username, cookie)
        sessions.append(session)
        told.extend(said)

    store = Interrupted(10**6, lambda: sign_in(second, sessions[0].id))
    lane.store = store
    sign_in(former, None)
    store.left = at
    sign_in(first, sessions[0].id)
    if len(sessions) == 2:  # it was over before
        sign_in(second, sessions[0].id)
    else:
        assert at < STEPS, "not all of the steps are tried"
    (left,) = live(lane)
    assert left.id in {session.id for session in sessions[1:]}
    known = lane.store.find("session_client", now=lane.clock.now())
    assert [kept.data["sid"] for kept in known] == [left.data["sid"]]
    ended = {session.sid for session in sessions} - {left.data["sid"]}
    assert ended <= {claims["sid"] for claims in told}
    # Nobody hears more often of an end than of a sign-in.
    assert Counter(claims["sid"] for claims in told) <= Counter(one.sid for one in sessions)


@pytest.mark.parametrize("at", range(STEPS + 1))
@pytest.mark.parametrize("second", ["alice", "bob"])
def test_nobody_was_signed_in_before_either(app: Application, at: int, second: str) -> None:
    lane = app.idp._lane
    told: list[Any] = []
    sessions: list[Session] = []

    def sign_in(username: str) -> None:
        session, said = sign_in_with(lane, username, None, page="the-page")
        sessions.append(session)
        told.extend(said)

    lane.store = Interrupted(at, lambda: sign_in(second))
    sign_in("alice")
    if len(sessions) == 1:
        sign_in(second)
    (left,) = live(lane)
    known = lane.store.find("session_client", now=lane.clock.now())
    assert [kept.data["sid"] for kept in known] == [left.data["sid"]]
    assert {session.sid for session in sessions} - {left.data["sid"]} <= {
        claims["sid"] for claims in told
    }
