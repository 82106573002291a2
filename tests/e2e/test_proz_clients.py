"""requests-oauthlib and Authlib against ProZ.com's real addresses, and against the generic provider
with PKCE and an ID token that is verified.

The user is the robot, on our pages; the addresses are intercepted, so certificates are verified and
nothing is told of a mock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fixtures.oauth_clients import OAUTH_CLIENTS, OAuthClient, Registration

if TYPE_CHECKING:
    from mockidp import MockIdP

AUTHORIZE = "https://www.proz.com/oauth/authorize"
TOKEN = "https://www.proz.com/oauth/token"
USER = "https://api.proz.com/v2/user"
MEMBERS = ["access_token", "expires_in", "token_type", "scope", "refresh_token"]
CALLBACK = "https://app.example/cb"
CLIENT_ID, CLIENT_SECRET = "app", "secret-of-the-app"
APP = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uris": [CALLBACK]}
DISCOVERY = "/.well-known/openid-configuration"

Connect = Callable[..., OAuthClient]
every_library = pytest.mark.parametrize("library", OAUTH_CLIENTS)


@pytest.fixture(autouse=True)
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    # oauthlib then refuses an address that is not https://.
    monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT", raising=False)
    monkeypatch.delenv("AUTHLIB_INSECURE_TRANSPORT", raising=False)


@pytest.fixture
def mockidp_config() -> dict[str, Any]:
    return {"clients": [APP]}


@pytest.fixture
def connect(mockidp_intercepted: MockIdP) -> Iterator[Connect]:
    """``connect("Authlib, httpx", scope="public")``: an application of the provider's that is
    intercepted.
    """
    pytest.importorskip("requests_oauthlib", reason="requests_oauthlib is not installed")
    pytest.importorskip("authlib", reason="authlib is not installed")
    made: list[OAuthClient] = []

    def make(library: str, **further: Any) -> OAuthClient:
        asked = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uri": CALLBACK,
            "authorize": AUTHORIZE,
            "token": TOKEN,
        }
        made.append(OAUTH_CLIENTS[library](Registration(**{**asked, **further})))
        return made[-1]

    yield make
    for client in made:
        client.close()


# -- ProZ.com ------------------------------------------------------------------------------------


@every_library
@pytest.mark.mockidp("proz")
def test_proz_code_call_and_refresh(
    mockidp_intercepted: MockIdP, connect: Connect, library: str
) -> None:
    idp = mockidp_intercepted
    client = connect(library, scope="public user.email")
    callback = idp.robot.login(client.send_away(), user="alice")
    assert callback.redirect_uri == CALLBACK
    first = client.come_back(callback)
    assert [name for name in first if name != "expires_at"] == MEMBERS
    assert re.fullmatch("[0-9a-f]{40}", first["access_token"])
    assert first["expires_in"] == 1209600
    status, alice = client.get(USER)
    assert (status, alice["email"]) == (200, "alice@example.com")
    assert alice["contact_info"]["first_name"] is None, "its scope was not asked for"

    idp.clock.advance(days=14)
    assert client.get(USER) == (
        401,
        {"error": "expired_token", "error_description": "The access token provided has expired"},
    )
    second = client.refresh(first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert client.get(USER)[0] == 200
    with pytest.raises(client.Refused) as refused:
        client.refresh(first["refresh_token"])
    assert error_of(refused) == "invalid_grant"


@every_library
@pytest.mark.mockidp("proz")
def test_proz_client_credentials(connect: Connect, library: str) -> None:
    client = connect(library)
    tokens = client.fetch_own()
    assert [name for name in tokens if name != "expires_at"] == MEMBERS[:-1]
    assert scopes_of(tokens) == ["public"]
    status, refused = client.get(USER)
    assert (status, refused["error"]) == (403, "insufficient_scope")


@every_library
@pytest.mark.mockidp("proz")
def test_proz_refuses_a_code_after_30_seconds(
    mockidp_intercepted: MockIdP, connect: Connect, library: str
) -> None:
    client = connect(library)
    callback = mockidp_intercepted.robot.login(client.send_away(), user="alice")
    mockidp_intercepted.clock.advance(seconds=30)
    with pytest.raises(client.Refused) as refused:
        client.come_back(callback)
    assert error_of(refused) == "invalid_grant"
    assert "code" in mockidp_intercepted.journal.last.hint


@every_library
@pytest.mark.mockidp("proz")
def test_proz_refuses_a_wrong_secret(connect: Connect, library: str) -> None:
    client = connect(library, client_secret="not-the-secret")
    with pytest.raises(client.Refused) as refused:
        client.fetch_own()
    assert error_of(refused) == "invalid_client"


@pytest.mark.mockidp("proz")
def test_proz_user_says_no(mockidp_intercepted: MockIdP, connect: Connect) -> None:
    """Authlib's sessions do not look for an error there; its web integration, below, does."""
    client = connect("requests-oauthlib")
    callback = mockidp_intercepted.robot.login(client.send_away(), user="alice", deny=True)
    with pytest.raises(client.Refused) as refused:
        client.come_back(callback)
    assert error_of(refused) == "access_denied"


