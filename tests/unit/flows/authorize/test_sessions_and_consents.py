"""Who is signed in, and what users have agreed to (OpenID Connect Core 1.0, 3.1.2.3, 3.1.2.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.application import ALICE, APP, BOB
from mockidp.flows.authorize.consents import is_consent_needed, remember_consent
from mockidp.flows.authorize.request import Authorization
from mockidp.flows.authorize.sessions import find_session, sign_in, sign_out
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact

Make = Callable[..., Issuer]
Ask = Callable[..., Authorization]
NOW = 1_700_000_000
WORKING_DAY = 12 * 3600


def test_a_session_is_found_by_its_id(lane: Issuer) -> None:
    session = sign_in(lane, lane.users.default)
    found = find_session(lane, session.id)
    assert found == session
    assert (session.user.username, session.auth_time) == ("alice", NOW)
    assert session.id not in repr(session)
    assert len(session.id) == 43  # 32 random bytes


def test_each_sign_in_makes_a_new_one(lane: Issuer) -> None:
    first, second = (sign_in(lane, lane.users.default) for _ in range(2))
    assert first.id != second.id
    sign_out(lane, first)
    assert find_session(lane, first.id) is None
    assert find_session(lane, second.id) is not None


@pytest.mark.parametrize("id", [None, "", "x", "ü", "x" * 10_000])
def test_what_is_no_session(lane: Issuer, id: str | None) -> None:
    sign_in(lane, lane.users.default)
    assert find_session(lane, id) is None


def test_a_session_lasts_a_working_day(lane: Issuer) -> None:
    session = sign_in(lane, lane.users.default)
    lane.clock.advance(WORKING_DAY - 1)
    assert find_session(lane, session.id) is not None
    lane.clock.advance(1)
    assert find_session(lane, session.id) is None


@pytest.mark.parametrize("way", ["disabled", "removed"])
def test_a_user_who_may_not_sign_in_is_not_signed_in(lane: Issuer, way: str) -> None:
    session = sign_in(lane, lane.users.default)
    if way == "disabled":
        lane.users.replace(replace(session.user, enabled=False))
    else:
        lane.users.remove("alice")
    assert find_session(lane, session.id) is None


def test_a_session_knows_the_user_as_he_is_now(lane: Issuer) -> None:
    session = sign_in(lane, lane.users.default)
    lane.users.replace(replace(session.user, claims={"name": "Changed"}))
    found = find_session(lane, session.id)
    assert found is not None
    assert found.user.claims["name"] == "Changed"


@pytest.mark.parametrize("kind", ["interaction", "refresh_token", "authorization_code"])
def test_another_kind_of_artifact_is_no_session(lane: Issuer, kind: str) -> None:
    lane.store.put(
        Artifact(kind=kind, id="x", expires_at=None, sub=str(ALICE["sub"])),  # type: ignore[arg-type]
        now=NOW,
    )
    assert find_session(lane, "x") is None


# -- consent --------------------------------------------------------------------------------------


def is_asked(lane: Issuer, request: Authorization, user: str = "alice") -> bool:
    found = lane.users.get(user)
    assert found is not None
    return is_consent_needed(lane, request, found)


def test_what_was_agreed_to_is_remembered(lane: Issuer, ask: Ask) -> None:
    alice = lane.users.default
    request = ask(lane, scope="openid email")
    assert is_asked(lane, request)
    remember_consent(lane, request, alice)
    assert not is_asked(lane, request)
    assert not is_asked(lane, ask(lane, scope="email"))
    assert not is_asked(lane, ask(lane, scope=None)), "nothing is less than something"
    assert is_asked(lane, ask(lane, scope="openid phone"))
    assert is_asked(lane, request, "bob"), "another user"


def test_more_is_added_to_it(lane: Issuer, ask: Ask) -> None:
    for scope in ("openid", "email", "phone"):
        remember_consent(lane, ask(lane, scope=scope), lane.users.default)
    assert not is_asked(lane, ask(lane, scope="phone openid email"))


def test_it_is_for_one_client(make_lane: Make, ask: Ask) -> None:
    lane = make_lane("openid", clients=[APP, {**APP, "client_id": "other"}], users=[ALICE, BOB])
    remember_consent(lane, ask(lane), lane.users.default)
    assert is_asked(lane, ask(lane, client_id="other"))


def test_it_has_no_end(lane: Issuer, ask: Ask) -> None:
    remember_consent(lane, ask(lane), lane.users.default)
    lane.clock.advance(days=10_000)
    assert not is_asked(lane, ask(lane))


@pytest.mark.parametrize(
    ("policy", "skips", "prompt", "first", "second"),
    [
        ("remember", False, None, True, False),
        ("remember", False, "consent", True, True),
        ("remember", True, None, False, False),
        ("remember", True, "consent", True, True),
        ("ask", False, None, True, True),
        ("ask", True, None, False, False),
        ("skip", False, None, False, False),
        ("skip", False, "consent", True, True),
    ],
)
def test_when_a_user_is_asked(
    make_lane: Make,
    ask: Ask,
    policy: str,
    skips: bool,
    prompt: str | None,
    first: bool,
    second: bool,
) -> None:
    client = {**APP, "skip_consent": skips}
    lane = make_lane("openid", clients=[client], users=[ALICE], authorize_consent=policy)
    request = ask(lane, prompt=prompt)
    assert is_asked(lane, request) is first
    remember_consent(lane, request, lane.users.default)
    assert is_asked(lane, request) is second
