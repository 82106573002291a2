"""Userinfo as a JWT, where the client has asked for it (OpenID Connect Core 1.0, 5.3.2)."""

from __future__ import annotations

import jwt
import pytest

from fixtures.application import ALICE, APP, Application, an_application
from fixtures.browser import Browser
from mockidp import MockIdP
from mockidp.profiles.problems import ConfigError


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_answer_is_signed_as_the_client_chose(alg: str, method: str) -> None:
    with an_application(clients=[{**APP, "userinfo_signed_response_alg": alg}]) as app:
        tokens = app.tokens(Browser(app.idp.app, app.idp.issuer), scope="openid email")
        reply = app.userinfo(tokens["access_token"], method)
        assert dict(reply.headers)["content-type"] == "application/jwt"
        header = jwt.get_unverified_header(reply.body.decode())
        keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(app.idp.jwks()).keys}
        issuer, audience = app.idp.issuer, app.client.client_id
        claims = jwt.decode(
            reply.body.decode(),
            keys[header["kid"]],
            algorithms=[alg],
            issuer=issuer,
            audience=audience,
        )
        assert claims == {
            "iss": issuer,
            "aud": audience,
            "sub": ALICE["sub"],
            "email": "alice@example.com",
            "email_verified": True,
        }


def test_it_is_no_access_token(app: Application, browser: Browser) -> None:
    app.client.update(userinfo_signed_response_alg="RS256")
    signed = app.userinfo(app.tokens(browser)["access_token"]).body.decode()
    assert app.userinfo(signed).status == 401
    assert app.api(signed) == 401


def test_refusals_are_not_signed(app: Application) -> None:
    app.client.update(userinfo_signed_response_alg="RS256")
    reply = app.userinfo("elsewhere")
    assert reply.status == 401
    assert dict(reply.headers)["content-type"] == "application/json"


@pytest.mark.parametrize("alg", ["none", "HS256", "RS512"])
def test_other_algorithms_are_not_offered(alg: str) -> None:
    with pytest.raises(ConfigError, match="this provider offers: RS256, PS256, ES256, EdDSA"):
        MockIdP("openid", config={}, clients=[{**APP, "userinfo_signed_response_alg": alg}])
