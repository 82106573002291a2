"""Every golden exchange in fixtures/exchanges is what our provider answers."""

from __future__ import annotations

import pytest

from fixtures.exchange_format import Exchange, exchanges_of, profiles_with_exchanges
from fixtures.exchange_player import play
from mockidp.profiles import PROFILES

ALL = [exchange for profile in PROFILES for exchange in exchanges_of(profile)]


@pytest.mark.parametrize("exchange", ALL, ids=[exchange.id for exchange in ALL])
def test_the_provider_answers_as_documented(exchange: Exchange) -> None:
    play(exchange)


def test_every_profile_has_exchanges_and_no_others_have() -> None:
    assert profiles_with_exchanges() == tuple(sorted(PROFILES))
