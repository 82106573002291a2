"""ID tokens that clients send back (OpenID Connect Core 1.0, 3.1.2.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fixtures.application import ALICE, APP
from mockidp.issuer import Issuer
from mockidp.keys.jwt import sign, unsigned, verify
from mockidp.oauth.errors import OAuthError
from mockidp.tokens.hint import Hint, read_hint
from mockidp.tokens.mint import mint_access_token, mint_id_token, mint_logout_token

Make = Callable[..., Issuer]
ISSUER = "https://mockidp.example"


@pytest.fixture
def lane(make_lane: Make) -> Issuer:
    return make_lane("openid", clients=[APP], users=[ALICE])


def id_token(lane: Issuer, sid: str | None = "s") -> str:
    return mint_id_token(
        lane,
        client=lane.clients.default,
        user=lane.users.default,
        issuer=ISSUER,
        auth_time=None,
        sid=sid,
    )


def signed(lane: Issuer, typ: str | None = "JWT", **changes: Any) -> str:
    usual = {"iss": ISSUER, "sub": "sub-alice", "aud": "app", "exp": 2, "iat": 1}
    claims = {**usual, **changes}
    present = {name: value for name, value in claims.items() if value is not None}
    return sign(present, lane.keys.signing_key("RS256"), typ=typ)


def hint_of(lane: Issuer, token: str) -> Hint:
    return read_hint(lane, token, cites="the section")


@pytest.mark.parametrize("sid", ["s", None])
def test_what_it_says(lane: Issuer, sid: str | None) -> None:
    expected = Hint(client_ids=("app",), sub="sub-alice", sid=sid)
    assert hint_of(lane, id_token(lane, sid)) == expected


def test_it_may_have_expired(lane: Issuer) -> None:
    token = id_token(lane)
    lane.clock.advance(days=365)
    assert hint_of(lane, token).sub == "sub-alice"


def test_it_may_be_for_several(lane: Issuer) -> None:
    assert hint_of(lane, signed(lane, aud=["app", "b"])).client_ids == ("app", "b")
    token = signed(lane, aud=["app", "b"], azp="b")
    assert hint_of(lane, token).client_ids == ("b", "app")


def test_it_means_the_same_user_where_its_client_knows_him_by_another_sub(lane: Issuer) -> None:
    lane.clients.replace(replace(lane.clients.default, subject_type="pairwise"))
    token = id_token(lane)
    assert verify(token, lane.keys)[1]["sub"] != "sub-alice"
    assert hint_of(lane, token).sub == "sub-alice"


def test_it_may_be_of_a_key_that_was_rotated(lane: Issuer) -> None:
    token = id_token(lane)
    lane.keys.rotate(overlap=True)
    assert hint_of(lane, token).sid == "s"


REFUSED: dict[str, tuple[Callable[[Issuer], str], str]] = {
    "nothing": (lambda lane: "", "malformed"),
    "no token": (lambda lane: "x", "malformed"),
    "changed": (lambda lane: id_token(lane)[:-8] + "AAAAAAAA", "bad_signature"),
    "unsigned": (lambda lane: unsigned({"iss": ISSUER, "sub": "s", "aud": "app"}), "none"),
    "huge": (lambda lane: "x" * 100_000, "too_long"),
    "somebody else's": (lambda lane: signed(lane, iss="https://other.example"), "somebody else"),
    "of nobody": (lambda lane: signed(lane, iss=None), "somebody else"),
    "signed userinfo": (lambda lane: signed(lane, exp=None, iat=None), "no exp or no iat"),
    "issued by a list": (lambda lane: signed(lane, iss=[ISSUER]), "somebody else"),
    "an access token": (
        lambda lane: (
            mint_access_token(
                lane, client=lane.clients.default, subject="s", scopes=(), issuer=ISSUER
            ).token
        ),
        "is it an ID token",
    ),
    "a logout token": (
        lambda lane: mint_logout_token(
            lane, client=lane.clients.default, user=lane.users.default, issuer=ISSUER, sid="s"
        ),
        "is it an ID token",
    ),
    "without a type": (lambda lane: signed(lane, typ=None), "is it an ID token"),
    "without sub": (lambda lane: signed(lane, sub=None), "no aud or no sub"),
    "without aud": (lambda lane: signed(lane, aud=None), "no aud or no sub"),
    "for a number": (lambda lane: signed(lane, aud=7), "no aud or no sub"),
    "about a number": (lambda lane: signed(lane, sub=7), "no aud or no sub"),
}


@pytest.mark.parametrize(("make", "problem"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_hint(lane: Issuer, make: Callable[[Issuer], str], problem: str) -> None:
    with pytest.raises(OAuthError) as caught:
        hint_of(lane, make(lane))
    assert (caught.value.code, caught.value.cites) == ("invalid_request", "the section")
    assert problem in caught.value.hint


def test_one_without_a_signature_is_not_taken_back(make_lane: Make) -> None:
    """OpenID Connect Core 1.0, 3.1.2.1 does not ask for it; anybody could have written it."""
    client = {**APP, "id_token_signed_response_alg": "none"}
    lane = make_lane("openid", clients=[client], users=[ALICE], signing_id_token=["none"])
    with pytest.raises(OAuthError) as caught:
        hint_of(lane, id_token(lane))
    assert "unsupported_alg" in caught.value.hint
    assert "one without a signature is nobody's word" in caught.value.hint
