"""A provider in process, with nobody listening."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockidp import MockIdP


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    idp = MockIdP("openid", config={})
    yield idp
    assert idp.journal.failures == []
    idp.close()