@every_library
@pytest.mark.mockidp("proz", auto_login="bob")
def test_proz_without_a_page(mockidp_intercepted: MockIdP, connect: Connect, library: str) -> None:
    """As a test does it that is about something else: the HTTP client follows the redirect."""
    import requests

    client = connect(library)
    sent = requests.get(client.send_away(), allow_redirects=False, timeout=60)
    client.come_back(sent.headers["Location"])
    assert client.get(USER)[1]["site_name"] == "Bob Example"
    mockidp_intercepted.journal.assert_called("authorize", times=1)


@pytest.mark.parametrize("library", ["requests-oauthlib", "Authlib, requests", "Authlib, httpx"])
@pytest.mark.mockidp("proz")
def test_proz_stored_token_is_renewed_by_the_library_itself(
    mockidp_intercepted: MockIdP, connect: Connect, library: str
) -> None:
    """A token of last month is on the application's disk; the new one is put there."""
    client = connect(library)
    url = client.send_away()
    tokens = client.come_back(mockidp_intercepted.robot.login(url, user="alice"))
    mockidp_intercepted.clock.advance(days=30)
    stored = {**tokens, "expires_in": -1, "expires_at": 1}
    renewing = connect(library)
    kept = renewing.renew_by_itself(stored)
    assert renewing.get(USER)[0] == 200
    (new,) = kept
    assert new["refresh_token"] != tokens["refresh_token"]
    mockidp_intercepted.journal.assert_called("token", grant_type="refresh_token", times=1)


@pytest.mark.mockidp("proz")
def test_proz_id_token_of_the_hybrid_flow(mockidp_intercepted: MockIdP, connect: Connect) -> None:
    """Its key set has no `kid`: PyJWT's PyJWKClient finds nothing in it, these two do."""
    import requests
    from joserfc import jwt as joserfc_jwt
    from joserfc.jwk import KeySet
    from jwt import PyJWKSet, decode

    idp = mockidp_intercepted
    client = connect("Authlib, requests", scope="openid")
    url = client.send_away(response_type="code id_token", nonce="645125488")
    callback = idp.robot.login(url, user="alice")
    id_token = callback.params["id_token"]
    published = requests.get("https://www.proz.com/_mockidp/jwks", timeout=60).json()

    (key,) = PyJWKSet.from_dict(published).keys
    claims = decode(id_token, key, ["RS256"], audience=CLIENT_ID, issuer="https://www.proz.com")
    assert claims["sub"] == "6d6f636b-6964-4070-8000-0000000a11ce"
    assert claims["nonce"] == "645125488"
    assert claims["exp"] - claims["iat"] == 3600
    read = joserfc_jwt.decode(id_token, KeySet.import_key_set(published), algorithms=["RS256"])
    assert read.claims == claims
    assert client.come_back(callback)["access_token"]


# -- the generic provider, with PKCE and an ID token ---------------------------------------------


@pytest.fixture
def metadata(mockidp_intercepted: MockIdP) -> dict[str, Any]:
    """As it is read at the provider's real address."""
    import requests

    (host,) = mockidp_intercepted.real_names
    document: dict[str, Any] = requests.get(f"https://{host}{DISCOVERY}", timeout=60).json()
    assert document["issuer"] == f"https://{host}"
    return document


def verified(id_token: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """The claims, by PyJWT and by Authlib's JOSE library, each with keys that it has fetched."""
    import requests
    from joserfc import jwt as joserfc_jwt
    from joserfc.jwk import KeySet
    from jwt import PyJWKClient, decode

    key = PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(id_token)
    claims: dict[str, Any] = decode(
        id_token, key, ["RS256"], audience=CLIENT_ID, issuer=metadata["issuer"]
    )
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=60).json())
    read = joserfc_jwt.decode(id_token, keys, algorithms=["RS256"])
    joserfc_jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": metadata["issuer"]},
        aud={"essential": True, "value": CLIENT_ID},
    ).validate(read.claims)
    assert read.claims == claims
    return claims


@every_library
@pytest.mark.mockidp("openid")
def test_openid_code_with_pkce_and_id_token(
    mockidp_intercepted: MockIdP, connect: Connect, library: str, metadata: dict[str, Any]
) -> None:
    idp = mockidp_intercepted
    client = connect(
        library,
        authorize=metadata["authorization_endpoint"],
        token=metadata["token_endpoint"],
        scope="openid profile offline_access",
        pkce=True,
    )
    url = client.send_away(nonce="n-0S6_WzA2Mj")
    assert parse_qs(urlsplit(url).query)["code_challenge_method"] == ["S256"]
    tokens = client.come_back(idp.robot.login(url, user="alice"))
    assert idp.journal.find("token")[-1].params["code_verifier"]
    claims = verified(tokens["id_token"], metadata)
    assert claims["nonce"] == "n-0S6_WzA2Mj"
    status, user = client.get(metadata["userinfo_endpoint"])
    assert status == 200
    assert (user["sub"], user["name"]) == (claims["sub"], "Alice Example")

    again = client.refresh(tokens["refresh_token"])
    assert again["refresh_token"] != tokens["refresh_token"]
    assert client.get(metadata["userinfo_endpoint"])[0] == 200
    # A refresh token that comes a second time ends the whole grant.
    for spent in (tokens["refresh_token"], again["refresh_token"]):
        with pytest.raises(client.Refused) as refused:
            client.refresh(spent)
        assert error_of(refused) == "invalid_grant"


@every_library
@pytest.mark.mockidp("openid")
def test_openid_code_of_another_sign_in_is_refused(
    mockidp_intercepted: MockIdP, connect: Connect, library: str, metadata: dict[str, Any]
) -> None:
    """Its state, sent again by an attacker, does not help: the verifier is another (RFC 7636)."""
    endpoints = {
        "authorize": metadata["authorization_endpoint"],
        "token": metadata["token_endpoint"],
    }
    victim, attacker = (connect(library, **endpoints, scope="openid", pkce=True) for _ in range(2))
    victim_url, attacker_url = victim.send_away(), attacker.send_away()
    stolen = mockidp_intercepted.robot.login(victim_url, user="alice")
    own_state = parse_qs(urlsplit(attacker_url).query)["state"][0]
    assert stolen.state is not None
    with pytest.raises(attacker.Refused) as refused:
        attacker.come_back(stolen.replace(stolen.state, own_state))
    assert error_of(refused) == "invalid_grant"


