"""oidcc-implicit-certification-test-plan: tokens in the fragment."""

from __future__ import annotations

import pytest

from fixtures.conformance_plans import Run, runs_of
from fixtures.conformance_suite import Suite


@pytest.mark.parametrize("run", runs_of("implicit"), ids=str)
def test_implicit(run: Run, suite: Suite) -> None:
    run.module.play(run.variant, suite)
