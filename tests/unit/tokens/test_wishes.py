"""What a request asks of the claims, on its way through codes and tokens (OpenID Connect Core 1.0,
5.5).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockidp.tokens.wishes import NO_WISHES, Wishes, fits, wishes_in

ALL = Wishes(
    id_token={"acr": {"essential": True, "values": ["1"]}, "amr": None},
    userinfo={"name": None},
    locales=("et", "fi"),
    acr="1",
)


@pytest.mark.parametrize(
    "wishes", [ALL, Wishes(acr="2"), Wishes(locales=("et",)), NO_WISHES], ids=["0", "1", "2", "3"]
)
def test_they_survive_a_store_that_writes_json(wishes: Wishes) -> None:
    assert wishes_in(json.loads(json.dumps(wishes.to_data()))) == wishes


def test_no_wishes_take_no_room() -> None:
    assert NO_WISHES.to_data() == {}
    assert wishes_in({"wishes": 1}) == wishes_in({}) == NO_WISHES


@pytest.mark.parametrize(
    ("asked", "is_good"),
    [
        (None, True),
        ({}, True),
        ({"essential": True}, True),
        ({"value": "a"}, True),
        ({"value": "b"}, False),
        ({"value": None}, False),
        ({"values": ["b", "a"]}, True),
        ({"values": []}, False),
        ({"value": "a", "values": ["b"]}, False),
        ({"values": None}, True),
    ],
)
def test_what_a_claim_is_asked_to_be(asked: Any, is_good: bool) -> None:
    assert fits("a", asked) is is_good