@every_library
@pytest.mark.mockidp("openid")
def test_openid_client_credentials(
    connect: Connect, library: str, metadata: dict[str, Any]
) -> None:
    client = connect(
        library,
        authorize=metadata["authorization_endpoint"],
        token=metadata["token_endpoint"],
    )
    tokens = client.fetch_own()
    assert tokens["token_type"] == "Bearer"
    assert "refresh_token" not in tokens


@pytest.mark.asyncio
@pytest.mark.mockidp("openid")
async def test_openid_in_an_async_test(mockidp_openid: MockIdP) -> None:
    """Everything on the loop of the test: interception, robot and client."""
    httpx_client = pytest.importorskip("authlib.integrations.httpx_client")
    idp = mockidp_openid
    (host,) = idp.real_names
    with idp.intercept():
        async with httpx_client.AsyncOAuth2Client(
            CLIENT_ID,
            CLIENT_SECRET,
            scope="openid",
            redirect_uri=CALLBACK,
            code_challenge_method="S256",
        ) as client:
            found = await client.request("GET", f"https://{host}{DISCOVERY}", withhold_token=True)
            metadata = found.json()
            verifier = "v" * 43
            url, state = client.create_authorization_url(
                metadata["authorization_endpoint"], code_verifier=verifier
            )
            callback = await idp.robot.alogin(url, user="bob")
            tokens = await client.fetch_token(
                metadata["token_endpoint"],
                authorization_response=callback,
                state=state,
                code_verifier=verifier,
            )
            answer = await client.get(metadata["userinfo_endpoint"])
            assert answer.json()["sub"] == verified(tokens["id_token"], metadata)["sub"]


class WebApplication:
    """Two views of a web application that leaves everything to Authlib's web integration."""

    def __init__(self, metadata_url: str) -> None:
        integration = pytest.importorskip("authlib.integrations.starlette_client")
        registry = integration.OAuth()
        registry.register(
            "provider",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            server_metadata_url=metadata_url,
            client_kwargs={"scope": "openid profile", "code_challenge_method": "S256"},
        )
        self.Refused: type[Exception] = integration.OAuthError
        self._provider = registry.provider
        self._session: dict[str, Any] = {}

    async def sign_in(self) -> str:
        answer = await self._provider.authorize_redirect(self._asked(), CALLBACK)
        return str(answer.headers["location"])

    async def come_back(self, callback: str) -> dict[str, Any]:
        asked = self._asked(urlsplit(callback).query)
        return dict(await self._provider.authorize_access_token(asked))

    def _asked(self, query: str = "") -> Any:
        from starlette.requests import Request

        scope = {"type": "http", "method": "GET", "path": "/cb", "headers": []}
        return Request({**scope, "query_string": query.encode(), "session": self._session})


@pytest.mark.asyncio
async def test_openid_by_authlibs_web_integration(mockidp_openid: MockIdP) -> None:
    """Metadata, state, nonce, PKCE and the ID token are all the library's business."""
    idp = mockidp_openid
    (host,) = idp.real_names
    application = WebApplication(f"https://{host}{DISCOVERY}")
    with idp.intercept(block_other_hosts=True):
        callback = await idp.robot.alogin(await application.sign_in(), user="alice")
        user = (await application.come_back(callback))["userinfo"]
        assert (user["iss"], user["aud"]) == (f"https://{host}", CLIENT_ID)
        idp.journal.assert_called("jwks", times=1)

        idp.robot.forget()
        callback = await idp.robot.alogin(await application.sign_in(), cancel=True)
        with pytest.raises(application.Refused) as refused:
            await application.come_back(callback)
    assert error_of(refused) == "access_denied"


def error_of(refused: pytest.ExceptionInfo[Exception]) -> str:
    """The code that was on the wire, where both libraries keep it."""
    return str(getattr(refused.value, "error", None))


def scopes_of(tokens: dict[str, Any]) -> list[str]:
    """oauthlib makes a list of them."""
    scope = tokens["scope"]
    return scope if isinstance(scope, list) else scope.split(" ")
