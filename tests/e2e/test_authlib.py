"""Authlib against the generic provider: all that its sessions, its web integration and its token
validators can do. What it does at ProZ.com's addresses is in test_proz_clients.py.
"""

from __future__ import annotations

import inspect
from asyncio import Runner
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from mockidp import MockIdP
from mockidp.idp.clients import RegisteredClient
from mockidp.testing.callback import Callback

pytest.importorskip("authlib", reason="Authlib is not installed")

from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from authlib.oauth2 import rfc8414, rfc9101, rfc9207
from authlib.oauth2.rfc6750.errors import InsufficientScopeError, InvalidTokenError
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from authlib.oauth2.rfc7591 import ClientMetadataClaims
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from authlib.oidc import rpinitiated
from authlib.oidc.core.claims import IDToken, get_claim_cls_by_response_type
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.errors import InvalidClaimError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from jwt import get_unverified_header

Factory = Callable[..., MockIdP]

CALLBACK = "https://app.example/cb"
GOODBYE = "https://app.example/goodbye"
SECRET = "a-secret-of-more-than-thirty-two-octets"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
PATIENCE = 10.0

HTTP_CLIENTS = {
    "requests": ("authlib.integrations.requests_client", "OAuth2Session"),
    "httpx": ("authlib.integrations.httpx_client", "OAuth2Client"),
    "httpx, asyncio": ("authlib.integrations.httpx_client", "AsyncOAuth2Client"),
}
every_http_client = pytest.mark.parametrize("http", HTTP_CLIENTS)

RSA = RSAKey.generate_key(2048, {"kid": "of-the-app"})
KEYS: dict[str, RSAKey | ECKey | OKPKey] = {
    "RS256": RSA,
    "PS256": RSA,
    "ES256": ECKey.generate_key("P-256", {"kid": "of-the-app"}),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "of-the-app"}),
}
METHODS = (
    "none",
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    *(f"private_key_jwt {alg}" for alg in KEYS),
    "private_key_jwt Ed25519",  # RFC 9864: what EdDSA with this key is called now
)
# joserfc warns of the name that RFC 9864 has replaced, and that providers and clients still use.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")


class Session:
    """One of Authlib's sessions; each call waits for its answer."""

    def __init__(self, http: str, *args: Any, **options: Any) -> None:
        module, name = HTTP_CLIENTS[http]
        self.client = getattr(import_module(module), name)(*args, timeout=PATIENCE, **options)
        self._runner = Runner()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.client, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._waited(method(*args, **kwargs))

        return call

    def close(self) -> None:
        is_asynchronous = hasattr(self.client, "aclose")
        self._waited(self.client.aclose() if is_asynchronous else self.client.close())
        self._runner.close()

    def _waited(self, answer: Any) -> Any:
        async def wait() -> Any:
            return await answer

        return self._runner.run(wait()) if inspect.isawaitable(answer) else answer


Connect = Callable[..., Session]


@pytest.fixture
def connect() -> Iterator[Connect]:
    made: list[Session] = []

    def make(http: str, *args: Any, **options: Any) -> Session:
        made.append(Session(http, *args, **options))
        return made[-1]

    yield make
    for session in made:
        session.close()


@pytest.fixture
def metadata(mockidp: MockIdP) -> dict[str, Any]:
    return discovered(mockidp)


def discovered(idp: MockIdP) -> dict[str, Any]:
    """As Authlib's users read it."""
    from authlib.integrations.requests_client import OAuth2Session

    with OAuth2Session(default_timeout=PATIENCE) as session:
        answer = session.get(idp.url("discovery"), withhold_token=True)
        document: dict[str, Any] = answer.json()
    return document


def key_for(alg: str) -> RSAKey | ECKey | OKPKey:
    return KEYS["EdDSA" if alg == "Ed25519" else alg]


def register(idp: MockIdP, method: str = "client_secret_basic", **further: Any) -> RegisteredClient:
    """A client that proves who it is in this way, and may do all that the provider offers."""
    name, _, alg = method.partition(" ")
    if name == "private_key_jwt":
        further["jwks"] = {"keys": [key_for(alg).as_dict(private=False)]}
        further["token_endpoint_auth_signing_alg"] = alg
    elif name != "none":
        further["client_secret"] = SECRET
    own = () if name == "none" else ("client_credentials",)
    return idp.add_client(
        token_endpoint_auth_method=name,
        redirect_uris=[CALLBACK],
        grant_types=["authorization_code", "implicit", "refresh_token", DEVICE_CODE, *own],
        **further,
    )


