"""Tokens presented to the API: until when they are good, whose they may be, and why one is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from mockidp.issuer import Issuer
from mockidp.keys.jwt import sign
from mockidp.tokens.lookup import Bearer, TokenRefused, look_up
from mockidp.tokens.mint import mint_access_token

Make = Callable[..., Issuer]
NOW = 1_700_000_000


@pytest.fixture
def lane(make_lane: Make) -> Issuer:
    lane = make_lane("openid")
    lane.clock.freeze(at=NOW)
    return lane


def token(lane: Issuer, **given: Any) -> str:
    client = lane.clients.default
    defaults = {"client": client, "subject": "s", "scopes": (), "issuer": "https://mockidp.example"}
    return mint_access_token(lane, **{**defaults, **given}).token


def refusal(lane: Issuer, presented: str) -> TokenRefused:
    with pytest.raises(TokenRefused) as caught:
        look_up(lane, presented)
    assert presented not in str(caught.value)
    return caught.value


def test_a_good_token_gives_its_claims(lane: Issuer) -> None:
    assert look_up(lane, token(lane, claims={"tenant": "x"})).claims["tenant"] == "x"


def test_a_token_is_good_up_to_and_not_at_its_last_second(lane: Issuer) -> None:
    presented = token(lane, lifetime=60)
    lane.clock.advance(59.999)
    look_up(lane, presented)
    lane.clock.freeze(at=NOW + 60)
    refused = refusal(lane, presented)
    assert (refused.kind, refused.expired_at) == ("expired", NOW + 60)
    assert refused.hint == "the token expired 0 seconds ago; fetch a new one"
    lane.clock.advance(minutes=1)
    assert "60 seconds ago" in refusal(lane, presented).hint
    lane.clock.rewind(minutes=2)
    look_up(lane, presented)


def test_a_token_is_not_good_before_its_time(lane: Issuer) -> None:
    presented = token(lane, claims={"nbf": NOW + 10})
    refused = refusal(lane, presented)
    assert refused.kind == "invalid"
    assert refused.hint == "nbf lies 10 seconds ahead of the lane's clock"
    lane.clock.advance(10)
    look_up(lane, presented)


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"nbf": None}, id="no nbf"),
        pytest.param({"exp": NOW + 0.5}, id="a fraction of a second left"),
        pytest.param({"exp": 10**300}, id="for ever"),
        pytest.param({"nbf": -(10**300)}, id="since ever"),
    ],
)
def test_what_is_still_good(lane: Issuer, claims: dict[str, Any]) -> None:
    look_up(lane, token(lane, claims=claims))


@pytest.mark.parametrize(
    ("claims", "kind", "hint"),
    [
        pytest.param({"exp": "soon"}, "invalid", "exp must be a number (RFC 7519, 2), not str"),
        pytest.param({"exp": True}, "invalid", "exp must be a number (RFC 7519, 2), not bool"),
        pytest.param({"exp": [1]}, "invalid", "exp must be a number (RFC 7519, 2), not list"),
        pytest.param({"nbf": "0"}, "invalid", "nbf must be a number (RFC 7519, 2), not str"),
        pytest.param({"nbf": {}}, "invalid", "nbf must be a number (RFC 7519, 2), not dict"),
        pytest.param({"exp": 0}, "expired", "seconds ago", id="at the epoch"),
        pytest.param({"exp": -(10**400)}, "expired", "seconds ago", id="before everything"),
        pytest.param({"nbf": 10**400}, "invalid", "seconds ahead", id="after everything"),
        pytest.param({"iss": "https://else"}, "invalid", "'https://else' is none of", id="foreign"),
        pytest.param({"iss": ""}, "invalid", "iss '' is none of", id="empty issuer"),
        pytest.param({"iss": ["https://mockidp.example"]}, "invalid", "none of", id="a list"),
        pytest.param({"iss": {}}, "invalid", "none of", id="a table"),
    ],
)
def test_what_is_not_good(lane: Issuer, claims: dict[str, Any], kind: str, hint: str) -> None:
    refused = refusal(lane, token(lane, claims=claims))
    assert refused.kind == kind
    assert hint in refused.hint


@pytest.mark.parametrize("name", ["exp", "iss", "aud"])
def test_what_every_token_has_must_be_there(make_lane: Make, name: str) -> None:
    lane = make_lane("openid")
    refused = refusal(lane, token(lane, claims={name: None}))
    assert (refused.kind, f"has no {name}, " in refused.hint) == ("invalid", True)
    # Where the profile's own tokens go without, or some of them do, it is not missed.
    for written in (None, "{client.absent}", "{absent}"):
        other = make_lane("openid", access_token_claims={name: written})
        look_up(other, token(other, claims={name: None}))


def test_every_address_of_the_lane_is_its_issuer(lane: Issuer) -> None:
    lane.listen_at("http://127.0.0.1:4242", ["localhost:4242"])
    for issuer in ("http://127.0.0.1:4242", "http://localhost:4242", "https://mockidp.example"):
        look_up(lane, token(lane, issuer=issuer))
    assert "127.0.0.1:4242" in refusal(lane, token(lane, issuer="http://localhost:1")).hint


@pytest.mark.parametrize("presented", ["", "x", "a.b.c", "é.é.é", "." * 70_000])
def test_what_is_no_token_is_refused(lane: Issuer, presented: str) -> None:
    with pytest.raises(TokenRefused, match=r"malformed|too_long") as caught:
        look_up(lane, presented)
    assert caught.value.kind == "invalid"


def test_the_token_of_another_lane_is_refused(lane: Issuer, make_lane: Make) -> None:
    assert "unknown_kid" in refusal(lane, token(make_lane("openid"))).hint


def test_a_token_signed_with_a_retired_key_is_refused(lane: Issuer) -> None:
    presented = token(lane)
    lane.keys.rotate(overlap=True)
    look_up(lane, presented)
    lane.keys.rotate(overlap=False)
    assert "unknown_kid" in refusal(lane, presented).hint


def signed(lane: Issuer, typ: str | None, **extra: Any) -> str:
    """By the lane's own key, with a `typ` of one's choice."""
    claims = {"iss": "https://mockidp.example", "aud": "https://mockidp.example", "exp": NOW + 60}
    return sign(claims, lane.keys.signing_key("RS256"), typ=typ, **extra)


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_the_type_of_an_access_token_is_a_media_type(lane: Issuer, typ: str) -> None:
    look_up(lane, signed(lane, typ))  # RFC 7515, 4.1.9


@pytest.mark.parametrize("typ", ["JWT", "logout+jwt", "", None, "x" * 200])
def test_a_token_of_another_type_is_no_access_token(lane: Issuer, typ: str | None) -> None:
    # RFC 9068, 4: an ID token has the same issuer and the same key.
    assert "is it an ID token?" in refusal(lane, signed(lane, typ)).hint


@pytest.mark.parametrize("typ", [1, True, ["at+jwt"], {}, {"a": 1}])
def test_a_type_that_is_no_text_is_refused(lane: Issuer, typ: Any) -> None:
    assert refusal(lane, signed(lane, None, extra_headers={"typ": typ})).kind == "invalid"


def test_a_provider_without_a_type_gives_and_takes_none(make_lane: Make) -> None:
    lane = make_lane("openid", access_token_typ="")
    look_up(
        lane,
        mint_access_token(
            lane,
            client=lane.clients.default,
            subject="s",
            scopes=(),
            issuer="https://mockidp.example",
        ).token,
    )
    assert "is it an ID token?" in refusal(lane, signed(lane, "JWT")).hint


# -- who comes, and what for ----------------------------------------------------------------------


def bearer_of(lane: Issuer, **given: Any) -> Bearer:
    return look_up(lane, token(lane, **given))


def test_a_bearer_is_a_subject_a_client_and_scopes(lane: Issuer) -> None:
    found = bearer_of(lane, subject="u-1", scopes=("read", "write"))
    assert (found.sub, found.client_id, found.scopes) == (
        "u-1",
        "mockidp-client",
        ("read", "write"),
    )


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        pytest.param({"scope": "a b"}, ("a", "b"), id="text"),
        pytest.param({"scope": ["a", "b c"]}, ("a", "b c"), id="list"),
        pytest.param({"scope": None, "scopes": ["a"]}, ("a",), id="as Passport names them"),
        pytest.param({"scope": None}, (), id="none"),
        pytest.param({"scope": 1}, (), id="a number"),
        pytest.param({"scope": {"a": 1}}, (), id="a table"),
        pytest.param({"scope": [1]}, ("1",), id="numbers"),
    ],
)
def test_scopes_in_whatever_form(
    lane: Issuer, claims: dict[str, Any], scopes: tuple[str, ...]
) -> None:
    assert bearer_of(lane, claims=claims).scopes == scopes


@pytest.mark.parametrize(
    ("claims", "client_id"),
    [
        pytest.param({}, "mockidp-client", id="client_id"),
        pytest.param({"client_id": None, "aud": "mockidp-client"}, "mockidp-client", id="aud"),
        pytest.param({"client_id": None, "aud": "somebody"}, None, id="aud of nobody here"),
        pytest.param({"client_id": None, "aud": ["mockidp-client"]}, None, id="aud is a list"),
        pytest.param({"client_id": 1}, None, id="a number"),
    ],
)
def test_the_client_is_named_or_the_audience(
    lane: Issuer, claims: dict[str, Any], client_id: str | None
) -> None:
    assert bearer_of(lane, claims=claims).client_id == client_id


@pytest.mark.parametrize("sub", [None, 1, ["u-1"], {}])
def test_a_subject_that_is_no_text_is_nobody(lane: Issuer, sub: Any) -> None:
    assert bearer_of(lane, claims={"sub": sub}).sub is None


# -- tokens that are only a name ------------------------------------------------------------------


@pytest.fixture
def opaque(make_lane: Make) -> Issuer:
    lane = make_lane("openid", access_token_format="hex:40")
    lane.clock.freeze(at=NOW)
    return lane


def test_an_opaque_token_gives_what_is_kept_of_it(opaque: Issuer) -> None:
    presented = token(opaque, subject="u-1", scopes=("read",))
    assert re.fullmatch("[0-9a-f]{40}", presented)
    found = look_up(opaque, presented)
    assert dict(found.claims) == {
        "iss": "https://mockidp.example",
        "sub": "u-1",
        "client_id": "mockidp-client",
        "iat": NOW,
        "exp": NOW + 3600,
        "scope": "read",
        "aud": "https://mockidp.example",
    }
    assert (found.sub, found.client_id, found.scopes) == ("u-1", "mockidp-client", ("read",))


def test_an_opaque_token_expires(opaque: Issuer) -> None:
    presented = token(opaque, lifetime=60)
    opaque.clock.advance(59)
    look_up(opaque, presented)
    opaque.clock.advance(1)
    refused = refusal(opaque, presented)
    assert (refused.kind, refused.expired_at) == ("expired", NOW + 60)
    opaque.clock.rewind(1)
    look_up(opaque, presented)


@pytest.mark.parametrize("presented", ["x", "0" * 40, "a.b.c", "é", "." * 70_000])
def test_an_opaque_token_that_was_never_issued(opaque: Issuer, presented: str) -> None:
    assert "has issued no such token" in refusal(opaque, presented).hint
