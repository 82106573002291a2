"""No fact of a profile can change without a golden exchange failing: the exchanges are complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from fixtures.exchange_format import Exchange, exchanges_of
from fixtures.exchange_match import Mismatch
from fixtures.exchange_player import play
from fixtures.fact_changes import changes_of, is_on_the_wire
from mockidp.profiles import PROFILES
from mockidp.profiles.load import load_profile
from mockidp.profiles.problems import ConfigError

FACTS = [
    (profile, path)
    for profile in PROFILES
    for path in load_profile(profile).evidence
    if is_on_the_wire(path)
]


class Order:
    """Tries first what has noticed changes of the same table before; for speed only."""

    def __init__(self) -> None:
        self._noticed: dict[str, list[str]] = {}

    def of(self, profile: str, table: str) -> list[Exchange]:
        first = self._noticed.get(table, [])
        rank = {name: place for place, name in enumerate(reversed(first))}
        return sorted(
            exchanges_of(profile), key=lambda e: (rank.get(_name(e), len(rank)), len(e.steps))
        )

    def noticed(self, table: str, exchange: Exchange) -> None:
        names = self._noticed.setdefault(table, [])
        if _name(exchange) in names:
            names.remove(_name(exchange))
        names.append(_name(exchange))


def _name(exchange: Exchange) -> str:
    return f"{exchange.topic}/{exchange.name}"


@pytest.fixture(scope="module")
def order() -> Order:
    return Order()


@pytest.mark.parametrize(("profile", "path"), FACTS, ids=["/".join(fact) for fact in FACTS])
def test_a_changed_fact_fails_an_exchange(profile: str, path: str, order: Order) -> None:
    table, _, _ = path.partition(".")
    changes = [*changes_of(profile, path)]
    assert changes, f"the loader takes no other value for {path}"
    for value, tables in changes:
        noticed = next((e for e in order.of(profile, table) if fails(e, tables)), None)
        assert noticed is not None, f"no exchange of {profile} notices {path} = {value!r}"
        order.noticed(table, noticed)


def fails(exchange: Exchange, change: Mapping[str, Any]) -> bool:
    try:
        play(exchange, change=change)
    except Mismatch:
        return True
    except ConfigError:
        return False  # what the exchange sets up does not fit the change: that proves nothing
    return False
