"""An artifact: anything the provider gave out and that ends one day, such as a code, a token or a
session.

An authorization code is RFC 6749, section 1.3.1, a refresh token section 1.5; the other kinds name
theirs below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import Literal, TypeAlias

from mockidp.records import dataclass

#: Use lists and dicts, not tuples: a store that writes JSON gives lists back.
JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"

ArtifactKind = Literal[
    "authorization_code",
    "redeemed",  # a code that was used, as long as what came of it lives (RFC 6749, section 4.1.2)
    "access_token",  # opaque ones; a self-contained token needs no store
    "refresh_token",
    "refresh_grace",  # a refresh token that was used a moment ago
    "session",  # a login at the provider
    "session_client",  # who was told of it (OpenID Connect Back-Channel Logout 1.0, section 2)
    "logout",  # a logout request that waits for a yes
    "told",  # an error that a person was shown (RFC 6749, section 4.1.2.1)
    "interaction",  # an authorize request that waits for a login or a consent
    "consent",
    "device_code",  # RFC 8628, section 3.2
    "user_code",
    "auth_req_id",  # OpenID CIBA Core 1.0, section 7.3
    "par",  # a pushed authorization request (RFC 9126, section 2.2)
    "jti",  # a seen assertion or DPoP proof (RFC 7523, section 3; RFC 9449, section 11.1)
    "revoked",  # the mark that a self-contained token was revoked (RFC 7009, section 2)
    "registration_access_token",  # RFC 7592, section 3
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One of these, as the stores keep it.

    >>> code = Artifact(kind="authorization_code", id="SplxlOBe", expires_at=600.0, scope=("read",))
    >>> code.is_expired(599.9), code.is_expired(600.0)
    (False, True)
    """

    kind: ArtifactKind
    #: The handle exactly as the client holds it; unique within its kind. It is a secret, so `repr`
    #: leaves it out.
    id: str = field(repr=False)
    #: Epoch seconds; None: never.
    expires_at: float | None
    client_id: str | None = None
    sub: str | None = None
    scope: tuple[str, ...] = ()
    #: Shared by everything that came of one grant, which is revoked together (RFC 9700, section
    #: 4.14.2); the sessions of one browser share theirs.
    family: str | None = None
    #: What only this kind knows (`nonce`, `code_challenge`, …). Copied, and read-only from then on.
    data: Mapping[str, JSON] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        # Writing to what `get` returned would change a store in memory and no other one: nobody
        # may.
        object.__setattr__(self, "data", MappingProxyType(dict(self.data)))

    def is_expired(self, now: float) -> bool:
        """True from exactly `expires_at` on, as `exp` is read (RFC 7519, section 4.1.4)."""
        return self.expires_at is not None and now >= self.expires_at
