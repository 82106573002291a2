"""The public JWK of a key and its thumbprint, with the examples of RFC 7638 and RFC 8037."""

from __future__ import annotations

from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt import PyJWK

from mockidp.keys.alg import ALGS
from mockidp.keys.jwk import public_jwk, thumbprint
from mockidp.keys.keyring import SigningKey

# RFC 7638, 3.1
RFC_7638_N = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
    "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
    "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
    "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)
# RFC 8037, A.1
RFC_8037_D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
RFC_8037_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

KEY_MEMBERS = {"RSA": {"n", "e"}, "EC": {"crv", "x", "y"}, "OKP": {"crv", "x"}}


def octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def rfc_7638_key() -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(65537, int.from_bytes(octets(RFC_7638_N), "big")).public_key()


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    assert thumbprint(rfc_7638_key()) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_thumbprint_is_that_of_rfc_8037() -> None:
    key = Ed25519PublicKey.from_public_bytes(octets(RFC_8037_X))
    assert thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_an_rsa_key_has_the_members_of_rfc_7638() -> None:
    assert public_jwk(rfc_7638_key(), kid="2011-04-29", alg="RS256") == {
        "kty": "RSA",
        "use": "sig",
        "kid": "2011-04-29",
        "alg": "RS256",
        "e": "AQAB",
        "n": RFC_7638_N,
    }


def test_a_private_key_gives_the_jwk_of_its_public_half() -> None:
    key = Ed25519PrivateKey.from_private_bytes(octets(RFC_8037_D))
    jwk = public_jwk(key, kid=None, alg="EdDSA", use="enc")
    assert jwk == {"kty": "OKP", "use": "enc", "alg": "EdDSA", "crv": "Ed25519", "x": RFC_8037_X}


@pytest.mark.parametrize("alg", ALGS)
def test_the_members_are_exactly_the_public_ones(
    alg: str, signing_keys: dict[str, SigningKey]
) -> None:
    key = signing_keys[alg].private_key
    jwk = public_jwk(key, kid="a", alg=alg)
    assert set(jwk) == {"kty", "use", "kid", "alg"} | KEY_MEMBERS[jwk["kty"]]
    assert list(jwk)[:4] == ["kty", "use", "kid", "alg"]
    assert jwk == public_jwk(key.public_key(), kid="a", alg=alg)
    assert thumbprint(key) == thumbprint(key.public_key())


@pytest.mark.parametrize("alg", ALGS)
def test_another_library_reads_the_same_key_from_the_jwk(
    alg: str, signing_keys: dict[str, SigningKey]
) -> None:
    key = signing_keys[alg]
    assert PyJWK.from_dict(dict(key.public_jwk)).key == key.public_key


@pytest.mark.parametrize(
    ("alg", "crv", "size"), [("ES256", "P-256", 32), ("ES384", "P-384", 48), ("ES512", "P-521", 66)]
)
def test_the_coordinates_have_the_full_size_of_the_curve(
    alg: str, crv: str, size: int, signing_keys: dict[str, SigningKey]
) -> None:
    jwk = signing_keys[alg].public_jwk  # RFC 7518, 6.2.1.2: leading zero octets are kept
    assert (jwk["crv"], len(octets(jwk["x"])), len(octets(jwk["y"]))) == (crv, size, size)
