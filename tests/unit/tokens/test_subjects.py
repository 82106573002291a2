"""As whom a client knows a user (OpenID Connect Core 1.0, 8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.application import ALICE, APP, BOB
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.tokens.subjects import sector_of, subject_for, user_known_as

PAIRWISE = {**APP, "client_id": "own", "subject_type": "pairwise"}


@pytest.fixture
def lane(make_lane: Callable[..., Issuer]) -> Issuer:
    return make_lane("openid", clients=[APP, PAIRWISE], users=[ALICE, BOB])


def client(lane: Issuer, client_id: str) -> Client:
    found = lane.clients.get(client_id)
    assert found is not None
    return found


def test_a_public_subject_is_that_of_the_user(lane: Issuer) -> None:
    app = client(lane, "app")
    for client_of in (app, replace(app, subject_type="public")):
        assert subject_for(lane, client_of, lane.users.default) == ALICE["sub"]


def test_a_pairwise_subject_says_nothing_else(lane: Issuer) -> None:
    own = client(lane, "own")
    subjects = {subject_for(lane, own, user) for user in lane.users.all()}
    assert len(subjects) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", subject) for subject in subjects)


def test_the_way_back(lane: Issuer) -> None:
    own, (alice, bob) = client(lane, "own"), lane.users.all()
    assert user_known_as(lane, subject_for(lane, own, bob), "own") == bob
    assert user_known_as(lane, alice.sub, "app") == alice
    assert user_known_as(lane, alice.sub, "own") == alice, "of a token from before"
    assert user_known_as(lane, subject_for(lane, own, bob), "app") is None
    assert user_known_as(lane, subject_for(lane, own, bob), None) is None
    assert user_known_as(lane, None, "own") is None


@pytest.mark.parametrize(
    ("sector_uri", "redirect_uris", "sector"),
    [
        (None, ["https://a.example:8443/cb?x"], "a.example"),
        (None, ["https://A.example/cb"], "a.example"),
        ("https://b.example/uris", ["https://a.example/cb"], "b.example"),
        (None, ["com.example.app:/cb", "https://a.example/"], "a.example"),
        (None, ["https://[::::]/cb"], "own"),
        (None, [], "own"),
    ],
)
def test_sectors(sector_uri: str | None, redirect_uris: list[str], sector: str) -> None:
    own = Client(
        client_id="own", redirect_uris=tuple(redirect_uris), sector_identifier_uri=sector_uri
    )
    assert sector_of(own) == sector


def test_another_provider_knows_the_user_by_another_one(
    lane: Issuer, make_lane: Callable[..., Issuer]
) -> None:
    other = make_lane(
        "openid", clients=[PAIRWISE], users=[ALICE], routing_issuer="https://other.example"
    )
    own, alice = client(lane, "own"), lane.users.default
    assert subject_for(lane, own, alice) != subject_for(other, own, alice)
