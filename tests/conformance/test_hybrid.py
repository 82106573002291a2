"""oidcc-hybrid-certification-test-plan: a code, and tokens beside it in the fragment."""

from __future__ import annotations

import pytest

from fixtures.conformance_plans import Run, runs_of
from fixtures.conformance_suite import Suite


@pytest.mark.parametrize("run", runs_of("hybrid"), ids=str)
def test_hybrid(run: Run, suite: Suite) -> None:
    run.module.play(run.variant, suite)
