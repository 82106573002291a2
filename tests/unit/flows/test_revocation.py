"""What revocation takes back, without HTTP (RFC 7009)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockidp.flows.grant import TokenRequest
from mockidp.flows.revocation import revoke
from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.params import Params
from mockidp.tokens.formats import format_of
from mockidp.tokens.lookup import TokenRefused, look_up
from mockidp.tokens.mint import mint_access_token
from mockidp.tokens.revocation import family_of, refuse_token, revoke_access_token

Make = Callable[..., Issuer]
APP = {"client_id": "app", "client_secret": "s3cret-of-the-app"}


@pytest.fixture(params=["jwt", "hex:40"])
def lane(make_lane: Make, request: pytest.FixtureRequest) -> Issuer:
    lane = make_lane("openid", clients=[APP], access_token_format=request.param)
    lane.clock.freeze(at=1_700_000_000)
    return lane


def minted(lane: Issuer, **given: Any) -> str:
    return mint_access_token(
        lane,
        client=lane.clients.default,
        subject="app",
        scopes=[],
        issuer=lane.home.issuer,
        **given,
    ).token


def give_back(lane: Issuer, token: str) -> str:
    params = Params.of({**APP, "token": token})
    return revoke(lane, TokenRequest(params=params, issuer=lane.home.issuer))


def is_good(lane: Issuer, token: str) -> bool:
    try:
        look_up(lane, token)
    except TokenRefused:
        return False
    return True


@pytest.mark.parametrize("family", [None, "the-grant"])
def test_a_revoked_token_is_not_good_and_its_neighbour_is(lane: Issuer, family: str | None) -> None:
    token, other = minted(lane, family=family), minted(lane, family=family)
    assert give_back(lane, token) == ""
    assert (is_good(lane, token), is_good(lane, other)) == (False, True)
    assert "nothing to revoke (RFC 7009, 2.2)" in give_back(lane, token)


def test_the_mark_of_a_token_is_kept_until_it_expires(lane: Issuer) -> None:
    token = minted(lane, lifetime=60)
    give_back(lane, token)
    (mark,) = lane.store.find("revoked", now=lane.clock.now())
    assert mark.expires_at == 1_700_000_060
    assert mark.id == format_of(lane).record_id(token)


def test_a_token_that_never_expires_stays_revoked(make_lane: Make) -> None:
    lane = make_lane("openid", clients=[APP], access_token_claims={"exp": None})
    token = minted(lane)
    assert is_good(lane, token)
    assert give_back(lane, token) == ""
    lane.clock.advance(10 * 365 * 24 * 3600)
    assert not is_good(lane, token)


def test_what_is_not_kept_has_no_family(lane: Issuer) -> None:
    form = format_of(lane)
    assert family_of(lane, form.record_id(minted(lane, family="g"))) == "g"
    assert family_of(lane, form.record_id(minted(lane))) is None
    assert family_of(lane, "unknown") is None


def test_only_a_token_that_is_kept_can_be_revoked_without_its_expiry(lane: Issuer) -> None:
    revoke_access_token(lane, "unknown")
    assert lane.store.find("revoked", now=lane.clock.now()) == []
    refuse_token(lane, "unknown", None)
    assert len(lane.store.find("revoked", now=lane.clock.now())) == 1


def test_a_parameter_that_comes_twice_is_refused(lane: Issuer) -> None:
    params = Params([*APP.items(), ("token", "a"), ("token", "b")])
    with pytest.raises(OAuthError, match="sent 2 times"):
        revoke(lane, TokenRequest(params=params, issuer="https://idp.test"))
