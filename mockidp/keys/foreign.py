"""Keys of somebody else, with which his tokens are verified: the JWK Set of a client, or its secret
(RFC 7517, sections 4 and 5; RFC 7518, sections 3.2 and 6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mockidp.keys import segment
from mockidp.keys.alg import FULLY_SPECIFIED, PublicKey, algs_of, hash_of
from mockidp.records import dataclass

#: Algorithms of a shared secret (RFC 7518, 3.2).
HMAC_ALGS = ("HS256", "HS384", "HS512")

#: In one set, the others are not looked at.
MAX_KEYS = 50
_MAX_RSA_BITS = 8192
#: RFC 7518, 6.2.2, 6.3.2 and 6.4.1
_PRIVATE = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))
_MAX_EXPONENT_BITS = 33

_CURVES: Mapping[str, tuple[ec.EllipticCurve, int]] = MappingProxyType(
    {
        "P-256": (ec.SECP256R1(), 32),
        "P-384": (ec.SECP384R1(), 48),
        "P-521": (ec.SECP521R1(), 66),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A public key or a secret, and all algorithms that it may verify (RFC 8725, 3.1)."""

    #: For hints.
    name: str
    kid: str | None
    algs: tuple[str, ...]
    material: PublicKey | bytes = field(repr=False)


def read_jwks(document: Mapping[str, Any]) -> tuple[tuple[ForeignKey, ...], tuple[str, ...]]:
    """The keys of a set that signatures can be verified with, and why the others cannot be.

    RFC 7517, 5: what is not understood is passed over. Raises `ValueError`, a predicate, when the
    document is no JWK Set.
    """
    keys = document.get("keys")
    if not isinstance(keys, list | tuple):
        raise ValueError("has no list `keys` (RFC 7517, 5.1)")
    found: list[ForeignKey] = []
    problems: list[str] = []
    for place, jwk in enumerate(keys[:MAX_KEYS], 1):
        try:
            found.append(_read_jwk(jwk, f"key {place}"))
        except ValueError as problem:
            problems.append(f"key {place} {problem}")
    if len(keys) > MAX_KEYS:
        problems.append(f"only the first {MAX_KEYS} keys are looked at")
    return tuple(found), tuple(problems)


def check_jwks(document: Mapping[str, Any], *, is_sent: bool = False) -> None:
    """Whether the set is of use for who has these keys; `is_sent` is one that he has sent himself,
    which holds nothing that is his alone (RFC 7517, 9.2). Raises `ValueError`, a predicate.
    """
    found, problems = read_jwks(document)
    keys = document["keys"]
    if is_sent and len(keys) > MAX_KEYS:
        raise ValueError(f"has {len(keys)} keys, more than {MAX_KEYS}")
    private = [jwk for jwk in keys if isinstance(jwk, Mapping) and not _PRIVATE.isdisjoint(jwk)]
    if is_sent and private:
        raise ValueError("has a private or a symmetric key; send public keys alone")
    if not found and problems:
        raise ValueError(f"has no key of use: {'; '.join(problems[:3])}")


def read_public_jwk(jwk: object) -> ForeignKey:
    """One key that stands alone. Raises `ValueError`, a predicate, when it is none, or has a
    member that only its owner may know (RFC 7517, 9.2).
    """
    key = _read_jwk(jwk, "the key that was sent")
    assert isinstance(jwk, Mapping)
    private = [name for name in jwk if name in _PRIVATE]
    if private:
        raise ValueError(f"has a private member: {private[0]} (RFC 7517, 9.2)")
    return replace(key, kid=None)


def secret_key(secret: str) -> ForeignKey:
    """The secret of a client as a key, good for what it is long enough for.

    RFC 7518, 3.2: "A key of the same size as the hash output or larger MUST be used".
    """
    octets = secret.encode("utf-8", "surrogatepass")
    algs = tuple(alg for alg in HMAC_ALGS if len(octets) >= least_octets(alg))
    return ForeignKey(name="the client_secret", kid=None, algs=algs, material=octets)


def least_octets(alg: str) -> int:
    """How long a secret has to be.

    >>> least_octets("HS256"), least_octets("HS512")
    (32, 64)
    """
    return int(hash_of(alg).removeprefix("sha")) // 8


def _read_jwk(jwk: object, name: str) -> ForeignKey:
    if not isinstance(jwk, Mapping):
        raise ValueError("is no object")
    _check_purpose(jwk)
    kid = jwk.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise ValueError("has a kid that is no text (RFC 7517, 4.5)")
    if "d" in jwk:
        raise ValueError("is a private key (RFC 7517, 9.2)")
    key = _public_key(jwk)
    usual = algs_of(key)
    algs = usual + tuple(FULLY_SPECIFIED[alg] for alg in usual if alg in FULLY_SPECIFIED)
    alg = jwk.get("alg")
    if alg is not None:
        if alg not in algs:
            raise ValueError(f"has an alg that it does not fit; it is for {', '.join(algs)}")
        algs = (alg,)
    return ForeignKey(name=name if kid is None else kid[:80], kid=kid, algs=algs, material=key)


def _check_purpose(jwk: Mapping[str, Any]) -> None:
    if jwk.get("use", "sig") != "sig":
        raise ValueError("is not for signatures: its use is not sig (RFC 7517, 4.2)")
    operations = jwk.get("key_ops")
    if operations is not None and "verify" not in _texts(operations):
        raise ValueError("is not for verifying: its key_ops have no verify (RFC 7517, 4.3)")


def _texts(value: object) -> Sequence[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _public_key(jwk: Mapping[str, Any]) -> PublicKey:
    kty, crv = jwk.get("kty"), jwk.get("crv")
    if kty == "RSA":
        modulus, exponent = _number(jwk, "n"), _number(jwk, "e")
        # Whoever chooses them chooses how long a verification takes.
        if modulus.bit_length() > _MAX_RSA_BITS or exponent.bit_length() > _MAX_EXPONENT_BITS:
            raise ValueError(f"is an RSA key with more than {_MAX_RSA_BITS} bits, or an odd e")
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    if kty == "EC" and isinstance(crv, str) and crv in _CURVES:
        curve, size = _CURVES[crv]
        x, y = (int.from_bytes(_octets(jwk, name, size)) for name in ("x", "y"))
        return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    if kty == "OKP" and crv == "Ed25519":
        return Ed25519PublicKey.from_public_bytes(_octets(jwk, "x", 32))
    raise ValueError("is none of: RSA; EC on P-256, P-384, P-521; OKP with Ed25519")


def _number(jwk: Mapping[str, Any], name: str) -> int:
    return int.from_bytes(_octets(jwk, name))


def _octets(jwk: Mapping[str, Any], name: str, size: int | None = None) -> bytes:
    text = jwk.get(name)
    if not isinstance(text, str):
        raise ValueError(f"has no {name}")
    try:
        octets = segment.decode(text)
    except ValueError as problem:
        raise ValueError(f"has a member {name} that {problem}") from None
    if size is not None and len(octets) != size:  # RFC 7518, 6.2.1.2
        raise ValueError(f"has a member {name} of {len(octets)} octets instead of {size}")
    return octets
