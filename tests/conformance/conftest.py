"""What the runs of the conformance suite have in common."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.conformance_suite import Suite, a_suite


@pytest.fixture(scope="session")
def suite() -> Iterator[Suite]:
    with a_suite() as suite:
        yield suite
