"""A peer: what a client has on the network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.peer import Peer, a_peer


@pytest.fixture
def peer() -> Iterator[Peer]:
    with a_peer() as peer:
        yield peer
