"""One fact of a built-in profile, read without building the rest."""

from __future__ import annotations

import pytest

from mockidp.profiles import PROFILES
from mockidp.profiles.load import load_profile, stated


@pytest.mark.parametrize("name", PROFILES)
def test_it_is_what_the_whole_profile_says(name: str) -> None:
    profile = load_profile(name)
    assert stated(name, "routing.system") == profile.routing.system
    assert stated(name, "token.path") == profile.token.path


@pytest.mark.parametrize("name", ["openid", "nobody"])
def test_what_nobody_states_is_none(name: str) -> None:
    assert stated(name, "no.fact") is None