def authentication(client: RegisteredClient, method: str, metadata: dict[str, Any]) -> Any:
    """What Authlib is told of it: arguments of a session, and the method if it is not built in."""
    name, _, alg = method.partition(" ")
    added: Any = None
    secret: Any = None
    if name == "private_key_jwt":
        # Without an address the audience is that of each request.
        address = metadata["token_endpoint"] if alg == "RS256" else None
        added = PrivateKeyJWT(address, headers={"kid": "of-the-app"}, alg=alg)
        secret = key_for(alg)
    elif name != "none":
        secret = client.client_secret
        added = ClientSecretJWT() if name == "client_secret_jwt" else None
    told = {
        "client_id": client.client_id,
        "client_secret": secret,
        "token_endpoint_auth_method": name,
        "revocation_endpoint_auth_method": name,
    }
    return told, added


def validated(
    id_token: str, metadata: dict[str, Any], *, response_type: str = "code", **params: Any
) -> IDToken:
    """The claims, after all that Authlib checks (OpenID Connect Core 1.0, 3.1.3.7)."""
    import requests

    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=PATIENCE).json())
    algorithms = metadata["id_token_signing_alg_values_supported"]
    read = jwt.decode(id_token, keys, registry=JWSRegistry(algorithms=algorithms))
    kind = get_claim_cls_by_response_type(response_type)
    claims: IDToken = kind(
        read.claims,
        read.header,
        {
            "iss": {"essential": True, "value": metadata["issuer"]},
            "aud": {"essential": True, "value": params["client_id"]},
        },
        params,
    )
    claims.validate()
    return claims


# -- metadata ------------------------------------------------------------------------------------


def test_the_metadata_are_those_that_authlibs_models_ask_for(mockidp_factory: Factory) -> None:
    import requests

    idp = mockidp_factory("openid", tls=True)
    for path, model in (
        ("openid-configuration", OpenIDProviderMetadata),
        ("oauth-authorization-server", rfc8414.AuthorizationServerMetadata),
    ):
        address = f"{idp.issuer}/.well-known/{path}"
        document = model(requests.get(address, verify=idp.ca_file, timeout=PATIENCE).json())
        document.validate(
            metadata_classes=[
                rfc9101.AuthorizationServerMetadata,
                rfc9207.AuthorizationServerMetadata,
                rpinitiated.OpenIDProviderMetadata,
            ]
        )
        assert document["issuer"] == idp.issuer
        assert document["authorization_response_iss_parameter_supported"] is True


# -- a user signs in -----------------------------------------------------------------------------


