"""oidcc-hybrid-certification-test-plan: a code, and tokens beside it in the fragment."""

from __future__ import annotations

import pytest

from fixtures.conformance import MODULES
from fixtures.conformance_modules import PLANS
from fixtures.peer import Peer

KINDS = ("code id_token", "code token", "code id_token token")
RUNS = [(kind, name) for kind in KINDS for name in PLANS[kind]]


@pytest.mark.parametrize(("kind", "name"), RUNS, ids=["/".join(run) for run in RUNS])
def test_hybrid(kind: str, name: str, peer: Peer) -> None:
    MODULES[name].play(kind, "usual", peer)
