"""Lists: each thing in them once, and in some of them every choice."""

from __future__ import annotations

from typing import get_origin

import pytest

from mockidp.profiles.build import hints_of, leaves
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


LISTS = {
    path: leaf
    for path, kind, leaf in leaves()
    if get_origin(hints_of(kind)[leaf.name]) is tuple and not leaf.metadata["complete"]
}


@pytest.mark.parametrize("path", LISTS)
def test_no_list_has_a_thing_twice(path: str) -> None:
    evidence = load_profile("openid").evidence
    stated = evidence[path].value if path in evidence else []
    first = (stated or LISTS[path].metadata["choices"] or [_SOME.get(path, "/one")])[0]
    table, _, key = path.partition(".")
    with pytest.raises(ConfigError) as caught:
        load_profile("openid", overlays=[Overlay("keyword", {table: {key: [first, first]}})])
    said = str(caught.value)
    assert said.startswith(f"keyword: {path} = [{first!r}, ")
    assert said.endswith(f": has {first!r} more than once")


#: What an item is where neither the profile nor the schema names one.
_SOME = {"limiter.counts": 400, "routing.serves": "idp.example/"}
