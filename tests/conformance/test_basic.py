"""oidcc-basic-certification-test-plan: codes, with a client that registers itself."""

from __future__ import annotations

import pytest

from fixtures.conformance import MODULES
from fixtures.conformance_modules import PLANS
from fixtures.peer import Peer


@pytest.mark.parametrize("name", PLANS["code"])
def test_basic(name: str, peer: Peer) -> None:
    MODULES[name].play("code", "usual", peer)
