"""A person on the way through a request: which page comes next, and which answers count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.application import ALICE, APP, BOB
from mockidp.flows.authorize.interaction import (
    CHOOSABLE_ERRORS,
    Ask,
    Done,
    after_consent,
    after_login,
    back_to_login,
    begin,
    end,
    hinted_user,
)
from mockidp.flows.authorize.request import Authorization, Refused
from mockidp.flows.authorize.response_modes import Redirect
from mockidp.flows.authorize.sessions import Session, find_session, sign_in
from mockidp.flows.authorize.waiting import Interaction, find_interaction
from mockidp.issuer import Issuer
from mockidp.oauth.errors import DESCRIPTIONS, OAuthError
from mockidp.tokens.mint import mint_id_token

Make = Callable[..., Issuer]
AskFor = Callable[..., Authorization]
BROWSER = "the-browser"
HOUR = 3600
PLACE = ("https://idp.test", "https://idp.test/_mockidp/callback")


def session_of(lane: Issuer, username: str = "alice") -> Session:
    user = lane.users.get(username)
    assert user is not None
    return sign_in(lane, user)


def opened(lane: Issuer, ask: AskFor, session: Session | None = None) -> Interaction:
    outcome = begin(lane, ask(lane), session, BROWSER)
    assert isinstance(outcome, Ask)
    return outcome.interaction


def location(outcome: Ask | Done) -> str:
    assert isinstance(outcome, Done)
    assert isinstance(outcome.answer, Redirect)
    return outcome.answer.location


def find(lane: Issuer, interaction: Interaction, browser: str | None = BROWSER) -> Interaction:
    return find_interaction(lane, interaction.id, browser, *PLACE)


def test_first_login_then_consent_then_the_answer(lane: Issuer, ask: AskFor) -> None:
    first = begin(lane, ask(lane), None, BROWSER)
    assert isinstance(first, Ask)
    assert (first.page, first.session) == ("login", None)
    session = session_of(lane)
    second = after_login(lane, first.interaction, session)
    assert isinstance(second, Ask)
    assert (second.page, second.session) == ("consent", session)
    assert find(lane, first.interaction).session == session
    third = after_consent(lane, find(lane, first.interaction), session)
    assert "code=" in location(third)
    again = begin(lane, ask(lane), session, BROWSER)
    assert "code=" in location(again)
    assert isinstance(again, Done)
    assert again.session is None


def test_the_secrets_are_not_shown(lane: Issuer, ask: AskFor) -> None:
    interaction = opened(lane, ask)
    session = session_of(lane)
    text = repr(replace(interaction, session=session))
    assert not [s for s in (interaction.csrf, BROWSER, session.id) if s in text]


def test_each_has_an_id_and_a_secret_of_its_own(lane: Issuer, ask: AskFor) -> None:
    found = [opened(lane, ask) for _ in range(3)]
    assert len({one.id for one in found} | {one.csrf for one in found}) == 6


def test_it_is_kept_as_it_came_and_checked_anew(lane: Issuer, ask: AskFor) -> None:
    interaction = opened(lane, ask)
    found = find(lane, interaction)
    assert found.csrf == interaction.csrf
    assert found.request.params.pairs == interaction.request.params.pairs
    assert found.request.scopes == ("openid",)
    lane.clients.replace(replace(lane.clients.default, scope=("email",)))
    with pytest.raises(Refused) as caught:
        find(lane, interaction)
    assert caught.value.error.code == "invalid_scope"
    lane.clients.replace(replace(lane.clients.default, enabled=False))
    with pytest.raises(Refused) as caught:
        find(lane, interaction)
    assert caught.value.destination is None


def test_what_has_been_checked_is_taken_as_it_was_found(lane: Issuer, ask: AskFor) -> None:
    interaction = opened(lane, ask)
    assert find(lane, interaction).request is interaction.request


def _replace_the_client(lane: Issuer, interaction: Interaction) -> None:
    lane.clients.replace(replace(lane.clients.default, client_name="Another"))


def _keep_it_again(lane: Issuer, interaction: Interaction) -> None:
    kept = lane.store.get("interaction", interaction.id, now=lane.clock.now())
    assert kept is not None
    lane.store.put(replace(kept), now=lane.clock.now())


def _forget(lane: Issuer, interaction: Interaction) -> None:
    for n in range(1000):
        lane.checked.put(str(n), None)


@pytest.mark.parametrize("change", [_replace_the_client, _keep_it_again, _forget])
def test_it_is_checked_anew_when_something_has_changed(
    lane: Issuer, ask: AskFor, change: Callable[[Issuer, Interaction], None]
) -> None:
    interaction = opened(lane, ask)
    change(lane, interaction)
    found = find(lane, interaction).request
    assert found is not interaction.request
    assert found.client is lane.clients.default


def test_it_is_checked_anew_at_another_place(lane: Issuer, ask: AskFor) -> None:
    interaction = opened(lane, ask)
    found = find_interaction(lane, interaction.id, BROWSER, "https://other.test", PLACE[1])
    assert found.request.issuer == "https://other.test"


def test_a_hint_is_checked_anew_because_its_key_may_have_gone(lane: Issuer, ask: AskFor) -> None:
    token = mint_id_token(
        lane,
        client=lane.clients.default,
        user=session_of(lane).user,
        issuer=lane.home.issuer,
        auth_time=None,
    )
    outcome = begin(lane, ask(lane, id_token_hint=token), None, BROWSER)
    assert isinstance(outcome, Ask)
    assert find(lane, outcome.interaction).request.hinted_sub == "sub-alice"
    lane.keys.rotate(overlap=False)
    with pytest.raises(Refused, match="id_token_hint"):
        find(lane, outcome.interaction)


@pytest.mark.parametrize(
    ("id", "browser", "hint"),
    [
        pytest.param(None, BROWSER, "was never made", id="no id"),
        pytest.param("", BROWSER, "was never made", id="empty id"),
        pytest.param("x", BROWSER, "was never made", id="unknown id"),
        pytest.param("right", None, "sent no cookie", id="no cookie"),
        pytest.param("right", "", "sent no cookie", id="empty cookie"),
        pytest.param("right", "other", "made for another browser", id="another browser"),
        pytest.param("right", BROWSER.upper(), "made for another", id="case"),
        pytest.param("right", "ü\udcff", "made for another browser", id="no ASCII"),
    ],
)
def test_what_is_no_page_of_this_browser(
    lane: Issuer, ask: AskFor, id: str | None, browser: str | None, hint: str
) -> None:
    made = opened(lane, ask)
    with pytest.raises(OAuthError) as caught:
        find_interaction(lane, made.id if id == "right" else id, browser, *PLACE)
    assert hint in caught.value.hint


def test_a_page_stands_open_for_an_hour(lane: Issuer, ask: AskFor) -> None:
    interaction = opened(lane, ask)
    lane.clock.advance(HOUR - 1)
    find(lane, interaction)
    lane.clock.advance(1)
    with pytest.raises(OAuthError, match="stood open too long"):
        find(lane, interaction)


def test_a_step_gives_it_another_hour(lane: Issuer, ask: AskFor) -> None:
    interaction = opened(lane, ask)
    lane.clock.advance(HOUR - 1)
    after_login(lane, find(lane, interaction), session_of(lane))
    lane.clock.advance(HOUR - 1)
    find(lane, interaction)


@pytest.mark.parametrize("first", ["login", "consent", "end"])
@pytest.mark.parametrize("second", ["login", "consent", "end", "back"])
def test_it_is_answered_once(make_lane: Make, ask: AskFor, first: str, second: str) -> None:
    lane = make_lane("openid", clients=[{**APP, "skip_consent": True}], users=[ALICE])
    interaction, session = opened(lane, ask), session_of(lane)

    def answer(how: str) -> None:
        match how:
            case "login":
                after_login(lane, interaction, session)
            case "consent":
                after_consent(lane, interaction, session)
            case "end":
                with pytest.raises(Refused):
                    end(lane, interaction, "access_denied")
            case _:
                back_to_login(lane, interaction)

    answer(first)
    with pytest.raises(OAuthError, match="answered already"):
        answer(second)


def test_back_to_login_forgets_who_was_there(lane: Issuer, ask: AskFor) -> None:
    session = session_of(lane)
    outcome = begin(lane, ask(lane), session, BROWSER)
    assert isinstance(outcome, Ask)
    assert outcome.page == "consent"
    assert back_to_login(lane, outcome.interaction).page == "login"
    assert find(lane, outcome.interaction).session is None


@pytest.mark.parametrize("error", CHOOSABLE_ERRORS)
@pytest.mark.parametrize(("scope", "case"), [("openid", "denied_openid"), ("read", "denied")])
def test_a_no_is_told_to_the_client(
    lane: Issuer, ask: AskFor, error: str, scope: str, case: str
) -> None:
    outcome = begin(lane, ask(lane, scope=scope), None, BROWSER)
    assert isinstance(outcome, Ask)
    with pytest.raises(Refused) as caught:
        end(lane, outcome.interaction, error)
    assert caught.value.error.code == error
    assert caught.value.error.case == (case if error == "access_denied" else "")
    assert caught.value.destination == outcome.interaction.request.destination
    assert error in DESCRIPTIONS


# -- who has to sign in ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "who", "page"),
    [
        pytest.param({}, None, "login", id="nobody"),
        pytest.param({}, "alice", None, id="signed in"),
        pytest.param({"prompt": "login"}, "alice", "login", id="prompt=login"),
        pytest.param({"prompt": "select_account"}, "alice", "login", id="select_account"),
        pytest.param({"prompt": "consent"}, "alice", "consent", id="prompt=consent"),
        pytest.param({"max_age": "60"}, "alice", None, id="young enough"),
        pytest.param({"max_age": "59"}, "alice", "login", id="too old"),
        pytest.param({"max_age": "0"}, "alice", "login", id="max_age=0"),
        pytest.param({"login_hint": "alice"}, "alice", None, id="the one who is meant"),
        pytest.param({"login_hint": "bob"}, "alice", "login", id="somebody else is meant"),
        pytest.param({"login_hint": "who"}, "alice", None, id="nobody is meant"),
        pytest.param({"scope": "openid email"}, "alice", "consent", id="more is asked for"),
        pytest.param({}, "bob", "consent", id="who has not agreed"),
    ],
)
@pytest.mark.parametrize("is_silent", [False, True])
def test_which_page_comes_first(
    lane: Issuer,
    ask: AskFor,
    changes: dict[str, str],
    who: str | None,
    page: str | None,
    is_silent: bool,
) -> None:
    agreed = session_of(lane)
    after_consent(lane, opened(lane, ask, agreed), agreed)
    session = session_of(lane, who) if who else None
    lane.clock.advance(60)
    if is_silent and "prompt" not in changes:
        request = ask(lane, **changes, prompt="none")
        if page is None:
            assert "code=" in location(begin(lane, request, session, BROWSER))
            return
        with pytest.raises(Refused) as caught:
            begin(lane, request, session, BROWSER)
        assert caught.value.error.code == f"{page}_required"
        assert caught.value.destination is not None
        return
    outcome = begin(lane, ask(lane, **changes), session, BROWSER)
    assert (outcome.page if isinstance(outcome, Ask) else None) == page


@pytest.mark.parametrize(
    ("hint", "username"),
    [
        *((None, None), ("alice", "alice"), ("sub-bob", "bob"), ("alice@example.com", "alice")),
        *(("ALICE", None), ("Alice Ames", None), ("", None), ("x" * 9000, None)),
    ],
)
def test_whom_a_login_hint_means(
    lane: Issuer, ask: AskFor, hint: str | None, username: str | None
) -> None:
    found = hinted_user(lane, ask(lane, login_hint=hint))
    assert (found.username if found else None) == username


# -- without a page -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of_lane", "of_client", "hint", "who"),
    [
        ("alice", None, None, "alice"),
        (None, "bob", None, "bob"),
        ("alice", "bob", None, "bob"),
        ("alice", None, "bob", "bob"),
        ("alice", None, "who", "alice"),
    ],
)
def test_who_is_signed_in_by_itself(
    make_lane: Make,
    ask: AskFor,
    of_lane: str | None,
    of_client: str | None,
    hint: str | None,
    who: str,
) -> None:
    clients = [{**APP, "auto_login": of_client}]
    lane = make_lane("openid", clients=clients, users=[ALICE, BOB])
    lane.auto_login = of_lane
    outcome = begin(lane, ask(lane, login_hint=hint), None, BROWSER)
    assert "code=" in location(outcome)
    assert isinstance(outcome, Done)
    assert outcome.session is not None
    assert outcome.session.user.username == who
    assert find_session(lane, outcome.session.id) == outcome.session


def test_a_session_that_fits_is_kept(make_lane: Make, ask: AskFor) -> None:
    lane = make_lane("openid", clients=[APP], users=[ALICE, BOB], auto_login="alice")
    lane.clock.freeze()
    mine, his = session_of(lane), session_of(lane, "bob")
    for session, is_kept in ((mine, True), (his, False), (None, False)):
        outcome = begin(lane, ask(lane), session, BROWSER)
        assert isinstance(outcome, Done)
        assert (outcome.session == session) is is_kept
    outcome = begin(lane, ask(lane, max_age="0"), mine, BROWSER)
    assert isinstance(outcome, Done)
    assert outcome.session != mine


def test_nobody_of_that_name(make_lane: Make, ask: AskFor) -> None:
    lane = make_lane("openid", clients=[APP], users=[ALICE])
    lane.auto_login = "alicia"  # one who has been removed since
    with pytest.raises(Refused) as caught:
        begin(lane, ask(lane), None, BROWSER)
    assert caught.value.error.code == "server_error"
    assert "'alicia', and no user is called so; known: alice" in caught.value.error.hint


def test_a_disabled_user_is_asked(make_lane: Make, ask: AskFor) -> None:
    users = [{**ALICE, "enabled": False}]
    lane = make_lane("openid", clients=[APP], users=users, auto_login="alice")
    outcome = begin(lane, ask(lane), None, BROWSER)
    assert isinstance(outcome, Ask)
    assert outcome.page == "login"
