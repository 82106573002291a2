"""oidcc-{rp-initiated-logout,frontchannel-rp-initiated-logout,backchannel-rp-initiated-logout}-
certification-test-plan, and what oidcc-session-management-certification-test-plan asks of the
metadata.
"""

from __future__ import annotations

import pytest

from fixtures.conformance_plans import Run, runs_of
from fixtures.conformance_suite import Suite


@pytest.mark.parametrize("run", runs_of("rp-initiated-logout"), ids=str)
def test_rp_initiated(run: Run, suite: Suite) -> None:
    run.module.play(run.variant, suite)


@pytest.mark.parametrize("run", runs_of("session-management"), ids=str)
def test_session_management(run: Run, suite: Suite) -> None:
    run.module.play(run.variant, suite)


@pytest.mark.parametrize("run", runs_of("frontchannel-rp-initiated-logout"), ids=str)
def test_frontchannel(run: Run, suite: Suite) -> None:
    run.module.play(run.variant, suite)


@pytest.mark.parametrize("run", runs_of("backchannel-rp-initiated-logout"), ids=str)
def test_backchannel(run: Run, suite: Suite) -> None:
    run.module.play(run.variant, suite)
