"""ProZ.com under its real addresses, and an application that is registered there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.proz_application import CALLBACK, ProzApplication
from mockidp import MockIdP


@pytest.fixture
def proz(mockidp_proz: MockIdP) -> Iterator[MockIdP]:
    mockidp_proz.client.update(redirect_uris=[CALLBACK])
    with mockidp_proz.intercept(block_other_hosts=True):
        yield mockidp_proz


@pytest.fixture
def application(proz: MockIdP) -> ProzApplication:
    return ProzApplication.of(proz)