@every_http_client
@pytest.mark.parametrize("method", METHODS)
def test_sign_in_userinfo_refresh_introspection_and_revocation(
    mockidp: MockIdP, connect: Connect, metadata: dict[str, Any], http: str, method: str
) -> None:
    client = register(mockidp, method)
    told, added = authentication(client, method, metadata)
    session = connect(
        http,
        **told,
        scope="openid email offline_access",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint=metadata["token_endpoint"],
    )
    if added:
        session.register_client_auth_method(added)

    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=VERIFIER, nonce="n-0S6_WzA2Mj", max_age=60
    )
    # RFC 7636, appendix B: the challenge of this verifier.
    assert dict(parse_qsl(urlsplit(url).query))["code_challenge"] == (
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
    callback = mockidp.robot.login(url, user="alice")
    assert callback.params["iss"] == metadata["issuer"]
    tokens = session.fetch_token(
        authorization_response=callback, state=state, code_verifier=VERIFIER
    )
    claims = validated(
        tokens["id_token"],
        metadata,
        client_id=client.client_id,
        nonce="n-0S6_WzA2Mj",
        max_age=60,
        access_token=tokens["access_token"],
    )
    assert claims["at_hash"]
    assert "email" not in claims, "it is in userinfo"
    user = session.get(metadata["userinfo_endpoint"]).json()
    assert (user["sub"], user["email"]) == (claims["sub"], "alice@example.com")

    renewed = dict(session.refresh_token())
    assert renewed["refresh_token"] != tokens["refresh_token"]
    assert renewed["access_token"] != tokens["access_token"]
    assert session.get(metadata["userinfo_endpoint"]).json() == user

    if method != "none":
        told_of = session.introspect_token(
            metadata["introspection_endpoint"], token=renewed["access_token"]
        ).json()
        assert (told_of["active"], told_of["sub"]) == (True, claims["sub"])
        assert told_of["client_id"] == client.client_id
    revoked = session.revoke_token(
        metadata["revocation_endpoint"],
        token=renewed["refresh_token"],
        token_type_hint="refresh_token",
    )
    assert (revoked.status_code, revoked.content) == (200, b"")
    if method != "none":
        told_of = session.introspect_token(
            metadata["introspection_endpoint"], token=renewed["refresh_token"]
        ).json()
        assert told_of == {"active": False}
    with pytest.raises(OAuthError) as refused:
        session.refresh_token(refresh_token=renewed["refresh_token"])
    assert refused.value.error == "invalid_grant"
    mockidp.journal.assert_called("token", times=3, client_id=client.client_id)


@every_http_client
def test_a_refresh_token_that_comes_again_ends_the_grant(
    mockidp: MockIdP, connect: Connect, metadata: dict[str, Any], http: str
) -> None:
    session, tokens = signed_in(mockidp, connect, metadata, http, "openid offline_access")
    newest = session.refresh_token()["refresh_token"]
    for spent in (tokens["refresh_token"], newest):
        with pytest.raises(OAuthError) as refused:
            session.refresh_token(refresh_token=spent)
        assert refused.value.error == "invalid_grant"


@every_http_client
def test_an_expired_token_is_renewed_by_the_session_itself(
    mockidp: MockIdP, connect: Connect, metadata: dict[str, Any], http: str
) -> None:
    session, tokens = signed_in(mockidp, connect, metadata, http, "openid offline_access")
    mockidp.clock.advance(hours=1)
    session.client.token = {**tokens, "expires_at": 1}
    assert session.get(metadata["userinfo_endpoint"]).status_code == 200
    assert session.client.token["access_token"] != tokens["access_token"]
    mockidp.journal.assert_called("token", grant_type="refresh_token", times=1)


def test_the_code_of_another_verifier_is_refused(
    mockidp: MockIdP, connect: Connect, metadata: dict[str, Any]
) -> None:
    session = connect(
        "requests",
        register(mockidp, "none").client_id,
        redirect_uri=CALLBACK,
        scope="openid",
        code_challenge_method="S256",
    )
    url, _ = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=VERIFIER
    )
    callback = mockidp.robot.login(url, user="alice")
    with pytest.raises(OAuthError) as refused:
        session.fetch_token(
            metadata["token_endpoint"],
            authorization_response=callback,
            code_verifier=VERIFIER[::-1],
        )
    assert refused.value.error == "invalid_grant"
    assert "code_verifier" in mockidp.journal.last.hint


@pytest.mark.parametrize(
    "response_type", ["id_token", "id_token token", "code id_token", "code id_token token"]
)
def test_id_tokens_of_the_implicit_and_hybrid_flows_are_valid(
    mockidp: MockIdP, connect: Connect, metadata: dict[str, Any], response_type: str
) -> None:
    client = register(mockidp)
    session = connect("requests", *client.auth, scope="openid email", redirect_uri=CALLBACK)
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], response_type=response_type, nonce="n-0S6_WzA2Mj"
    )
    callback = mockidp.robot.login(url, user="alice")
    got = callback.params
    if "access_token" in got:  # without one, Authlib reads no fragment
        assert session.fetch_token(authorization_response=callback, state=state)["id_token"]
    given = {name: got[name] for name in ("access_token", "code") if name in got}
    words = {"access_token": "token", "code": "code"}
    assert {words[name] for name in given} == {*response_type.split(" ")} - {"id_token"}
    params = {"client_id": client.client_id, "nonce": "n-0S6_WzA2Mj", **given}
    claims = validated(got["id_token"], metadata, response_type=response_type, **params)
    assert [name for name in ("at_hash", "c_hash") if name in claims] == [
        {"access_token": "at_hash", "code": "c_hash"}[name] for name in given
    ]
    for name in given:
        with pytest.raises(InvalidClaimError):
            validated(
                got["id_token"], metadata, response_type=response_type, **{**params, name: "other"}
            )
    with pytest.raises(InvalidClaimError, match="nonce"):
        validated(
            got["id_token"], metadata, response_type=response_type, **{**params, "nonce": "other"}
        )


