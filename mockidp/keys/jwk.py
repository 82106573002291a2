"""The JSON Web Key of a public key (RFC 7517; RFC 7518, section 6; RFC 8037, section 2).

And its thumbprint (RFC 7638).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from mockidp.keys.alg import PrivateKey, PublicKey
from mockidp.keys.foreign import ForeignKey

# RFC 7638, 3.2, and RFC 8037, 2: the required members in lexicographic order. All of them are
# public, so that taking these and no others is also what keeps private members out of every JWK we
# serve.
_KEY_MEMBERS = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
}


def public_jwk(
    key: PrivateKey | PublicKey, *, kid: str | None, alg: str, use: str = "sig"
) -> dict[str, str]:
    """The public JWK of `key`, which may be either half; without `kid` when that is None."""
    members = _key_members(key)
    jwk = {"kty": members.pop("kty"), "use": use}
    if kid is not None:
        jwk["kid"] = kid
    return {**jwk, "alg": alg, **members}


def thumbprint(key: PrivateKey | PublicKey) -> str:
    """The SHA-256 thumbprint (RFC 7638, 3), base64url without padding: one for both halves."""
    # RFC 7638, 3.3: the required members only, in lexicographic order, no white space.
    text = json.dumps(_key_members(key), separators=(",", ":"))
    return urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=").decode()


def thumbprint_of(key: ForeignKey) -> str:
    """The same of somebody else's public key."""
    assert not isinstance(key.material, bytes), "a secret has no thumbprint"
    return thumbprint(key.material)


def _key_members(key: PrivateKey | PublicKey) -> dict[str, str]:
    if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey):
        key = key.public_key()
    jwk: dict[str, Any]
    if isinstance(key, rsa.RSAPublicKey):
        jwk = RSAAlgorithm.to_jwk(key, as_dict=True)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        jwk = ECAlgorithm.to_jwk(key, as_dict=True)
    else:
        jwk = OKPAlgorithm.to_jwk(key, as_dict=True)
    return {name: jwk[name] for name in _KEY_MEMBERS[jwk["kty"]]}
