"""What introspection tells, without HTTP (RFC 7662)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mockidp.flows.grant import TokenRequest
from mockidp.flows.introspection import Told, introspect
from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.names import INTROSPECTION_MEMBERS
from mockidp.oauth.params import Params
from mockidp.tokens.handles import Granted, mint_code, mint_refresh_token
from mockidp.tokens.mint import mint_access_token

Make = Callable[..., Issuer]
APP = {"client_id": "app", "client_secret": "s3cret-of-the-app"}
API = {"client_id": "api", "client_secret": "s3cret-of-the-api"}


def lane_of(make_lane: Make, **facts: Any) -> Issuer:
    lane = make_lane("openid", clients=[APP, API], **facts)
    lane.clock.freeze(at=1_700_000_000)
    return lane


def ask(lane: Issuer, token: str, who: Mapping[str, str] = APP, **form: str) -> Told:
    params = Params.of({**who, "token": token, **form})
    return introspect(lane, TokenRequest(params=params, issuer=lane.home.issuer))


def minted(lane: Issuer, **given: Any) -> str:
    return mint_access_token(
        lane,
        client=lane.clients.default,
        subject="app",
        scopes=["read", "write"],
        issuer=lane.home.issuer,
        **given,
    ).token


def test_the_members_have_the_order_of_the_profile(make_lane: Make) -> None:
    extra = {"nbf": 1_700_000_000, "cnf": {"jkt": "x"}}
    lane = lane_of(make_lane)
    members = ask(lane, minted(lane, user=lane.users.default, claims=extra)).members
    # `username` is that of the subject, and the client is no user.
    assert list(members) == ["active", *(n for n in INTROSPECTION_MEMBERS if n != "username")]
    lane = lane_of(make_lane, introspection_members=["exp", "scope"])
    assert list(ask(lane, minted(lane)).members.items()) == [
        ("active", True),
        ("exp", 1_700_003_600),
        ("scope", "read write"),
    ]


@pytest.mark.parametrize(
    ("audience", "is_told"),
    [
        ("api", True),
        (["https://rs.example", "api"], True),
        ("https://rs.example", False),
        (["apis"], False),
        (None, False),
        ([["api"]], False),
        ({"api": True}, False),
        ("", False),
    ],
)
def test_an_audience_is_told(make_lane: Make, audience: object, is_told: bool) -> None:
    lane = lane_of(make_lane)
    told = ask(lane, minted(lane, claims={"aud": audience}), API)
    assert told.members["active"] is is_told
    assert bool(told.hint) is not is_told


def test_what_is_not_told_is_not_shown_in_part_either(make_lane: Make) -> None:
    lane = lane_of(make_lane)
    assert ask(lane, minted(lane), API).members == {"active": False}


def refresh_token(lane: Issuer, family: str = "f") -> str:
    return mint_refresh_token(
        lane,
        Granted(
            client_id="app",
            subject=lane.users.default.sub,
            scopes=["openid"],
            family=family,
            data={},
        ),
    )


def test_a_refresh_token_that_never_expires_has_no_exp(make_lane: Make) -> None:
    lane = lane_of(make_lane, refresh_token_lifetime=0)
    members = ask(lane, refresh_token(lane)).members
    assert list(members) == ["active", "scope", "client_id", "username", "sub", "iss"]


def test_an_expired_refresh_token_is_not_active(make_lane: Make) -> None:
    lane = lane_of(make_lane, refresh_token_lifetime=10)
    token = refresh_token(lane)
    lane.clock.advance(9)
    assert ask(lane, token, token_type_hint="refresh_token").members["active"] is True
    lane.clock.advance(1)
    assert ask(lane, token, token_type_hint="refresh_token").members == {"active": False}


def test_a_code_is_no_token(make_lane: Make) -> None:
    lane = lane_of(make_lane)
    code = mint_code(
        lane,
        Granted(client_id="app", subject=lane.users.default.sub, scopes=[], family="f", data={}),
    )
    assert ask(lane, code).members == {"active": False}


def test_a_parameter_that_comes_twice_is_refused(make_lane: Make) -> None:
    lane = lane_of(make_lane)
    params = Params([*APP.items(), ("token", "a"), ("token", "b")])
    with pytest.raises(OAuthError, match="sent 2 times"):
        introspect(lane, TokenRequest(params=params, issuer="https://idp.test"))
