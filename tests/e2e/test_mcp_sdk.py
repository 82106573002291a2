"""The MCP Python SDK's OAuth client, which knows the address of a server and finds everything else
by itself: the protected resource (RFC 9728), its authorization server (RFC 8414), a registration
(RFC 7591), and tokens for that resource alone (RFC 8707).

The server is mockidp's own API; one that is made with the SDK is in test_mcp_tool_server.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest

from fixtures.signed import EC, public
from mockidp import MockIdP
from mockidp.control.journal import Journal

pytest.importorskip("mcp", reason="the MCP SDK is not installed")

import httpx2
from mcp.client.auth import (
    OAuthFlowError,
    OAuthRegistrationError,
    OAuthTokenError,
)
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
    static_assertion_provider,
)

from fixtures.mcp_application import (
    PATIENCE,
    REVISION,
    Application,
    Refused,
    Storage,
    registered_before,
)

Factory = Callable[..., MockIdP]

pytestmark = pytest.mark.asyncio


def requests_in(journal: Journal) -> list[tuple[str, int]]:
    """What was asked and answered; not the pages."""
    pages = ("login", "consent")
    return [(each.endpoint, each.status) for each in journal if each.endpoint not in pages]


# -- mockidp's own API is the server -------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [{}, {"base_path": "/tenant/a"}, {"api_prefixes": ["/mcp", "/v2/tools"]}],
    ids=["at the root", "below a path", "several servers"],
)
async def test_all_is_found_from_the_address_of_the_server(
    mockidp_factory: Factory, settings: Mapping[str, Any]
) -> None:
    idp = mockidp_factory("openid", **settings)
    for prefix in settings.get("api_prefixes", ["/api"]):
        idp.journal.clear()
        idp.robot.forget()
        resource = f"{idp.base_url}{prefix}"
        app = Application(idp, f"{resource}/tools")
        assert (await app.get()).status_code == 200
        assert requests_in(idp.journal) == [
            ("api", 401),
            ("protected_resource", 200),
            ("discovery", 200),
            ("registration", 201),
            ("authorize", 303),
            ("token", 200),
            ("api", 200),
        ]
        at = settings.get("base_path", "")
        assert app.asked[1:3] == [
            f"/.well-known/oauth-protected-resource{at}{prefix}",
            f"/.well-known/oauth-authorization-server{at}",
        ]
        (visit,) = app.visits
        assert visit["code_challenge_method"] == "S256"
        assert visit["resource"] == resource
        (asked,) = idp.journal.find("token")
        assert asked.params["resource"] == resource
        assert asked.params["code_verifier"]
        claims = app.storage.claims
        assert (claims["iss"], claims["aud"]) == (idp.issuer, resource)
        assert claims["sub"] == idp.user.sub
        assert app.storage.client is not None
        assert app.storage.client.issuer == idp.issuer


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (None, "client_secret_basic"),
        ("none", "none"),
        ("client_secret_basic", "client_secret_basic"),
        ("client_secret_post", "client_secret_post"),
    ],
)
async def test_a_registered_client_fetches_and_renews_tokens_by_each_method(
    mockidp: MockIdP, asked: str | None, kept: str
) -> None:
    app = Application(mockidp, f"{mockidp.base_url}/api", token_endpoint_auth_method=asked)
    assert (await app.get()).status_code == 200
    client = app.storage.client
    assert client is not None
    assert client.token_endpoint_auth_method == kept
    assert (client.client_secret is None) is (kept == "none")
    first = app.storage.tokens
    assert first is not None
    assert first.refresh_token, "offline_access was asked for"
    assert app.visits[0]["prompt"] == "consent"

    app.forget_when_it_expires()
    assert (await app.get()).status_code == 200
    second = app.storage.tokens
    assert second is not None
    assert second.access_token != first.access_token
    assert second.refresh_token != first.refresh_token
    assert app.storage.claims["aud"] == f"{mockidp.base_url}/api"
    (renewal,) = mockidp.journal.find("token", grant_type="refresh_token")
    assert renewal.params["resource"] == f"{mockidp.base_url}/api"
    assert len(app.visits) == 1
    mockidp.journal.assert_called("registration", times=1)


async def test_who_comes_again_keeps_registration_and_tokens(mockidp: MockIdP) -> None:
    server = f"{mockidp.base_url}/api"
    before = Application(mockidp, server)
    await before.get()
    mockidp.journal.clear()
    again = Application(mockidp, server, before.storage)
    assert (await again.get()).status_code == 200
    assert requests_in(mockidp.journal) == [("api", 200)]


@pytest.mark.parametrize("how", ["expired", "revoked"])
async def test_the_user_signs_in_again_when_nothing_can_be_renewed(
    mockidp: MockIdP, how: str
) -> None:
    app = Application(mockidp, f"{mockidp.base_url}/api")
    await app.get()
    if how == "expired":
        mockidp.clock.advance(days=21)
    else:
        mockidp.revoke("alice")
    app.forget_when_it_expires()
    mockidp.journal.clear()
    assert (await app.get()).status_code == 200
    asked = requests_in(mockidp.journal)
    assert asked[:2] == [("token", 400), ("api", 401)]
    assert asked[-2:] == [("token", 200), ("api", 200)]
    mockidp.journal.assert_called("token", grant_type="refresh_token", error="invalid_grant")
    mockidp.journal.assert_not_called("registration")


async def test_a_client_that_was_registered_before_does_not_register(mockidp: MockIdP) -> None:
    storage = registered_before(mockidp)
    app = Application(mockidp, f"{mockidp.base_url}/api", storage)
    assert (await app.get()).status_code == 200
    assert storage.client is not None
    assert storage.claims["client_id"] == storage.client.client_id
    mockidp.journal.assert_not_called("registration")


async def test_a_client_with_a_metadata_document_registers_where_documents_are_not_taken(
    mockidp: MockIdP,
) -> None:
    app = Application(
        mockidp,
        f"{mockidp.base_url}/api",
        client_metadata_url="https://app.example/client.json",
        token_endpoint_auth_method="none",
    )
    assert (await app.get()).status_code == 200
    mockidp.journal.assert_called("registration", times=1)


async def test_the_metadata_of_openid_connect_do_as_well(mockidp_factory: Factory) -> None:
    idp = mockidp_factory("openid", oauth_metadata_path="", base_path="/tenant/a")
    app = Application(idp, f"{idp.base_url}/api")
    assert (await app.get()).status_code == 200
    assert app.asked[2:4] == [
        "/.well-known/oauth-authorization-server/tenant/a",
        "/.well-known/openid-configuration/tenant/a",
    ]


async def test_a_server_without_resource_metadata_is_served_as_in_the_first_revision(
    mockidp_factory: Factory,
) -> None:
    """2025-03-26: the server's own origin is the authorization server."""
    idp = mockidp_factory("openid", protected_resource_path="")
    app = Application(idp, f"{idp.base_url}/api")
    assert (await app.get()).status_code == 200
    assert app.asked[1:4] == [
        "/.well-known/oauth-protected-resource/api",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server",
    ]


