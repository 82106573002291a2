"""Everything that came of a user's yes ends with it: codes, tokens, and the yes itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact, ArtifactKind
from mockidp.tokens.revocation import is_revoked, revoke_grants

NOW = 1_700_000_000.0


@pytest.fixture
def lane(make_lane: Callable[..., Issuer]) -> Issuer:
    lane = make_lane()
    lane.clock.freeze(at=NOW)
    return lane


def put(
    lane: Issuer, kind: ArtifactKind, sub: str, client_id: str, family: str | None = None
) -> Artifact:
    artifact = Artifact(
        kind=kind,
        id=f"{kind} {sub} {client_id}",
        expires_at=None,
        client_id=client_id,
        sub=sub,
        family=family,
    )
    lane.store.put(artifact, now=NOW)
    return artifact


@pytest.mark.parametrize("kind", ["authorization_code", "access_token", "refresh_token"])
def test_what_came_of_the_grant_is_gone(lane: Issuer, kind: ArtifactKind) -> None:
    gone, left = put(lane, kind, "a", "x", "f1"), put(lane, kind, "b", "x", "f2")
    revoke_grants(lane, sub="a", client_id="x")
    assert lane.store.get(kind, gone.id, now=NOW) is None
    assert lane.store.get(kind, left.id, now=NOW) == left
    assert is_revoked(lane, gone)  # what is in the making too
    assert not is_revoked(lane, left)


def test_consent_is_forgotten(lane: Issuer) -> None:
    gone, left = put(lane, "consent", "a", "x"), put(lane, "consent", "a", "y")
    revoke_grants(lane, client_id="x")
    assert lane.store.get("consent", gone.id, now=NOW) is None
    assert lane.store.get("consent", left.id, now=NOW) == left


def test_sessions_and_tokens_of_a_client_alone_stay(lane: Issuer) -> None:
    session = put(lane, "session", "a", "", "of a browser")
    told = put(lane, "session_client", "a", "x", "of a browser")
    own = put(lane, "access_token", "x", "x")
    revoke_grants(lane)
    assert lane.store.get("session", session.id, now=NOW) == session
    assert lane.store.get("session_client", told.id, now=NOW) == told
    assert lane.store.get("access_token", own.id, now=NOW) == own
