"""Authlib in an application's server: its web integration, which signs users in and out, and its
validators, with which an API checks tokens.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from mockidp import MockIdP
from mockidp.idp.clients import RegisteredClient
from mockidp.testing.callback import Callback

pytest.importorskip("authlib", reason="Authlib is not installed")

from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from authlib.oauth2.rfc6750.errors import InsufficientScopeError, InvalidTokenError
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import KeySet
from jwt import get_unverified_header

from fixtures.authlib_clients import (
    CALLBACK,
    GOODBYE,
    KEYS,
    PATIENCE,
    SECRET,
    authentication,
    discovered,
    register,
)

# joserfc warns of the name that RFC 9864 has replaced, and that providers and clients still use.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")


@pytest.fixture
def metadata(mockidp: MockIdP) -> dict[str, Any]:
    return discovered(mockidp)


# -- a web application ---------------------------------------------------------------------------


class WebApplication:
    """Views of a web application on Starlette that leaves everything to Authlib."""

    def __init__(self, idp: MockIdP, client: RegisteredClient, **options: Any) -> None:
        registry = OAuth()
        registry.register(
            "provider",
            client_id=client.client_id,
            server_metadata_url=idp.url("discovery"),
            **options,
        )
        self.provider = registry.provider
        self.session: dict[str, Any] = {}

    async def sign_in(self, **asked: str) -> str:
        answer = await self.provider.authorize_redirect(self._request(), CALLBACK, **asked)
        return str(answer.headers["location"])

    async def come_back(self, callback: Callback) -> dict[str, Any]:
        return dict(await self.provider.authorize_access_token(self._request(callback)))

    async def sign_out(self, id_token: str) -> str:
        answer = await self.provider.logout_redirect(
            self._request(), GOODBYE, id_token_hint=id_token
        )
        return str(answer.headers["location"])

    async def signed_out(self, callback: Callback | None) -> dict[str, Any]:
        assert callback is not None
        return dict(await self.provider.validate_logout_response(self._request(callback)))

    def _request(self, callback: Callback | None = None) -> Any:
        """What the browser asks of a view, at the address to which the provider sent it."""
        from starlette.requests import Request

        query = "" if callback is None else urlsplit(callback).query
        form = urlencode((callback is not None and callback.data) or {}).encode()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": form, "more_body": False}

        scope = {
            "type": "http",
            "method": "GET" if callback is None else callback.method,
            "path": "/cb",
            "query_string": query.encode(),
            "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
            "session": self.session,
        }
        return Request(scope, receive)


WEB_APPLICATIONS: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "as it comes": ("client_secret_basic", {}, {}),
    "PKCE": ("client_secret_basic", {"code_challenge_method": "S256"}, {}),
    "public": ("none", {"code_challenge_method": "S256"}, {}),
    "secret in the body": (
        "client_secret_post",
        {"token_endpoint_auth_method": "client_secret_post"},
        {},
    ),
    "form_post": ("client_secret_basic", {}, {"response_mode": "form_post"}),
    "max_age": ("client_secret_basic", {}, {"max_age": "60"}),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", WEB_APPLICATIONS)
async def test_web_application_signs_its_user_in_and_out(mockidp: MockIdP, kind: str) -> None:
    method, options, asked = WEB_APPLICATIONS[kind]
    client = register(mockidp, method, post_logout_redirect_uris=[GOODBYE])
    told, _ = authentication(client, method, {})
    application = WebApplication(
        mockidp,
        client,
        client_secret=told["client_secret"],
        client_kwargs={"scope": "openid profile", **options},
    )
    callback = await mockidp.robot.alogin(await application.sign_in(**asked), user="alice")
    assert callback.method == ("POST" if "response_mode" in asked else "GET")
    tokens = await application.come_back(callback)
    user = tokens["userinfo"]
    assert (user["iss"], user["aud"]) == (mockidp.issuer, client.client_id)
    assert (await application.provider.userinfo(token=tokens))["name"] == "Alice Example"

    url = await application.sign_out(tokens["id_token"])
    goodbye = mockidp.robot.logout(url)
    state = await application.signed_out(goodbye.callback)
    assert state == {"post_logout_redirect_uri": GOODBYE}
    # Nobody is signed in any more.
    callback = await mockidp.robot.alogin(await application.sign_in(prompt="none"), user=None)
    assert callback.error == "login_required"


@pytest.mark.asyncio
@pytest.mark.parametrize("alg", KEYS)
async def test_web_application_takes_an_id_token_of_every_algorithm(
    mockidp: MockIdP, alg: str
) -> None:
    client = register(mockidp, id_token_signed_response_alg=alg)
    application = WebApplication(
        mockidp, client, client_secret=SECRET, client_kwargs={"scope": "openid"}
    )
    callback = await mockidp.robot.alogin(await application.sign_in(), user="alice")
    tokens = await application.come_back(callback)
    assert tokens["userinfo"]["sub"] == mockidp.user.sub
    assert get_unverified_header(tokens["id_token"])["alg"] == alg


@pytest.mark.asyncio
@pytest.mark.parametrize("overlap", [True, False], ids=["overlap", "no overlap"])
async def test_web_application_fetches_the_keys_again_after_a_rotation(
    mockidp: MockIdP, overlap: bool
) -> None:
    client = register(mockidp)
    application = WebApplication(
        mockidp, client, client_secret=SECRET, client_kwargs={"scope": "openid profile"}
    )

    async def sign_in() -> None:
        callback = await mockidp.robot.alogin(await application.sign_in(), user="alice")
        assert (await application.come_back(callback))["userinfo"]["sub"] == mockidp.user.sub

    await sign_in()
    await sign_in()
    mockidp.journal.assert_called("jwks", times=1)
    mockidp.rotate_keys(overlap=overlap)
    await sign_in()
    mockidp.journal.assert_called("jwks", times=2)


@pytest.mark.asyncio
async def test_web_application_is_told_that_its_user_said_no(mockidp: MockIdP) -> None:
    application = WebApplication(
        mockidp, register(mockidp), client_secret=SECRET, client_kwargs={"scope": "openid"}
    )
    for page in ("consent", "login"):
        mockidp.robot.forget()
        callback = await mockidp.robot.alogin(
            await application.sign_in(), "alice", deny=page == "consent", cancel=page == "login"
        )
        with pytest.raises(OAuthError) as refused:
            await application.come_back(callback)
        assert refused.value.error == "access_denied"
    mockidp.journal.assert_not_called("token")


@pytest.mark.asyncio
async def test_web_application_proves_with_a_key_who_it_is(mockidp: MockIdP) -> None:
    method = "private_key_jwt ES256"
    client = register(mockidp, method)
    told, added = authentication(client, method, discovered(mockidp))
    application = WebApplication(
        mockidp,
        client,
        client_secret=told["client_secret"],
        client_auth_methods=[added],
        client_kwargs={"scope": "openid", "token_endpoint_auth_method": "private_key_jwt"},
    )
    callback = await mockidp.robot.alogin(await application.sign_in(), user="bob")
    assert (await application.come_back(callback))["userinfo"]["aud"] == client.client_id


# -- an API --------------------------------------------------------------------------------------


def test_an_api_checks_access_tokens_by_the_published_keys(
    mockidp: MockIdP, metadata: dict[str, Any]
) -> None:
    """RFC 9068, section 4."""
    import requests

    class Validator(JWTBearerTokenValidator):  # type: ignore[misc]
        def get_jwks(self) -> Any:
            answer = requests.get(metadata["jwks_uri"], timeout=PATIENCE)
            return KeySet.import_key_set(answer.json())

    validator = Validator(issuer=mockidp.issuer, resource_server=mockidp.issuer)
    token = mockidp.issue_token(user="alice", scope="read")
    claims = validator.authenticate_token(token)
    assert (claims["sub"], claims["client_id"]) == (mockidp.user.sub, mockidp.client.client_id)
    validator.validate_token(claims, ["read"], None)
    with pytest.raises(InsufficientScopeError):
        validator.validate_token(claims, ["write"], None)
    expired = validator.authenticate_token(mockidp.issue_token(lifetime=-60))
    with pytest.raises(InvalidTokenError):
        validator.validate_token(expired, [], None)
    elsewhere = Validator(issuer=mockidp.issuer, resource_server="https://other.example")
    with pytest.raises(InvalidTokenError):
        elsewhere.validate_token(elsewhere.authenticate_token(token), ["read"], None)


def test_an_api_checks_access_tokens_by_introspection(
    mockidp: MockIdP, metadata: dict[str, Any]
) -> None:
    import requests

    class Validator(IntrospectTokenValidator):  # type: ignore[misc]
        def introspect_token(self, token_string: str) -> Any:
            answer = requests.post(
                metadata["introspection_endpoint"],
                data={"token": token_string},
                auth=mockidp.client.auth,
                timeout=PATIENCE,
            )
            answer.raise_for_status()
            return answer.json()

    validator = Validator()
    token = mockidp.issue_token(user="alice", scope="read")
    validator.validate_token(validator.authenticate_token(token), ["read"], None)
    with pytest.raises(InsufficientScopeError):
        validator.validate_token(validator.authenticate_token(token), ["write"], None)
    mockidp.revoke("alice")
    with pytest.raises(InvalidTokenError):
        validator.validate_token(validator.authenticate_token(token), ["read"], None)
