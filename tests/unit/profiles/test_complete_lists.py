"""A list that must name every choice once."""

from __future__ import annotations

import pytest

from mockidp.profiles.load import Overlay, load_profile
from mockidp.profiles.problems import ConfigError


def test_the_phases_may_come_in_any_order() -> None:
    overlay = Overlay("keyword", {"token": {"order": ["grant_type", "client"]}})
    loaded = load_profile("openid", overlays=[overlay])
    assert loaded.token.order == ("grant_type", "client")


@pytest.mark.parametrize(
    "order", [[], ["client"], ["client", "client"], ["client", "grant_type", "client"], ["x", 1]]
)
def test_no_phase_may_be_left_out_or_repeated(order: list[object]) -> None:
    overlay = Overlay("keyword", {"token": {"order": order}})
    with pytest.raises(
        ConfigError, match=r"token\.order = .*each of these once: client, grant_type"
    ):
        load_profile("openid", overlays=[overlay])
