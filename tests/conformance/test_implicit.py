"""oidcc-implicit-certification-test-plan: tokens in the fragment."""

from __future__ import annotations

import pytest

from fixtures.conformance import MODULES
from fixtures.conformance_modules import PLANS
from fixtures.peer import Peer

RUNS = [(kind, name) for kind in ("id_token", "id_token token") for name in PLANS[kind]]


@pytest.mark.parametrize(("kind", "name"), RUNS, ids=["/".join(run) for run in RUNS])
def test_implicit(kind: str, name: str, peer: Peer) -> None:
    MODULES[name].play(kind, "usual", peer)