async def test_without_any_metadata_the_usual_addresses_are_taken(
    mockidp_factory: Factory,
) -> None:
    idp = mockidp_factory(
        "openid",
        protected_resource_path="",
        oauth_metadata_path="",
        # Without metadata the client cannot know whether `iss` is right, and refuses it.
        authorize_members=["code", "state"],
    )
    app = Application(idp, f"{idp.base_url}/api")
    assert (await app.get()).status_code == 200
    assert [endpoint for endpoint, status in requests_in(idp.journal) if status < 400] == [
        "registration",
        "authorize",
        "token",
        "api",
    ]


# -- refusals ------------------------------------------------------------------------------------


async def test_a_registration_that_needs_a_token_is_refused(mockidp_factory: Factory) -> None:
    idp = mockidp_factory("openid", registration_access="initial_access_token")
    app = Application(idp, f"{idp.base_url}/api")
    with pytest.raises(OAuthRegistrationError, match="401"):
        await app.get()
    assert app.visits == []


async def test_a_user_who_says_no_is_asked_again_the_next_time(mockidp: MockIdP) -> None:
    app = Application(mockidp, f"{mockidp.base_url}/api")
    app.says_no = True
    with pytest.raises(Refused, match="access_denied"):
        await app.get()
    assert app.storage.tokens is None
    app.says_no = False
    assert (await app.get()).status_code == 200
    mockidp.journal.assert_called("registration", times=1)


