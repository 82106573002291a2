"""oidcc-formpost-{basic,implicit,hybrid}-certification-test-plan: the same, in a form that posts
itself.
"""

from __future__ import annotations

import pytest

from fixtures.conformance_plans import Run, runs_of
from fixtures.conformance_suite import Suite


@pytest.mark.parametrize(
    "run", runs_of("formpost-basic", "formpost-implicit", "formpost-hybrid"), ids=str
)
def test_formpost(run: Run, suite: Suite) -> None:
    run.module.play(run.variant, suite)
