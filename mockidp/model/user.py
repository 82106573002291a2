"""An end-user who can log in, and the claims about them (OpenID Connect Core 1.0, section 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """What the provider knows about one user.

    >>> anna = User(username="anna", password="s3cret", sub="u-1", claims={"locale": "et"})
    >>> anna.claims["locale"], "s3cret" in repr(anna)
    ('et', False)
    """

    username: str
    password: str = field(repr=False)
    #: Unique within the issuer and never given to somebody else (OpenID Connect Core 1.0, section
    #: 2).
    sub: str
    #: `email`, `name`, … as userinfo and the ID token give them. Copied, and read-only from then
    #: on.
    claims: Mapping[str, object] = field(default_factory=dict, hash=False)
    enabled: bool = True
    #: How this user signs in (`amr`: RFC 8176, section 2); None: as the profile says.
    amr: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        # A user of the configuration is shared by lanes: a test that could write here would change
        # the next test.
        object.__setattr__(self, "claims", MappingProxyType(dict(self.claims)))
