"""The answer of an authorization request: its members, their order, and how they travel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fixtures.application import ALICE, APP, CALLBACK
from mockidp.flows.authorize.answer import approve, refuse
from mockidp.flows.authorize.request import Authorization, Destination
from mockidp.flows.authorize.response_modes import RESPONSE_MODES, Form, Redirect
from mockidp.flows.authorize.response_types import RESPONSE_TYPES
from mockidp.flows.authorize.sessions import sign_in
from mockidp.issuer import Issuer
from mockidp.keys.jwt import verify
from mockidp.model.client import Client
from mockidp.oauth import names
from mockidp.oauth.errors import OAuthError
from mockidp.tokens.mint import half_hash

Make = Callable[..., Issuer]
Ask = Callable[..., Authorization]
NOW = 1_700_000_000
MODES = {mode.name: mode for mode in RESPONSE_MODES}


def test_the_registries_are_the_lists_of_names() -> None:
    assert tuple(one.word for one in RESPONSE_TYPES) == names.RESPONSE_WORDS
    assert tuple(MODES) == names.RESPONSE_MODES


# -- modes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "redirect_uri", "location"),
    [
        ("query", "https://a/cb", "https://a/cb?code=x+y&state=%26%3D%C3%BC"),
        ("query", "https://a/cb?t=1", "https://a/cb?t=1&code=x+y&state=%26%3D%C3%BC"),
        ("query", "https://a", "https://a?code=x+y&state=%26%3D%C3%BC"),
        ("query", "com.app:/cb", "com.app:/cb?code=x+y&state=%26%3D%C3%BC"),
        ("fragment", "https://a/cb", "https://a/cb#code=x+y&state=%26%3D%C3%BC"),
        ("fragment", "https://a/cb?t=1", "https://a/cb?t=1#code=x+y&state=%26%3D%C3%BC"),
    ],
)
def test_a_redirect(lane: Issuer, mode: str, redirect_uri: str, location: str) -> None:
    there = destination(redirect_uri=redirect_uri)
    sent = MODES[mode].send(lane, there, {"code": "x y", "state": "&=ü"})
    assert sent == Redirect(location)
    assert location not in repr(sent)


def test_a_form(lane: Issuer) -> None:
    sent = MODES["form_post"].send(lane, destination(), {"code": "x y", "state": "&=ü"})
    assert sent == Form(CALLBACK, (("code", "x y"), ("state", "&=ü")))
    assert "x y" not in repr(sent)


# -- answers --------------------------------------------------------------------------------------


def members(lane: Issuer, request: Authorization, auth_time: float = NOW) -> dict[str, str]:
    request.response_mode = "form_post"
    session = replace(sign_in(lane, lane.users.default), auth_time=auth_time)
    answer = approve(lane, request, session)
    assert isinstance(answer, Form)
    assert answer.redirect_uri == CALLBACK
    return dict(answer.members)


def test_members_are_in_the_profiles_order_and_no_others(make_lane: Make, ask: Ask) -> None:
    order = ["state", "id_token", "code"]
    lane = make_lane("openid", clients=[APP], users=[ALICE], authorize_members=order)
    request = ask(lane, response_type="code id_token token", nonce="n")
    assert list(members(lane, request)) == order


def test_a_member_that_is_not_there_is_left_out(lane: Issuer, ask: Ask) -> None:
    assert set(members(lane, ask(lane, state=None))) == {"code", "session_state", "iss"}
    implicit = ask(lane, response_type="id_token token", nonce="n", scope="openid")
    assert members(lane, implicit)["expires_in"] == "3600"


def test_a_code_remembers_the_request(lane: Issuer, ask: Ask) -> None:
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    request = ask(
        lane,
        scope="openid email",
        nonce="n-1",
        code_challenge=challenge,
        code_challenge_method="S256",
    )
    code = members(lane, request, NOW - 5)["code"]
    kept = lane.store.get("authorization_code", code, now=NOW)
    assert kept is not None
    assert (kept.client_id, kept.sub, kept.scope) == ("app", ALICE["sub"], ("openid", "email"))
    assert kept.expires_at == NOW + 60
    assert kept.family
    assert dict(kept.data) == {
        "auth_time": NOW - 5,
        "sid": kept.data["sid"],
        "redirect_uri": CALLBACK,
        "nonce": "n-1",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }


def test_a_code_has_the_profiles_look(make_lane: Make, ask: Ask) -> None:
    lane = make_lane("openid", clients=[APP], users=[ALICE], authorize_code_look="hex:40")
    code = members(lane, ask(lane))["code"]
    assert len(code) == 40
    assert int(code, 16)


def test_everything_of_one_answer_is_one_family(lane: Issuer, ask: Ask) -> None:
    members(lane, ask(lane, response_type="code token"))
    members(lane, ask(lane, response_type="code token"))
    found = lane.store.find(now=NOW)
    families = {artifact.family for artifact in found if artifact.kind == "access_token"}
    families |= {artifact.family for artifact in found if artifact.kind == "authorization_code"}
    assert len(families) == 2
    for family in families:
        kinds = sorted(artifact.kind for artifact in found if artifact.family == family)
        assert kinds == ["access_token", "authorization_code"]


def test_the_next_token_may_be_another(lane: Issuer, ask: Ask) -> None:
    lane.script.next_token(lifetime=7, claims={"tenant": "x"})
    first, second = (members(lane, ask(lane, response_type="code token")) for _ in range(2))
    assert (first["expires_in"], second["expires_in"]) == ("7", "3600")
    assert verify(first["access_token"], lane.keys)[1]["tenant"] == "x"


@pytest.mark.parametrize(
    ("response_type", "has_claims"),
    [("id_token", True), ("id_token token", False), ("code id_token", False)],
)
def test_claims_about_the_user_are_in_an_id_token_that_comes_alone(
    lane: Issuer, ask: Ask, response_type: str, has_claims: bool
) -> None:
    request = ask(lane, response_type=response_type, nonce="n", scope="openid email")
    answer = members(lane, request)
    _, claims = verify(answer["id_token"], lane.keys)
    assert ("email" in claims) is has_claims
    assert (claims["nonce"], claims["auth_time"]) == ("n", NOW)
    hashes = {
        name: half_hash(answer[member], "RS256")
        for name, member in (("at_hash", "access_token"), ("c_hash", "code"))
        if member in answer
    }
    assert {name: claims[name] for name in ("at_hash", "c_hash") if name in claims} == hashes


# -- refusals -------------------------------------------------------------------------------------


def destination(**changes: Any) -> Destination:
    given: dict[str, Any] = {
        "client": Client(client_id="app"),
        "redirect_uri": CALLBACK,
        "response_mode": "form_post",
        "state": "st",
        "issuer": "https://idp.test",
        **changes,
    }
    return Destination(**given)


def test_a_refusal_is_worded_by_the_profile(make_lane: Make) -> None:
    lane = make_lane(
        "openid",
        authorize_refused_members=["state", "hint", "error", "message", "error_uri"],
        errors_cases={"denied": {"error": "no", "description": "d", "hint": "h", "uri": "u"}},
    )
    sent = refuse(lane, OAuthError("access_denied", hint="x", case="denied"), destination())
    assert sent == Form(
        CALLBACK,
        (("state", "st"), ("hint", "h"), ("error", "no"), ("message", "d"), ("error_uri", "u")),
    )


def test_a_hint_is_not_for_the_client(lane: Issuer) -> None:
    sent = refuse(lane, OAuthError("invalid_scope", hint="for the journal"), destination())
    assert isinstance(sent, Form)
    assert list(dict(sent.members)) == ["error", "error_description", "state", "iss"]
    assert "journal" not in repr(sent.members)


@pytest.mark.parametrize("mode", names.RESPONSE_MODES)
def test_a_refusal_travels_in_the_mode_of_the_request(lane: Issuer, mode: str) -> None:
    error = OAuthError("login_required", hint="x")
    sent = refuse(lane, error, destination(response_mode=mode, state=None))
    if mode == "form_post":
        assert isinstance(sent, Form)
        return
    assert isinstance(sent, Redirect)
    mark = "?" if mode == "query" else "#"
    assert sent.location == (
        f"{CALLBACK}{mark}error=login_required&error_description=The+user+is+not+signed+in"
        "&iss=https%3A%2F%2Fidp.test"
    )
