"""The id_token (004_b2b9f8c7614bddb6.txt, OpenID Connect): in the query, or in the fragment as
OpenID Connect Core 1.0, 3.3.2.5 has it.
"""

from __future__ import annotations

from collections.abc import Callable

import jwt
import pytest

from fixtures.proz_application import ProzApplication
from mockidp import MockIdP

FRAGMENT = {"default_modes": {"code id_token": "fragment"}}


@pytest.mark.parametrize(
    ("settings", "separator"),
    [pytest.param({}, "?", id="query"), pytest.param({"authorize": FRAGMENT}, "#", id="fragment")],
)
def test_the_id_token_is_beside_the_code(
    mockidp_factory: Callable[..., MockIdP], settings: dict[str, object], separator: str
) -> None:
    proz = mockidp_factory("proz", **settings)
    proz.client.update(redirect_uris=["https://app.example/cb"])
    application = ProzApplication.of(proz)
    asked = application.link(response_type="code id_token", scope="openid", nonce="645125488")
    callback = proz.robot.login(asked, user="alice")
    assert callback.startswith(f"https://app.example/cb{separator}code=")

    # The keys are ours, at an address of ours: the real provider publishes none.
    (key,) = jwt.PyJWKSet.from_dict(proz.jwks()).keys
    claims = jwt.decode(
        callback.params["id_token"],
        key,
        algorithms=["RS256"],
        audience=application.client_id,
        issuer="https://www.proz.com",
    )
    assert [*claims] == ["iss", "sub", "aud", "iat", "exp", "auth_time", "nonce"]
    assert (claims["sub"], claims["nonce"]) == (proz.user.sub, "645125488")
    assert claims["exp"] - claims["iat"] == 3600


def test_the_sub_is_the_uuid_of_the_api(proz: MockIdP, application: ProzApplication) -> None:
    asked = application.link(response_type="code id_token", scope="openid public")
    callback = proz.robot.login(asked, user="bob")
    assert callback.code is not None
    id_token = callback.params["id_token"]
    sub = jwt.decode(id_token, options={"verify_signature": False})["sub"]
    token = application.redeem(callback.code).json()["access_token"]
    assert application.call(token).json()["uuid"] == sub
