"""Keys of others: which are understood, for what each is good, and why another is passed over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from fixtures.signed import EC, ED25519, public
from mockidp.keys.foreign import HMAC_ALGS, MAX_KEYS, read_jwks, secret_key

RSA: dict[str, Any] = RSAAlgorithm.to_jwk(
    rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key(), as_dict=True
)
del RSA["key_ops"]
WEAK: dict[str, Any] = RSAAlgorithm.to_jwk(
    rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key(), as_dict=True
)
P384: dict[str, Any] = ECAlgorithm.to_jwk(
    ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True
)
HUGE = "f" * 1400  # base64url of 8400 bits


@pytest.mark.parametrize(
    ("jwk", "algs"),
    [
        pytest.param(RSA, ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), id="RSA"),
        pytest.param(RSA | {"alg": "PS256"}, ("PS256",), id="RSA for one"),
        pytest.param(public(EC, use="sig"), ("ES256",), id="EC"),
        pytest.param(P384, ("ES384",), id="P-384"),
        pytest.param(public(ED25519), ("EdDSA", "Ed25519"), id="Ed25519"),
        pytest.param(public(ED25519, alg="Ed25519"), ("Ed25519",), id="Ed25519 by that name"),
        pytest.param(public(EC) | {"key_ops": ["verify"]}, ("ES256",), id="key_ops"),
    ],
)
def test_a_key_is_bound_to_the_algorithms_of_its_kind(
    jwk: dict[str, Any], algs: tuple[str, ...]
) -> None:
    (key,), problems = read_jwks({"keys": [jwk]})
    assert key.algs == algs
    assert problems == ()


@pytest.mark.parametrize(
    ("jwk", "said"),
    [
        pytest.param("EC", "is no object", id="text"),
        pytest.param({}, "is none of", id="empty"),
        pytest.param({"kty": "oct", "k": "AAAA"}, "is none of", id="a secret"),
        pytest.param(public(EC, crv="secp256k1"), "is none of", id="another curve"),
        pytest.param({**public(EC), "crv": ["P-256"]}, "is none of", id="a list of curves"),
        pytest.param(public(EC, use="enc"), "not for signatures", id="for encryption"),
        pytest.param({**public(EC), "key_ops": ["sign"]}, "not for verifying", id="for signing"),
        pytest.param({**public(EC), "key_ops": 1}, "not for verifying", id="key_ops of no list"),
        pytest.param(EC, "private key", id="private"),
        pytest.param({**public(EC), "kid": 1}, "kid that is no text", id="kid"),
        pytest.param(public(EC, alg="ES384"), "does not fit", id="alg of another key"),
        pytest.param(public(EC, alg="none"), "does not fit", id="alg none"),
        pytest.param({**public(EC), "alg": ["ES256"]}, "does not fit", id="alg is a list"),
        pytest.param(public(EC, x=EC["y"]), "", id="not on the curve"),
        pytest.param(public(EC, x="AA"), "of 1 octets instead of 32", id="short"),
        pytest.param(public(EC, x=EC["x"] + "="), "is not base64url", id="padded"),
        pytest.param(public(ED25519, x="AA"), "of 1 octets instead of 32", id="short Ed25519"),
        pytest.param({**public(EC), "y": None}, "has no y", id="no y"),
        pytest.param(WEAK, "fewer than 2048", id="weak"),
        pytest.param(RSA | {"n": HUGE}, "more than 8192 bits", id="huge"),
        pytest.param(RSA | {"e": HUGE}, "more than 8192 bits", id="huge exponent"),
        pytest.param(RSA | {"e": "AQ"}, "", id="exponent 1"),
        pytest.param(RSA | {"n": "AA"}, "", id="modulus 0"),
    ],
)
def test_a_key_that_cannot_be_used_is_passed_over_with_a_reason(jwk: Any, said: str) -> None:
    found, problems = read_jwks({"keys": [jwk, public(ED25519, kid="good")]})
    assert [key.kid for key in found] == ["good"]
    assert len(problems) == 1
    assert problems[0].startswith("key 1 ")
    assert said in problems[0]


def test_only_so_many_keys_are_looked_at() -> None:
    found, problems = read_jwks({"keys": [public(ED25519)] * (MAX_KEYS + 1)})
    assert len(found) == MAX_KEYS
    assert problems == (f"only the first {MAX_KEYS} keys are looked at",)


@pytest.mark.parametrize("document", [{}, {"keys": {}}, {"keys": "x"}, {"keys": None}])
def test_what_is_no_set_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="has no list `keys`"):
        read_jwks(document)


@pytest.mark.parametrize(("octets", "algs"), [(31, 0), (32, 1), (47, 1), (48, 2), (64, 3)])
def test_a_secret_is_good_for_what_it_is_long_enough_for(octets: int, algs: int) -> None:
    assert secret_key("s" * octets).algs == HMAC_ALGS[:algs]
    assert "ssss" not in repr(secret_key("s" * octets))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["RSA", "EC", "OKP"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from(["kty", "crv", "x", "y", "n", "e", "alg", "use", "kid", "key_ops"])


@given(st.lists(st.dictionaries(MEMBERS, JSON | st.sampled_from([*EC.values(), "AQAB"]))))
def test_no_key_of_whatever_form_is_an_error(keys: list[Any]) -> None:
    found, problems = read_jwks({"keys": json.loads(json.dumps(keys))})
    assert len(found) + len(problems) == len(keys)
