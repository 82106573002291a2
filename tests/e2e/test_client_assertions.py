"""Authlib signs assertions as its users do (RFC 7523, 2.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import RSAAlgorithm

from fixtures.peer import Peer, a_peer
from mockidp import MockIdP

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
MISSING = "Authlib is not installed"
SECRET = "a-secret-of-more-than-thirty-two-octets"


@pytest.fixture
def peer() -> Iterator[Peer]:
    with a_peer() as peer:
        peer.put("/jwks", f'{{"keys": [{RSAAlgorithm.to_jwk(KEY.public_key())}]}}')
        yield peer


@pytest.fixture
def idp(peer: Peer) -> Iterator[MockIdP]:
    with MockIdP("openid", outgoing={"allowed": True}) as idp:
        idp.add_client(
            client_id="keyed",
            token_endpoint_auth_method="private_key_jwt",
            jwks_uri=f"{peer.origin}/jwks",
        )
        idp.add_client(
            client_id="secretive",
            token_endpoint_auth_method="client_secret_jwt",
            client_secret=SECRET,
        )
        yield idp


def method(name: str, idp: MockIdP) -> Any:
    rfc7523 = pytest.importorskip("authlib.oauth2.rfc7523", reason=MISSING)
    kind = rfc7523.PrivateKeyJWT if name == "private_key_jwt" else rfc7523.ClientSecretJWT
    return kind(idp.url("token"))


@pytest.mark.parametrize(
    ("client_id", "secret", "name"),
    [("keyed", PEM, "private_key_jwt"), ("secretive", SECRET, "client_secret_jwt")],
)
def test_authlib_proves_who_it_is(idp: MockIdP, client_id: str, secret: str, name: str) -> None:
    library = pytest.importorskip("authlib.integrations.requests_client", reason=MISSING)
    with library.OAuth2Session(client_id, secret, token_endpoint_auth_method=name) as session:
        session.register_client_auth_method(method(name, idp))
        for _ in range(2):  # each assertion has a jti of its own
            token = session.fetch_token(idp.url("token"), grant_type="client_credentials")
            assert token["token_type"] == "Bearer"
    idp.journal.assert_called("token", times=2, status=200, client_id=client_id)


def test_a_wrong_key_is_told_to_authlib(idp: MockIdP) -> None:
    library = pytest.importorskip("authlib.integrations.requests_client", reason=MISSING)
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    name = "private_key_jwt"
    with library.OAuth2Session("keyed", pem, token_endpoint_auth_method=name) as session:
        session.register_client_auth_method(method(name, idp))
        with pytest.raises(library.OAuthError, match="invalid_client"):
            session.fetch_token(idp.url("token"), grant_type="client_credentials")
    assert "the signature is not one of these keys" in idp.journal.last.hint
