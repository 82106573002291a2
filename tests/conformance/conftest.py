"""A server of the suite, for what the provider has to fetch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.peer import Peer, a_peer


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with a_peer() as peer:
        yield peer
