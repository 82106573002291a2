"""oidcc-basic-certification-test-plan: codes."""

from __future__ import annotations

import pytest

from fixtures.conformance_plans import Run, runs_of
from fixtures.conformance_suite import Suite


@pytest.mark.parametrize("run", runs_of("basic"), ids=str)
def test_basic(run: Run, suite: Suite) -> None:
    run.module.play(run.variant, suite)
