"""The forms an access token may have (RFC 6749, section 1.4): self-contained, or a name for
what the store keeps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol

from mockidp.issuer import Issuer
from mockidp.keys.jwt import sign


class TokenFormat(Protocol):
    name: str
    #: Whether a token is nothing without its record in the store.
    is_kept: bool

    def make(self, lane: Issuer, claims: Mapping[str, Any]) -> str: ...

    def record_id(self, token: str) -> str:
        """The id of the artifact that the store keeps of a token."""
        ...


class Jwt:
    """A signed token that says everything itself (RFC 7519; RFC 9068)."""

    name = "jwt"
    is_kept = False

    def make(self, lane: Issuer, claims: Mapping[str, Any]) -> str:
        profile = lane.profile
        key = lane.keys.signing_key(lane.alg)
        return sign(
            claims,
            key,
            typ=profile.access_token.typ or None,
            kid=profile.jwks.kid,
            order=profile.jwt.header,
            json_style=profile.jwt.json,
        )

    def record_id(self, token: str) -> str:
        # A hash is as good as the token here, and much shorter. Of what is signed, because an ECDSA
        # signature (r, s) has a twin (r, n - s) that anybody can make: a revoked token would return
        # with it.
        signed = token.rpartition(".")[0]
        return f"sha256:{hashlib.sha256(signed.encode()).hexdigest()}"


class Opaque:
    """A random text in the provider's look."""

    name = "opaque"
    is_kept = True

    def make(self, lane: Issuer, claims: Mapping[str, Any]) -> str:
        return lane.ids.make(lane.profile.access_token.format)

    def record_id(self, token: str) -> str:
        return token


_JWT, _OPAQUE = Jwt(), Opaque()

FORMATS: tuple[TokenFormat, ...] = (_JWT, _OPAQUE)


def format_of(lane: Issuer) -> TokenFormat:
    """The form that the profile's access tokens have."""
    return _JWT if lane.profile.access_token.format == "jwt" else _OPAQUE
