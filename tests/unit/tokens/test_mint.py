"""The mint: which claims a token has, in which order and types, how long it lives, and for whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mockidp.issuer import Issuer
from mockidp.keys.jwt import verify
from mockidp.tokens.mint import AccessToken, mint_access_token, mint_logout_token

Make = Callable[..., Issuer]
NOW = 1_700_000_000


@pytest.fixture
def total(make_lane: Make) -> Issuer:
    lane = make_lane("groupdocs-total")
    lane.clock.freeze(at=NOW)
    return lane


@pytest.fixture
def openid(make_lane: Make) -> Issuer:
    lane = make_lane("openid")
    lane.clock.freeze(at=NOW)
    return lane


def mint(lane: Issuer, **given: Any) -> AccessToken:
    client = lane.clients.default
    defaults = {
        "client": client,
        "subject": client.client_id,
        "scopes": ("read", "write"),
        "issuer": "https://idp.test",
    }
    return mint_access_token(lane, **{**defaults, **given})


def parts(lane: Issuer, **given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return verify(mint(lane, **given).token, lane.keys)


def test_a_groupdocs_token_is_as_the_decoded_sample(total: Issuer) -> None:
    header, claims = parts(total, scopes=("api.billing", "api.identity"))
    assert header == {"alg": "RS256", "typ": "JWT"}
    attributes = total.clients.default.attributes
    assert list(claims.items()) == [
        ("nbf", NOW),
        ("exp", NOW + 86400),
        ("iss", "https://idp.test"),
        ("aud", ["https://idp.test/resources", "api.billing", "api.identity"]),
        ("client_id", total.clients.default.client_id),
        ("client_default_storage", attributes["default_storage"]),
        ("client_identity_user_id", attributes["identity_user_id"]),
        ("scope", ["api.billing", "api.identity"]),
    ]
    assert isinstance(claims["client_identity_user_id"], str)


def test_a_strict_token_is_as_rfc_9068_asks(openid: Issuer) -> None:
    header, claims = parts(openid, subject="u-1")
    assert header == {
        "alg": "RS256",
        "typ": "at+jwt",
        "kid": openid.keys.signing_key("RS256").kid,
    }
    jti = claims["jti"]
    assert claims == {
        "iss": "https://idp.test",
        "sub": "u-1",
        "aud": "https://idp.test",
        "client_id": openid.clients.default.client_id,
        "iat": NOW,
        "exp": NOW + 3600,
        "jti": jti,
        "scope": "read write",
    }
    assert parts(openid)[1]["jti"] != jti


def test_a_token_without_scope_has_no_scope_claim(openid: Issuer, total: Issuer) -> None:
    assert "scope" not in parts(openid, scopes=())[1]
    assert parts(total, scopes=())[1]["scope"] == []


def test_times_are_whole_seconds(openid: Issuer) -> None:
    openid.clock.freeze(at=NOW + 0.9)
    minted = mint(openid, lifetime=1.9)
    _, claims = verify(minted.token, openid.keys)
    assert (claims["iat"], claims["exp"], minted.expires_in) == (NOW, NOW + 1, 1)


@pytest.mark.parametrize(
    ("token", "client", "profile", "lifetime"),
    [
        pytest.param(1, 3, 4, 1, id="the token's own"),
        pytest.param(None, 3, 4, 3, id="the client's"),
        pytest.param(None, None, 4, 4, id="the profile's"),
        pytest.param(None, 0, 4, 0, id="a client's 0 is a lifetime"),
        pytest.param(0, 3, 4, 0, id="a token's 0 is a lifetime"),
        pytest.param(-5, None, 4, -5, id="expired from the beginning"),
    ],
)
def test_of_the_lifetimes_the_nearest_counts(
    make_lane: Make,
    token: float | None,
    client: float | None,
    profile: float,
    lifetime: int,
) -> None:
    lane = make_lane("openid", access_token_lifetime=profile)
    lane.clock.freeze(at=NOW)
    asking = replace(lane.clients.default, access_token_lifetime=client)
    minted = mint(lane, client=asking, lifetime=token)
    assert minted.expires_in == lifetime
    assert verify(minted.token, lane.keys)[1]["exp"] == NOW + lifetime


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        pytest.param({"tenant": "x"}, {"tenant": "x"}, id="added"),
        pytest.param({"sub": "other"}, {"sub": "other"}, id="changed"),
        pytest.param({"exp": "soon"}, {"exp": "soon"}, id="made wrong"),
        pytest.param({"aud": [{"a": [1.5, None]}]}, {"aud": [{"a": [1.5, None]}]}, id="any JSON"),
        pytest.param({"sub": None}, {"sub": "absent"}, id="left out"),
    ],
)
def test_claims_of_one_token(
    openid: Issuer, claims: dict[str, Any], expected: dict[str, Any]
) -> None:
    _, found = parts(openid, claims=claims)
    for name, value in expected.items():
        assert found.get(name, "absent") == value
    assert parts(openid)[1].get("tenant") is None


def test_a_changed_claim_keeps_its_place_and_a_new_one_comes_last(openid: Issuer) -> None:
    usual = list(parts(openid)[1])
    assert list(parts(openid, claims={"new": 1, "iss": "https://else"})[1]) == [*usual, "new"]


def test_an_override_of_the_next_token_is_left_for_one_that_is_fetched(openid: Issuer) -> None:
    openid.script.next_token(lifetime=5, claims={"a": "script"})
    _, claims = parts(openid)
    assert "a" not in claims
    assert claims["exp"] == NOW + 3600
    assert openid.script.take_token() is not None


def test_settings_reach_the_token(make_lane: Make) -> None:
    lane = make_lane(
        "openid",
        access_token={"alg": "ES256", "typ": "", "claims": {"tenant": "{client.tenant}", "x": [1]}},
        jwks_kid=False,
        clients=[{"client_id": "app", "attributes": {"tenant": {"id": 7}}}],
    )
    header, claims = parts(lane)
    assert header == {"alg": "ES256"}
    assert (claims["tenant"], claims["x"]) == ({"id": 7}, [1])


def test_all_attributes_may_be_one_claim(make_lane: Make) -> None:
    lane = make_lane(
        "openid",
        access_token_claims={"client": "{client.*}"},
        clients=[{"client_id": "app", "attributes": {"a": 1}}],
    )
    assert parts(lane)[1]["client"] == {"a": 1}


def test_a_token_does_not_show_itself(openid: Issuer) -> None:
    minted = mint(openid)
    assert minted.token not in repr(minted)
    assert minted.scopes == ("read", "write")


def test_a_seed_repeats_ids(make_lane: Make) -> None:
    first, second = (parts(make_lane("openid", seed=3))[1]["jti"] for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("times", "now", "written"),
    [
        ("whole", NOW + 0.577862, (NOW, NOW + 60)),
        ("fractional", NOW + 0.577862, (NOW + 0.577862, NOW + 60.577862)),
        ("fractional", NOW + 0.1234567, (NOW + 0.123457, NOW + 60.123457)),
        # lcobucci/jwt writes a whole number where there are no microseconds
        ("fractional", NOW, (NOW, NOW + 60)),
    ],
)
def test_times_have_microseconds_where_the_profile_says_so(
    make_lane: Make, times: str, now: float, written: tuple[float, float]
) -> None:
    lane = make_lane("openid", jwt_times=times, access_token_lifetime=60)
    lane.clock.freeze(at=now)
    _, claims = parts(lane)
    assert (claims["iat"], claims["exp"]) == written
    assert [type(claims[name]) for name in ("iat", "exp")] == [type(time) for time in written]


def test_a_user_s_sub_is_empty_where_there_is_no_user(make_lane: Make) -> None:
    lane = make_lane("openid", access_token_claims={"sub": "{user_sub}"})
    (alice, *_) = lane.users.all()
    assert parts(lane)[1]["sub"] == ""
    assert parts(lane, user=alice)[1]["sub"] == alice.sub


@pytest.mark.parametrize(("asked", "alg"), [(None, "RS256"), ("ES256", "ES256"), ("none", "RS256")])
def test_a_logout_token_is_signed_whatever_the_client_has_asked_for(
    make_lane: Make, asked: str | None, alg: str
) -> None:
    lane = make_lane("openid")
    lane.clock.freeze(at=NOW)
    client = replace(lane.clients.default, id_token_signed_response_alg=asked)
    user = lane.users.default
    token = mint_logout_token(lane, client=client, user=user, issuer="https://i", sid="s")
    header, claims = verify(token, lane.keys)
    assert (header["alg"], header["typ"]) == (alg, "logout+jwt")
    assert len(claims.pop("jti")) == 22
    # OpenID Connect Back-Channel Logout 1.0, 2.4: no nonce, and an empty object for the event
    assert claims == {
        "iss": "https://i",
        "sub": user.sub,
        "aud": client.client_id,
        "iat": NOW,
        "exp": NOW + 120,
        "sid": "s",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }
