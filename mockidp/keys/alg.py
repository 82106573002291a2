"""The signature algorithms and the keys they fit (RFC 7518, section 3.1; RFC 8037, section 3.1)."""

from __future__ import annotations

from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey
PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | Ed25519PublicKey

# RFC 9864, 2.2: the name says the curve too. Others sign under it; we do under the older one.
FULLY_SPECIFIED = {"EdDSA": "Ed25519"}
RSA_ALGS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
# RFC 7518, 3.4: each ECDSA algorithm is bound to one curve.
_EC_ALGS = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
ALGS = (*RSA_ALGS, *_EC_ALGS.values(), "EdDSA")

# RFC 7518, 3.3 and 3.5: "A key of size 2048 bits or larger MUST be used".
_MIN_RSA_BITS = 2048


def algs_of(key: object) -> tuple[str, ...]:
    """The algorithms that a private or public key can be used with, the usual one first.

    Raises `ValueError` with the reason when there is none.
    """
    match key:
        case rsa.RSAPrivateKey() | rsa.RSAPublicKey():
            if key.key_size < _MIN_RSA_BITS:
                raise ValueError(f"an RSA key of {key.key_size} bits, fewer than {_MIN_RSA_BITS}")
            return RSA_ALGS
        case ec.EllipticCurvePrivateKey() | ec.EllipticCurvePublicKey():
            if key.curve.name not in _EC_ALGS:
                raise ValueError(f"an EC key on {key.curve.name}, not on {', '.join(_EC_ALGS)}")
            return (_EC_ALGS[key.curve.name],)
        case Ed25519PrivateKey() | Ed25519PublicKey():
            return ("EdDSA",)
    raise ValueError(f"a key of type {type(key).__name__}, not one of: RSA, EC, Ed25519")


def generate(alg: str) -> PrivateKey:
    """A fresh private key for `alg`. An RSA key takes 24 to 450 ms, the others less than one.

    Raises `ValueError` naming the choices when `alg` is not one of `ALGS`.
    """
    match alg:
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case "ES384":
            return ec.generate_private_key(ec.SECP384R1())
        case "ES512":
            return ec.generate_private_key(ec.SECP521R1())
        case "EdDSA":
            return Ed25519PrivateKey.generate()
        case _ if alg in RSA_ALGS:
            return rsa.generate_private_key(public_exponent=65537, key_size=_MIN_RSA_BITS)
    raise ValueError(f"alg {alg!r} is not one of: {', '.join(ALGS)}")


def hash_of(alg: str) -> str:
    """The hash function an algorithm signs with, by the name that hashlib has for it.

    >>> hash_of("ES256"), hash_of("EdDSA")
    ('sha256', 'sha512')
    """
    # RFC 8032, 5.1: Ed25519 is EdDSA with SHA-512.
    return "sha512" if alg == "EdDSA" else f"sha{alg[2:]}"
