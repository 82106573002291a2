"""oidcc-formpost-{basic,implicit,hybrid}-certification-test-plan: the same, in a form that posts
itself.
"""

from __future__ import annotations

import pytest

from fixtures.conformance import MODULES
from fixtures.conformance_modules import PLANS
from fixtures.peer import Peer

RUNS = [(kind, name) for kind, names in PLANS.items() for name in names]


@pytest.mark.parametrize(("kind", "name"), RUNS, ids=["/".join(run) for run in RUNS])
def test_formpost(kind: str, name: str, peer: Peer) -> None:
    MODULES[name].play(kind, "form_post", peer)
