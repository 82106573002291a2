"""Userinfo as a JWT, where the client has asked for it (OpenID Connect Core 1.0, 5.3.2)."""

from __future__ import annotations

import json

import jwt
import pytest

from fixtures.application import ALICE, APP, CALLBACK, Application, an_application
from fixtures.asgi import call
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


def test_without_a_signature_only_where_the_provider_lets_it() -> None:
    client = {**APP, "userinfo_signed_response_alg": "none"}
    with an_application(clients=[client], signing_userinfo=["RS256", "none"]) as app:
        tokens = app.tokens(Browser(app.idp.app, app.idp.issuer), scope="openid email")
        reply = app.userinfo(tokens["access_token"])
        assert dict(reply.headers)["content-type"] == "application/jwt"
        text = reply.body.decode()
        assert jwt.get_unverified_header(text)["alg"] == "none"
        assert text.endswith(".")
        claims = jwt.decode(text, options={"verify_signature": False})
        assert claims["iss"] == app.idp.issuer
        assert (claims["sub"], claims["email"]) == (ALICE["sub"], "alice@example.com")
        assert "none" in app.idp.metadata()["userinfo_signing_alg_values_supported"]
        assert app.userinfo(text).status == 401


def test_a_client_registers_for_it_where_it_is_offered() -> None:
    metadata = {"redirect_uris": [CALLBACK], "userinfo_signed_response_alg": "none"}
    for offered, status in ((["RS256", "none"], 201), (["RS256"], 400)):
        with an_application(signing_userinfo=offered) as app:
            reply = call(
                app.idp.app,
                "POST",
                f"{app.home}/register",
                headers=[("content-type", "application/json")],
                body=json.dumps(metadata).encode(),
            )
            assert reply.status == status, reply.body
            assert [*offered] == app.idp.metadata()["userinfo_signing_alg_values_supported"]
