"""Which algorithms a key can be used with (RFC 7518, section 3.1)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519

from mockidp.keys.alg import ALGS, RSA_ALGS, algs_of, generate


@pytest.mark.parametrize("alg", [alg for alg in ALGS if alg not in RSA_ALGS])
def test_a_generated_key_and_its_public_half_fit_their_algorithm_alone(alg: str) -> None:
    key = generate(alg)
    assert algs_of(key) == algs_of(key.public_key()) == (alg,)


def test_a_generated_rsa_key_fits_every_rsa_algorithm() -> None:
    key = generate("PS256")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 2048
    assert algs_of(key) == algs_of(key.public_key()) == RSA_ALGS


@pytest.mark.parametrize("alg", ["none", "HS256", "rs256", "ES256K", "RS256 ", ""])
def test_no_key_is_generated_for_another_algorithm(alg: str) -> None:
    with pytest.raises(ValueError, match=r"is not one of: RS256, .*EdDSA$") as caught:
        generate(alg)
    assert repr(alg) in str(caught.value)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        pytest.param(rsa.generate_private_key(65537, 1024), "1024 bits", id="weak RSA"),
        pytest.param(ec.generate_private_key(ec.SECP256K1()), "secp256k1", id="other curve"),
        pytest.param(ed448.Ed448PrivateKey.generate(), "Ed448", id="Ed448"),
        pytest.param(x25519.X25519PrivateKey.generate(), "X25519", id="key agreement"),
        pytest.param(dsa.generate_private_key(1024), "DSA", id="DSA"),
        pytest.param("-----BEGIN PRIVATE KEY-----", "str", id="no key at all"),
    ],
)
def test_a_key_that_fits_no_algorithm_is_refused_with_the_reason(key: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        algs_of(key)
