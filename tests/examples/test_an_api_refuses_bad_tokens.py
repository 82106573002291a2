"""How to test an API of your own, which verifies tokens with the provider's published keys."""

from __future__ import annotations

from collections.abc import Callable

import jwt
import pytest

from mockidp import MockIdP


class Api:
    """The API under test."""

    def __init__(self, issuer: str, jwks_url: str) -> None:
        self.issuer = issuer
        self.keys = jwt.PyJWKClient(jwks_url, cache_jwk_set=False)

    def status(self, token: str) -> int:
        try:
            key = self.keys.get_signing_key_from_jwt(token)
            claims = jwt.decode(
                token, key, ["RS256"], audience=self.issuer, issuer=self.issuer,
                options={"require": ["exp", "scope"]},
            )  # fmt: skip
        except jwt.PyJWTError:
            return 401
        return 200 if "read" in claims["scope"].split() else 403


@pytest.fixture
def api(mockidp: MockIdP) -> Api:
    return Api(mockidp.issuer, mockidp.url("jwks"))


@pytest.mark.parametrize(
    ("token", "status"),
    [
        pytest.param(lambda idp: idp.issue_token(), 200, id="good"),
        pytest.param(lambda idp: idp.issue_token(lifetime=-1), 401, id="expired"),
        pytest.param(lambda idp: idp.issue_token(scope="write"), 403, id="another scope"),
        pytest.param(lambda idp: idp.issue_token(claims={"scope": None}), 401, id="no scope"),
        pytest.param(lambda idp: idp.issue_token(claims={"aud": "x"}), 401, id="another API"),
        pytest.param(lambda idp: idp.issue_token()[:-4] + "AAAA", 401, id="bad signature"),
    ],
)
def test_tokens(api: Api, mockidp: MockIdP, token: Callable[[MockIdP], str], status: int) -> None:
    assert api.status(token(mockidp)) == status


def test_a_token_of_another_provider_is_refused(
    api: Api, mockidp_factory: Callable[..., MockIdP]
) -> None:
    assert api.status(mockidp_factory().issue_token()) == 401


def test_keys_are_fetched_again_after_a_rotation(api: Api, mockidp: MockIdP) -> None:
    old = mockidp.issue_token()
    mockidp.rotate_keys(overlap=False)
    assert api.status(mockidp.issue_token()) == 200
    assert api.status(old) == 401