async def test_a_token_endpoint_that_is_down_is_told(mockidp: MockIdP) -> None:
    app = Application(mockidp, f"{mockidp.base_url}/api")
    mockidp.faults.next("token", status=503)
    with pytest.raises(OAuthTokenError, match="503"):
        await app.get()
    assert app.storage.tokens is None


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"discovery_document": {"issuer": "https://other.example"}},
            "metadata issuer mismatch: https://other.example",
        ),
        (
            {
                "authorize_members": ["code", "state"],
                "discovery_document": {"authorization_response_iss_parameter_supported": True},
            },
            "missing iss parameter",
        ),
        (
            {"protected_resource_document": {"resource": "https://other.example/api"}},
            "https://other.example/api does not match",
        ),
    ],
    ids=["issuer of the metadata", "iss of the response", "resource of the metadata"],
)
async def test_a_provider_that_says_who_it_is_wrongly_is_left(
    mockidp_factory: Factory, settings: Mapping[str, Any], told: str
) -> None:
    """RFC 8414, 3.3; RFC 9207, 2.4; RFC 9728, 3.3: a test can stage what a client must notice."""
    idp = mockidp_factory("openid", **settings)
    app = Application(idp, f"{idp.base_url}/api")
    with pytest.raises(OAuthFlowError, match=told):
        await app.get()
    assert app.storage.tokens is None
    idp.journal.assert_not_called("token")


# -- a client for itself -------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_client_credentials_with_a_secret(mockidp: MockIdP, method: Any) -> None:
    known = mockidp.add_client(
        client_secret="100%+of:it", grant_types=["client_credentials"], redirect_uris=[]
    )
    storage = Storage()
    server = f"{mockidp.base_url}/api/tools"
    auth = ClientCredentialsOAuthProvider(
        server, storage, *known.auth, method, scope="read", issuer=mockidp.issuer
    )
    async with httpx2.AsyncClient(auth=auth, timeout=PATIENCE) as http:
        assert (await http.get(server, headers=REVISION)).status_code == 200
    claims = storage.claims
    assert claims["aud"] == f"{mockidp.base_url}/api"
    assert claims["sub"] == known.client_id
    mockidp.journal.assert_not_called("registration")


@pytest.mark.parametrize("kind", ["signed by the SDK", "signed elsewhere"])
async def test_client_credentials_with_a_key(mockidp: MockIdP, kind: str) -> None:
    known = mockidp.add_client(
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [public(EC, alg="ES256")]},
        grant_types=["client_credentials"],
        redirect_uris=[],
    )
    signing = SignedJWTParameters(
        issuer=known.client_id,
        subject=known.client_id,
        signing_key=pem_of(EC),
        signing_algorithm="ES256",
    )
    sign = signing.create_assertion_provider()
    if kind == "signed elsewhere":
        sign = static_assertion_provider(await sign(mockidp.issuer))
    storage = Storage()
    server = f"{mockidp.base_url}/api"
    auth = PrivateKeyJWTOAuthProvider(
        server, storage, known.client_id, sign, scope="read write", issuer=mockidp.issuer
    )
    async with httpx2.AsyncClient(auth=auth, timeout=PATIENCE) as http:
        assert (await http.get(server, headers=REVISION)).status_code == 200
    assert storage.claims["aud"] == server
    assert storage.claims["client_id"] == known.client_id


async def test_credentials_of_another_provider_are_not_sent(mockidp: MockIdP) -> None:
    server = f"{mockidp.base_url}/api"
    auth = ClientCredentialsOAuthProvider(
        server, Storage(), "app", "secret", issuer="https://other.example"
    )
    async with httpx2.AsyncClient(auth=auth, timeout=PATIENCE) as http:
        with pytest.raises(OAuthFlowError, match="issuer mismatch"):
            await http.get(server, headers=REVISION)
    mockidp.journal.assert_not_called("token")


def pem_of(jwk: Mapping[str, str]) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = jwt.PyJWK(dict(jwk), "ES256").key
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()
