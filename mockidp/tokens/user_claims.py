"""Which claims about a user a scope stands for (OpenID Connect Core 1.0, section 5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from mockidp.model.user import User

#: The claims of each scope, in the order of section 5.1.
SCOPE_CLAIMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "profile": (
            "name",
            "given_name",
            "family_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ),
        "email": ("email", "email_verified"),
        "address": ("address",),
        "phone": ("phone_number", "phone_number_verified"),
    }
)


def claims_of(user: User, scopes: Iterable[str]) -> dict[str, Any]:
    """The claims that these scopes give, those left out that the user has not.

    >>> anna = User(username="anna", password="", sub="1", claims={"email": "a@x", "name": "Anna"})
    >>> claims_of(anna, ["openid", "email"])
    {'email': 'a@x'}
    """
    asked = set(scopes)
    return {
        name: user.claims[name]
        for scope, claims in SCOPE_CLAIMS.items()
        if scope in asked
        for name in claims
        if name in user.claims
    }