def test_a_request_object_that_joserfc_signed_says_what_is_asked(
    mockidp: MockIdP, connect: Connect, metadata: dict[str, Any]
) -> None:
    """Authlib's sessions make none (OpenID Connect Core 1.0, 6.1); they carry it."""
    client = register(mockidp, "private_key_jwt ES256", request_object_signing_alg="ES256")
    asked = {
        "iss": client.client_id,
        "aud": metadata["issuer"],
        "client_id": client.client_id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid profile",
        "state": "of-the-object",
        "nonce": "n-0S6_WzA2Mj",
    }
    signed = jwt.encode({"alg": "ES256", "kid": "of-the-app"}, asked, KEYS["ES256"])
    session = connect("requests", client.client_id, scope="openid", redirect_uri=CALLBACK)
    url, _ = session.create_authorization_url(metadata["authorization_endpoint"], request=signed)
    callback = mockidp.robot.login(url, user="alice")
    assert callback.state == "of-the-object"
    head, claims, _ = signed.split(".")
    url, _ = session.create_authorization_url(
        metadata["authorization_endpoint"], request=f"{head}.{claims}.AAAA"
    )
    refused = mockidp.robot.login(url, user="alice")
    assert refused.error == "invalid_request_object"


@pytest.mark.parametrize(("placement", "status"), [("header", 200), ("body", 200), ("uri", 401)])
def test_an_access_token_may_be_in_the_header_or_the_form(
    mockidp: MockIdP, connect: Connect, metadata: dict[str, Any], placement: str, status: int
) -> None:
    """RFC 6750, 2.3 advises against the query."""
    token = {"access_token": mockidp.issue_token(user="alice", scope="openid")}
    session = connect("requests", "any", token=token, token_placement=placement)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert session.post(metadata["userinfo_endpoint"], headers=form).status_code == status


# -- nobody signs in -----------------------------------------------------------------------------


@every_http_client
@pytest.mark.parametrize("method", METHODS[1:])
def test_client_credentials(
    mockidp: MockIdP, connect: Connect, metadata: dict[str, Any], http: str, method: str
) -> None:
    client = register(mockidp, method)
    told, added = authentication(client, method, metadata)
    session = connect(
        http,
        **told,
        scope="read",
        token_endpoint=metadata["token_endpoint"],
        grant_type="client_credentials",
    )
    if added:
        session.register_client_auth_method(added)
    first = session.fetch_token()
    assert (first["token_type"], first["scope"]) == ("Bearer", "read")
    assert "refresh_token" not in first
    assert session.get(f"{mockidp.base_url}/api/things").status_code == 200
    # Authlib fetches another when it thinks that this one has expired.
    session.client.token = {**first, "expires_at": 1}
    assert session.get(f"{mockidp.base_url}/api/things").status_code == 200
    assert session.client.token["access_token"] != first["access_token"]


@every_http_client
def test_the_password_of_a_user_where_the_provider_takes_it(
    mockidp_factory: Factory, connect: Connect, http: str
) -> None:
    idp = mockidp_factory("openid", token_grant_types=["password"])
    client = idp.add_client(grant_types=["password"])
    assert discovered(idp)["grant_types_supported"] == ["password", "implicit"]
    session = connect(http, *client.auth, scope="openid")
    session.fetch_token(idp.url("token"), username="alice", password=idp.user.password)
    assert session.get(idp.url("userinfo")).json()["sub"] == idp.user.sub
    with pytest.raises(OAuthError) as refused:
        session.fetch_token(idp.url("token"), username="alice", password="wrong")
    assert refused.value.error == "invalid_grant"


