"""``snapshot``, ``restore`` and ``reset``: everything a test can move goes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mockidp import MockIdP
from mockidp.control.outgoing import NeedsDocument
from mockidp.idp.state import State

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    with MockIdP(limiter={"allowed": 2, "counts": [401], "key": ["client_id"]}, seed=1) as idp:
        yield idp


def _trip(idp: MockIdP, ask: Ask) -> None:
    for _ in range(3):
        ask(idp, client_secret="wrong")


#: What changes one part, and how to see whether it is changed.
CHANGES: dict[str, tuple[Callable[[MockIdP, Ask], object], Callable[[MockIdP, Ask], object]]] = {
    "clock": (lambda i, a: i.clock.freeze(5), lambda i, a: i.clock.now() == 5),
    "keys": (lambda i, a: i.rotate_keys(overlap=False), lambda i, a: i.jwks()),
    "secret": (lambda i, a: i.client.rotate_secret(), lambda i, a: i.client.client_secret),
    "clients": (lambda i, a: i.add_client(client_id="c"), lambda i, a: i._lane.clients.get("c")),
    "users": (lambda i, a: i.add_user("carol"), lambda i, a: i._lane.users.get("carol")),
    "limits": (_trip, lambda i, a: a(i)[0]),
    "wrong_codes": (
        lambda i, a: i._lane.wrong_codes.count(b"somebody"),
        lambda i, a: i._lane.wrong_codes.remaining(b"somebody"),
    ),
    "faults": (lambda i, a: i.faults.next("token", status=503), lambda i, a: i.faults.pending),
    "script": (lambda i, a: i.next_token(lifetime=5), lambda i, a: a(i)[1]["expires_in"]),
    "api": (
        lambda i, a: i.api.respond("GET", "/api", json=1),
        lambda i, a: i._lane.api.find("GET", "/api"),
    ),
    "documents": (
        lambda i, a: i._lane.documents.keep(NeedsDocument("https://app.example/jwks"), b"{}"),
        lambda i, a: i._lane.documents.snapshot(),
    ),
}


@pytest.mark.parametrize("way", ["restore", "reset"])
@pytest.mark.parametrize("part", CHANGES)
def test_a_change_goes_back(idp: MockIdP, ask: Ask, part: str, way: str) -> None:
    change, look = CHANGES[part]
    before = look(idp, ask)
    state = idp.snapshot()
    change(idp, ask)
    if part != "script":  # looking at it would use it up
        assert look(idp, ask) != before
    if way == "restore":
        idp.restore(state)
    else:
        idp.reset()
    assert look(idp, ask) == before


def test_the_changes_cover_every_part() -> None:
    assert {"store", *CHANGES} - {"secret"} == set(State.__dataclass_fields__)


def test_the_script_is_seen_where_it_is_not_put_back(idp: MockIdP, ask: Ask) -> None:
    """So that the test above can fail for the script."""
    state = idp.snapshot()
    idp.next_token(lifetime=5)
    kept = idp.snapshot()
    idp.restore(state)
    idp.restore(kept)
    assert ask(idp)[1]["expires_in"] == 5


def test_the_store_goes_back(idp: MockIdP) -> None:
    from mockidp.model.artifact import Artifact

    state = idp.snapshot()
    code = Artifact(kind="authorization_code", id="code", expires_at=None)
    idp._lane.store.put(code, now=0)
    idp.restore(state)
    assert idp._lane.store.get("authorization_code", "code", now=0) is None


def test_restore_keeps_the_journal_and_reset_clears_it(idp: MockIdP, ask: Ask) -> None:
    state = idp.snapshot()
    ask(idp)
    idp.restore(state)
    assert len(idp.journal) == 1
    idp.reset()
    assert len(idp.journal) == 0


def test_reset_begins_a_seeded_sequence_again(idp: MockIdP) -> None:
    first = idp.client.rotate_secret()
    second = idp.client.rotate_secret()
    assert first != second
    idp.reset()
    assert idp.client.rotate_secret() == first


def test_a_snapshot_can_be_restored_any_number_of_times(idp: MockIdP, ask: Ask) -> None:
    idp.faults.next("token", status=503, times=2)
    state = idp.snapshot()
    for _ in range(2):
        assert [ask(idp)[0] for _ in range(3)] == [503, 503, 200]
        idp.restore(state)
