"""The forms an access token may have; each makes a token out of claims (JWT: RFC 7519, RFC
9068).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from mockidp.issuer import Issuer
from mockidp.keys.jwt import sign


class TokenFormat(Protocol):
    name: str

    def make(self, lane: Issuer, claims: Mapping[str, Any]) -> str: ...


class Jwt:
    name = "jwt"

    def make(self, lane: Issuer, claims: Mapping[str, Any]) -> str:
        policy = lane.profile.access_token
        key = lane.keys.signing_key(lane.alg)
        return sign(claims, key, typ=policy.typ or None, kid=lane.profile.jwks.kid)


FORMATS: tuple[TokenFormat, ...] = (Jwt(),)

_BY_NAME = {form.name: form for form in FORMATS}


def format_named(name: str) -> TokenFormat:
    return _BY_NAME[name]
