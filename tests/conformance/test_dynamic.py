"""oidcc-dynamic-certification-test-plan: clients that register themselves, and prove who they are
with a key.
"""

from __future__ import annotations

import pytest

from fixtures.conformance_plans import Run, runs_of
from fixtures.conformance_suite import Suite


@pytest.mark.parametrize("run", runs_of("dynamic"), ids=str)
def test_dynamic(run: Run, suite: Suite) -> None:
    run.module.play(run.variant, suite)
