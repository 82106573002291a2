"""Each module turns red when the provider no longer does what it is there for; and the plans have
as many modules as the suite's.
"""

from __future__ import annotations

import pytest

from fixtures.conformance import MODULES, must_fail
from fixtures.conformance_modules import PLANS
from fixtures.peer import Peer

FIRST = {name: kind for kind, names in [*PLANS.items()][::-1] for name in names}


@pytest.mark.parametrize("name", MODULES)
def test_without_its_rule_a_module_is_red(name: str, peer: Peer) -> None:
    with must_fail():
        MODULES[name].play(FIRST[name], "usual", peer, is_red=True)


def test_the_plans_are_as_long_as_those_of_the_suite() -> None:
    assert {kind: len(names) for kind, names in PLANS.items()} == {
        "code": 38,
        "id_token": 27,
        "id_token token": 31,
        "code id_token": 36,
        "code token": 33,
        "code id_token token": 33,
    }
    assert set(MODULES) == {name for names in PLANS.values() for name in names}
