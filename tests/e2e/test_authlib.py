"""Authlib against the generic provider: all that its sessions can do. Web applications and APIs are
in test_authlib_applications.py, what it does at ProZ.com's addresses in test_proz_clients.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from mockidp import MockIdP

pytest.importorskip("authlib", reason="Authlib is not installed")

from authlib.integrations.base_client import OAuthError
from authlib.oauth2 import rfc8414, rfc9101, rfc9207
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7591 import ClientMetadataClaims
from authlib.oidc import rpinitiated
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.errors import InvalidClaimError

from fixtures.authlib_clients import (
    CALLBACK,
    DEVICE_CODE,
    HTTP_CLIENTS,
    KEYS,
    PATIENCE,
    Session,
    authentication,
    discovered,
    register,
    validated,
)

Factory = Callable[..., MockIdP]
Connect = Callable[..., Session]

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
METHODS = (
    "none",
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    *(f"private_key_jwt {alg}" for alg in KEYS),
    "private_key_jwt Ed25519",  # RFC 9864: what EdDSA with this key is called now
)
every_http_client = pytest.mark.parametrize("http", HTTP_CLIENTS)
# joserfc warns of the name that RFC 9864 has replaced, and that providers and clients still use.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")


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
