"""oidcc-3rdparty-init-login-certification-test-plan: a third party may begin a login."""

from __future__ import annotations

import pytest

from fixtures.conformance_plans import Run, runs_of
from fixtures.conformance_suite import Suite


@pytest.mark.parametrize("run", runs_of("3rdparty-init-login"), ids=str)
def test_third_party_login(run: Run, suite: Suite) -> None:
    run.module.play(run.variant, suite)
