"""Lanes without a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mockidp.config.layers import Layer
from mockidp.config.settings import resolve
from mockidp.issuer import Issuer


@pytest.fixture
def make_lane() -> Iterator[Callable[..., Issuer]]:
    """Makes lanes with settings as keywords: ``make_lane("openid", limiter_allowed=3)``."""
    made: list[Issuer] = []

    def make(profile: str = "openid", **settings: Any) -> Issuer:
        lane = Issuer(resolve(profile, layers=[Layer("the test", settings)]))
        made.append(lane)
        return lane

    yield make
    for lane in made:
        lane.close()