@every_http_client
def test_a_device_waits_for_its_user(
    mockidp: MockIdP, connect: Connect, metadata: dict[str, Any], http: str
) -> None:
    session = connect(
        http, register(mockidp, "none").client_id, token_endpoint=metadata["token_endpoint"]
    )

    def poll(codes: dict[str, Any]) -> dict[str, Any]:
        answer = session.fetch_token(grant_type=DEVICE_CODE, device_code=codes["device_code"])
        return dict(answer)

    def begin() -> dict[str, Any]:
        asked = {"client_id": session.client.client_id, "scope": "openid"}
        address = metadata["device_authorization_endpoint"]
        answer = session.request("POST", address, data=asked, withhold_token=True)
        codes: dict[str, Any] = answer.json()
        return codes

    codes = begin()
    for problem in ("authorization_pending", "slow_down"):
        with pytest.raises(OAuthError) as refused:
            poll(codes)
        assert refused.value.error == problem
    mockidp.robot.approve_device(codes["verification_uri_complete"], user="alice")
    mockidp.clock.advance(seconds=codes["interval"] + 5)
    assert poll(codes)["scope"] == "openid"
    assert session.get(metadata["userinfo_endpoint"]).json() == {"sub": mockidp.user.sub}

    codes = begin()
    mockidp.robot.approve_device(codes["user_code"], user="alice", deny=True)
    with pytest.raises(OAuthError) as refused:
        poll(codes)
    assert refused.value.error == "access_denied"
    codes = begin()
    mockidp.clock.advance(seconds=codes["expires_in"])
    with pytest.raises(OAuthError) as refused:
        poll(codes)
    assert refused.value.error == "expired_token"


# -- credentials ---------------------------------------------------------------------------------


@every_http_client
def test_a_wrong_secret_is_told(
    mockidp: MockIdP, connect: Connect, metadata: dict[str, Any], http: str
) -> None:
    session = connect(http, register(mockidp).client_id, "not-the-secret")
    with pytest.raises(OAuthError) as refused:
        session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    assert refused.value.error == "invalid_client"
    assert refused.value.description


@pytest.mark.parametrize(("decoding", "is_taken"), [("form", False), ("either", True)])
def test_authlib_sends_a_secret_in_basic_as_it_is(
    mockidp_factory: Factory, connect: Connect, decoding: str, is_taken: bool
) -> None:
    """RFC 6749, 2.3.1: it has to be form-url-encoded first. A strict provider reads another one."""
    idp = mockidp_factory("openid", client_auth_basic_decoding=decoding)
    client = idp.add_client(
        client_secret="100%25+secret, of more than 32 octets", grant_types=["client_credentials"]
    )
    session = connect("requests", *client.auth)
    if is_taken:
        assert session.fetch_token(idp.url("token"), grant_type="client_credentials")
        return
    with pytest.raises(OAuthError) as refused:
        session.fetch_token(idp.url("token"), grant_type="client_credentials")
    assert refused.value.error == "invalid_client"
    assert "is to be form-url-encoded before base64" in idp.journal.last.hint


def test_a_client_that_registered_itself(
    mockidp: MockIdP, connect: Connect, metadata: dict[str, Any]
) -> None:
    """Authlib has no request for it, and a model of the answer (RFC 7591, 3.2.1)."""
    import requests

    wanted = {
        "redirect_uris": [CALLBACK],
        "client_name": "The App",
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [KEYS["ES256"].as_dict(private=False)]},
        "scope": "openid email",
    }
    answer = requests.post(metadata["registration_endpoint"], json=wanted, timeout=PATIENCE).json()
    ClientMetadataClaims(answer, {}).validate()
    assert "client_secret" not in answer
    client_id = answer["client_id"]
    session = connect(
        "requests",
        client_id,
        KEYS["ES256"],
        token_endpoint_auth_method="private_key_jwt",
        scope="openid email",
        redirect_uri=CALLBACK,
    )
    session.register_client_auth_method(PrivateKeyJWT(alg="ES256", headers={"kid": "of-the-app"}))
    url, state = session.create_authorization_url(metadata["authorization_endpoint"])
    tokens = session.fetch_token(
        metadata["token_endpoint"],
        authorization_response=mockidp.robot.login(url, user="alice"),
        state=state,
    )
    assert validated(tokens["id_token"], metadata, client_id=client_id)["sub"] == mockidp.user.sub


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


def signed_in(
    idp: MockIdP, connect: Connect, metadata: dict[str, Any], http: str, scope: str
) -> tuple[Session, dict[str, Any]]:
    client = register(idp)
    session = connect(
        http,
        *client.auth,
        scope=scope,
        redirect_uri=CALLBACK,
        token_endpoint=metadata["token_endpoint"],
    )
    url, state = session.create_authorization_url(metadata["authorization_endpoint"])
    callback = idp.robot.login(url, user="alice")
    return session, dict(session.fetch_token(authorization_response=callback, state=state))
