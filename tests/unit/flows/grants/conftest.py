"""Token requests without HTTP, and what they may be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from fixtures.application import ALICE, APP, BOB, CALLBACK
from mockidp.flows.grant import TokenRequest
from mockidp.flows.token import answer_token_request
from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.params import Params
from mockidp.tokens.handles import Granted, mint_code, mint_refresh_token
from mockidp.tokens.mint import mint_access_token

NOW = 1_700_000_000
#: One of the lane, so that its tokens are good at its API.
ISSUER = "https://mockidp.example"


class Provider:
    """A lane with the clients ``app`` and ``other``."""

    def __init__(self, lane: Issuer) -> None:
        self.lane = lane
        lane.clock.freeze(at=NOW)

    def ask(self, grant_type: str, **given: str | None) -> Mapping[str, Any]:
        form = {"client_id": "app", "client_secret": APP["client_secret"], **given}
        sent = {name: str(value) for name, value in form.items() if value is not None}
        params = Params.of({"grant_type": grant_type, **sent})
        request = TokenRequest(params=params, issuer=ISSUER)
        return answer_token_request(self.lane, request)

    def refused(self, grant_type: str, **given: str | None) -> OAuthError:
        with pytest.raises(OAuthError) as caught:
            self.ask(grant_type, **given)
        assert caught.value.hint
        assert caught.value.cites
        return caught.value

    def code(self, *scopes: str, family: str = "f", **data: Any) -> str:
        given = {"auth_time": NOW - 5, "redirect_uri": CALLBACK, **data}
        return mint_code(
            self.lane,
            Granted(
                client_id="app",
                subject=str(ALICE["sub"]),
                scopes=scopes or ("openid", "offline_access"),
                family=family,
                data={name: value for name, value in given.items() if value is not None},
            ),
        )

    def refresh_token(self, *scopes: str, family: str = "f", **data: Any) -> str:
        minted = mint_access_token(
            self.lane,
            client=self.lane.clients.default,
            subject=str(ALICE["sub"]),
            scopes=scopes,
            issuer=ISSUER,
            family=family,
        )
        return mint_refresh_token(
            self.lane,
            Granted(
                client_id="app",
                subject=str(ALICE["sub"]),
                scopes=scopes or ("openid", "offline_access", "read"),
                family=family,
                data={"access_token": minted.record_id, "auth_time": NOW - 5, **data},
            ),
        )


@pytest.fixture
def make_provider(make_lane: Callable[..., Issuer]) -> Callable[..., Provider]:
    def make(**settings: Any) -> Provider:
        other = {**APP, "client_id": "other"}
        given = {"clients": [APP, other], "users": [ALICE, BOB], **settings}
        return Provider(make_lane("openid", **given))

    return make


@pytest.fixture
def provider(make_provider: Callable[..., Provider]) -> Provider:
    return make_provider()
