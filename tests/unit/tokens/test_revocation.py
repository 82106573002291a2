"""Taking back one token, or all that came of one grant (RFC 6749, 4.1.2; RFC 9700, 4.14.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fixtures.application import ALICE, APP, BOB
from mockidp.issuer import Issuer
from mockidp.keys import segment
from mockidp.model.artifact import Artifact
from mockidp.tokens.handles import Granted, mint_refresh_token
from mockidp.tokens.lookup import TokenRefused, look_up
from mockidp.tokens.mint import AccessToken, mint_access_token
from mockidp.tokens.revocation import (
    is_client_revoked,
    is_revoked,
    is_token_revoked,
    refuse_token,
    remembered,
    revoke_access_token,
    revoke_client,
    revoke_family,
    revoke_grants,
)

NOW = 1_700_000_000


@pytest.fixture(params=["jwt", "hex:40"])
def lane(request: pytest.FixtureRequest, make_lane: Callable[..., Issuer]) -> Issuer:
    other = {**APP, "client_id": "other"}
    lane = make_lane(
        "openid", clients=[APP, other], users=[ALICE, BOB], access_token_format=request.param
    )
    lane.clock.freeze(at=NOW)
    return lane


def mint(lane: Issuer, family: str | None = "f", **given: Any) -> AccessToken:
    client = lane.clients.get(given.pop("client_id", "app"))
    assert client is not None
    defaults = {"subject": ALICE["sub"], "scopes": (), "issuer": "https://mockidp.example"}
    return mint_access_token(lane, client=client, family=family, **{**defaults, **given})


def is_good(lane: Issuer, token: AccessToken) -> bool:
    try:
        look_up(lane, token.token)
    except TokenRefused:
        return False
    return True


#: The order of the group of P-256 (NIST SP 800-186, 3.2.1.3).
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def with_the_twin_of_its_signature(token: str) -> str:
    """With (r, n - s) for (r, s), which is as good, and needs no key (SEC 1, 4.1.4)."""
    signed, _, written = token.rpartition(".")
    signature = segment.decode(written)
    twin = P256_ORDER - int.from_bytes(signature[32:])
    return f"{signed}.{segment.encode(signature[:32] + twin.to_bytes(32)).decode()}"


def test_a_revoked_token_does_not_return_with_another_signature(
    make_lane: Callable[..., Issuer],
) -> None:
    lane = make_lane("openid", clients=[APP], users=[ALICE], access_token_alg="ES256")
    alone, of_a_grant = mint(lane, None), mint(lane)
    twins = [
        replace(token, token=with_the_twin_of_its_signature(token.token))
        for token in (alone, of_a_grant)
    ]
    assert all(is_good(lane, token) for token in twins)
    refuse_token(lane, alone.record_id, None)
    revoke_family(lane, "f")
    assert not any(is_good(lane, token) for token in (alone, of_a_grant, *twins))


def test_a_family_is_revoked_as_a_whole_and_no_other(lane: Issuer) -> None:
    tokens = [mint(lane), mint(lane), mint(lane, "g"), mint(lane, None)]
    revoke_family(lane, "f")
    assert [is_good(lane, token) for token in tokens] == [False, False, True, True]
    revoke_family(lane, "f")  # once more changes nothing
    assert [is_good(lane, token) for token in tokens] == [False, False, True, True]


def test_what_is_still_made_of_it_is_revoked_too(lane: Issuer) -> None:
    revoke_family(lane, "f")
    token = mint(lane)
    assert not is_good(lane, token)
    lane.store.revoke_family("f")  # and when the store forgets its record
    assert not is_good(lane, token)


@pytest.mark.parametrize("kind", ["authorization_code", "refresh_token", "device_code"])
def test_codes_and_refresh_tokens_are_of_a_family_too(lane: Issuer, kind: Any) -> None:
    mine, other = (
        Artifact(kind=kind, id=family, expires_at=NOW + 9, family=family) for family in "fg"
    )
    lane.store.put(mine, now=NOW)
    lane.store.put(other, now=NOW)
    revoke_family(lane, "f")
    assert lane.store.get(kind, "f", now=NOW) is None
    assert lane.store.get(kind, "g", now=NOW) == other
    assert (is_revoked(lane, mine), is_revoked(lane, other)) == (True, False)


def test_what_has_no_family_is_never_revoked_with_one(lane: Issuer) -> None:
    assert not is_revoked(lane, Artifact(kind="refresh_token", id="f", expires_at=None))


def test_one_token_alone(lane: Issuer) -> None:
    first, second = mint(lane), mint(lane)
    revoke_access_token(lane, first.record_id)
    assert (is_good(lane, first), is_good(lane, second)) == (False, True)
    assert is_token_revoked(lane, first.record_id)
    assert not is_token_revoked(lane, second.record_id)
    revoke_access_token(lane, first.record_id)
    revoke_access_token(lane, "never issued")


def test_a_mark_lasts_as_long_as_the_token(lane: Issuer) -> None:
    token = mint(lane, lifetime=60)
    revoke_access_token(lane, token.record_id)
    lane.clock.advance(59)
    assert not is_good(lane, token)
    lane.clock.advance(1)
    lane.store.sweep(now=lane.clock.now())
    assert lane.store.find("revoked", now=NOW) == [], "nothing is kept for longer"
    assert not is_good(lane, token)


#: The longest life of what comes of a grant: that of a refresh token.
FORTNIGHT = 1_209_600


def refresh_token(lane: Issuer) -> str:
    granted = Granted(client_id="app", subject=str(ALICE["sub"]), scopes=(), family="f", data={})
    return mint_refresh_token(lane, granted)


def test_a_family_is_marked_as_long_as_anything_of_it_can_be_good(lane: Issuer) -> None:
    revoke_family(lane, "f")
    lane.clock.advance(FORTNIGHT - 1)
    lane.store.sweep(now=lane.clock.now())
    assert not is_good(lane, mint(lane))


@pytest.mark.parametrize(("life", "refresh_life"), [(FORTNIGHT, FORTNIGHT), (3600, 60), (3600, 0)])
def test_nothing_of_a_revoked_family_is_kept_for_longer(
    make_lane: Callable[..., Issuer], life: float, refresh_life: float
) -> None:
    lane = make_lane("openid", clients=[APP], users=[ALICE], refresh_token_lifetime=refresh_life)
    lane.clock.freeze(at=NOW)
    for number in range(20):
        mint(lane, f"f{number}")
        revoke_family(lane, f"f{number}")
    lane.clock.advance(life)
    lane.store.sweep(now=lane.clock.now())
    assert lane.store.find(now=NOW) == []


def test_a_token_of_a_revoked_family_outlives_its_mark_and_stays_refused(
    make_lane: Callable[..., Issuer],
) -> None:
    lane = make_lane("openid", clients=[APP], users=[ALICE], refresh_token_lifetime=0)
    lane.clock.freeze(at=NOW)
    before = mint(lane, lifetime=FORTNIGHT), refresh_token(lane)
    revoke_family(lane, "f")
    while_revoked = mint(lane, lifetime=FORTNIGHT), refresh_token(lane)
    lane.clock.advance(FORTNIGHT - 1)
    lane.store.sweep(now=lane.clock.now())
    assert lane.store.get("revoked", "family:f", now=lane.clock.now()) is None
    for access, refresh in (before, while_revoked):
        assert not is_good(lane, access)
        assert lane.store.get("refresh_token", refresh, now=lane.clock.now()) is None
        assert remembered(lane, "refresh_token", refresh) is not None


@pytest.mark.parametrize(
    ("whose", "good"),
    [
        ({}, [False, False, False]),
        ({"sub": ALICE["sub"]}, [False, False, True]),
        ({"client_id": "app"}, [False, True, False]),
        ({"sub": ALICE["sub"], "client_id": "app"}, [False, True, True]),
        ({"sub": "nobody"}, [True, True, True]),
    ],
)
def test_what_a_user_has_granted_to_a_client(
    lane: Issuer, whose: dict[str, str], good: list[bool]
) -> None:
    tokens = [
        mint(lane, "a-app"),
        mint(lane, "a-other", client_id="other"),
        mint(lane, "b-app", subject=BOB["sub"]),
    ]
    own = mint(lane, None, subject="app")
    revoke_grants(lane, **whose)
    assert [is_good(lane, token) for token in tokens] == good
    assert is_good(lane, own), "no user has granted what a client has for itself"


@pytest.mark.parametrize("exp", [NOW + 10**8, NOW + 0.5 + 10**8, None])
def test_it_stays_refused_as_long_as_it_says_that_it_is_good(
    make_lane: Callable[..., Issuer], exp: float | None
) -> None:
    lane = make_lane("openid", clients=[APP], users=[ALICE], access_token_claims={"exp": None})
    lane.clock.freeze(at=NOW)
    token = mint(lane, claims={"exp": exp})
    lane.clock.advance(days=2)
    assert is_good(lane, token)
    revoke_family(lane, "f")
    lane.clock.advance(days=1000)
    assert not is_good(lane, token)


def test_what_has_expired_is_revoked_too_and_does_not_return_with_the_clock(lane: Issuer) -> None:
    token = mint(lane)
    lane.clock.advance(days=2)
    revoke_grants(lane, sub=str(ALICE["sub"]))
    lane.clock.rewind(days=2)
    assert not is_good(lane, token)


def test_a_rotated_refresh_token_is_of_the_grant_as_well(lane: Issuer) -> None:
    old, new = (
        mint_refresh_token(
            lane,
            Granted(client_id="app", subject=str(ALICE["sub"]), scopes=(), family="f", data={}),
        )
        for _ in range(2)
    )
    lane.store.take("refresh_token", old, now=NOW)
    revoke_grants(lane, sub=str(ALICE["sub"]))
    assert lane.store.take("refresh_token", new, now=NOW).outcome == "missing"
    assert lane.store.take("refresh_token", old, now=NOW).outcome == "missing"


# -- a client that is gone (RFC 7592, 2.3)


def delete(lane: Issuer, client_id: str) -> None:
    client = lane.clients.get(client_id)
    assert client is not None
    revoke_client(lane, client)
    lane.clients.remove(client_id)


@pytest.mark.parametrize("family", ["f", None], ids=["of a user", "of the client itself"])
def test_a_client_takes_its_tokens_with_it(lane: Issuer, family: str | None) -> None:
    token, other = mint(lane, family), mint(lane, "g", client_id="other")
    delete(lane, "app")
    assert not is_good(lane, token)
    assert is_good(lane, other)
    lane.clock.advance(3599)
    assert not is_good(lane, token)


@pytest.mark.parametrize("family", ["f", None], ids=["of a user", "of the client itself"])
def test_also_those_that_live_longer_than_others(lane: Issuer, family: str | None) -> None:
    token = mint(lane, family, lifetime=10**8)
    endless = mint(lane, family, claims={"exp": 4 * 10**9})
    delete(lane, "app")
    lane.clock.advance(days=1000)
    lane.store.sweep(now=lane.clock.now())
    assert is_client_revoked(lane, "app")
    assert not is_good(lane, token)
    assert not is_good(lane, endless)


def test_a_client_that_is_merely_removed_leaves_its_tokens(lane: Issuer) -> None:
    token = mint(lane, None)
    lane.clients.remove("app")
    assert is_good(lane, token)
