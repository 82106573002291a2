"""Ids: their looks, and that a seed repeats them."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockidp.ids import Ids, look_problem

LOOKS = [
    pytest.param("guid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id="guid"),
    pytest.param("hex:1", r"[0-9a-f]", id="one digit"),
    pytest.param("hex:31", r"[0-9a-f]{31}", id="an odd number of digits"),
    pytest.param("hex:32", r"[0-9a-f]{32}", id="hex"),
    pytest.param("decimal:1", r"[1-9]", id="one decimal digit is not 0"),
    pytest.param("decimal:6", r"[1-9][0-9]{5}", id="decimal"),
    pytest.param("decimal:1024", r"[1-9][0-9]{1023}", id="the longest"),
    pytest.param("alnum:40", r"[A-Za-z0-9]{40}", id="letters and digits"),
    pytest.param("consonants:8", r"[BCDFGHJKLMNPQRSTVWXZ]{8}", id="letters of no words"),
    pytest.param("token:32", r"[A-Za-z0-9_-]{43}", id="32 bytes are 43 characters"),
    pytest.param("def50200{hex:592}", r"def50200[0-9a-f]{592}", id="a look inside a text"),
    pytest.param("{decimal:2}-{hex:3}", r"[1-9][0-9]-[0-9a-f]{3}", id="two looks in a text"),
    pytest.param("sid={guid}; Path=/", r"sid=[0-9a-f-]{36}; Path=/", id="a look in a header"),
    pytest.param("}{hex:2}{", r"\}[0-9a-f]{2}\{", id="loose braces stay"),
]


@pytest.mark.parametrize(("look", "pattern"), LOOKS)
def test_makes_ids_in_a_look(look: str, pattern: str) -> None:
    for _ in range(20):
        assert re.fullmatch(pattern, Ids().make(look))


def test_guid_is_a_random_uuid_of_rfc_9562() -> None:
    made = uuid.UUID(Ids().guid())
    assert (made.version, made.variant) == (4, uuid.RFC_4122)


@pytest.mark.parametrize(
    "look",
    [
        *("", "uuid", "guid:4", "hex", "hex:", "hex:0", "hex:1025", "hex:-1", "hex:x"),
        *("hex:1.5", "{hex:0}", "a{}b", "{hex:4}{x}", "{guid:1}", "a{ hex:4}"),
        *("reset:1", "make:1", "_seed:1", "GUID", " guid", "hex:" + "9" * 5000, "hex:²"),
    ],
)
def test_refuses_other_looks_and_names_the_valid_ones(look: str) -> None:
    valid = r"valid: guid, hex:N, decimal:N, alnum:N, token:N"
    with pytest.raises(ValueError, match=valid) as caught:
        Ids().make(look)
    assert look_problem(look) in str(caught.value)


@given(st.text(max_size=20))
def test_a_look_without_a_problem_can_be_made(look: str) -> None:
    if not look_problem(look):
        assert Ids(seed=1).make(look)


def everything(ids: Ids) -> list[str]:
    return [ids.token(), ids.hex(9), ids.decimal(9), ids.guid()]


def test_a_seed_repeats_the_sequence_and_reset_starts_it_again() -> None:
    ids = Ids(seed=7)
    first, second = everything(ids), everything(ids)
    assert first != second
    assert everything(Ids(seed=7)) == first
    ids.reset()
    assert everything(ids) == first


def test_seeds_differ_and_no_seed_never_repeats() -> None:
    assert everything(Ids(seed=7)) != everything(Ids(seed=8))
    unseeded = Ids()
    first = everything(unseeded)
    unseeded.reset()
    assert everything(unseeded) != first
