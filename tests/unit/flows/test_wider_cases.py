"""A case without words of its own is worded like the wider one that it belongs to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mockidp.flows.wording import wording
from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.names import ERROR_CASES, WIDER_CASES

Make = Callable[..., Issuer]


@pytest.mark.parametrize(("finer", "wider"), WIDER_CASES.items())
def test_the_words_of_the_wider_case_stand_in(make_lane: Make, finer: str, wider: str) -> None:
    error = OAuthError("invalid_request", hint="", case=finer)
    lane = make_lane(errors={"cases": {wider: {"description": "wider"}}})
    assert wording(lane.profile, error).description == "wider"
    both = {wider: {"description": "wider"}, finer: {"description": "finer"}}
    lane = make_lane(errors={"cases": both})
    assert wording(lane.profile, error).description == "finer"


def test_the_cases_are_known() -> None:
    assert {*WIDER_CASES, *WIDER_CASES.values()} <= set(ERROR_CASES)
