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


@pytest.mark.parametrize("case", ["", "bad_code_challenge", "missing_code_verifier"])
def test_a_malformed_request_has_the_general_words_where_there_are_no_finer(
    make_lane: Make, case: str
) -> None:
    general = {"malformed_request": {"description": "general"}}
    lane = make_lane(errors={"cases": general})
    malformed = OAuthError("invalid_request", hint="", case=case)
    assert wording(lane.profile, malformed).description == "general"
    other = OAuthError("invalid_grant", hint="", case=case)
    assert wording(lane.profile, other).description != "general"


def test_finer_words_win_over_the_general_ones(make_lane: Make) -> None:
    said = {name: {"description": name} for name in ("malformed_request", "bad_code_verifier")}
    lane = make_lane(errors={"cases": said})
    error = OAuthError("invalid_request", hint="", case="missing_code_verifier")
    assert wording(lane.profile, error).description == "bad_code_verifier"
