"""Authorization requests without HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fixtures.application import ALICE, APP, BOB, CALLBACK
from mockidp.flows.authorize.pipeline import check
from mockidp.flows.authorize.request import Authorization
from mockidp.issuer import Issuer
from mockidp.oauth.params import Params

NOW = 1_700_000_000
TRY_OUT = "https://idp.test/_mockidp/callback"

Ask = Callable[..., Authorization]


@pytest.fixture
def lane(make_lane: Callable[..., Issuer]) -> Issuer:
    lane = make_lane("openid", clients=[APP], users=[ALICE, BOB])
    lane.clock.freeze(at=NOW)
    return lane


@pytest.fixture
def ask() -> Ask:
    """Checks a good request with some changes: ``ask(lane, scope="openid")``."""

    def ask(lane: Issuer, *repeated: tuple[str, str], **changes: str | None) -> Authorization:
        given: dict[str, Any] = {
            "response_type": "code",
            "client_id": "app",
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": "st",
            **changes,
        }
        pairs = [(name, value) for name, value in given.items() if value is not None]
        params = Params([*pairs, *repeated])
        if lane.profile.token.repeated == "last":
            params = params.last_wins()
        return check(
            lane, Authorization(params=params, issuer="https://idp.test", try_out_uri=TRY_OUT)
        )

    return ask
