"""Which claims about a user a scope stands for, or a request asks for one by one (OpenID Connect
Core 1.0, sections 5.2, 5.4 and 5.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from mockidp.model.user import User
from mockidp.tokens.wishes import Asked, fits

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


#: What is said by the provider, of the token or of the sign-in, and by no user's claims (2).
RESERVED = frozenset(
    {
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "jti",
        "auth_time",
        "nonce",
        "acr",
        "amr",
        "azp",
        "at_hash",
        "c_hash",
        "s_hash",
        "sid",
        "client_id",
        "scope",
    }
)

_NOTHING: Asked = MappingProxyType({})


def claims_of(
    user: User, scopes: Iterable[str], *, asked: Asked = _NOTHING, locales: Sequence[str] = ()
) -> dict[str, Any]:
    """The claims that these scopes give and those ``asked`` for one by one, those left out that the
    user has not, or not with the value asked for. Beside a claim of a scope comes the same in the
    first of the ``locales`` that the user has it in.

    >>> anna = User(username="anna", password="", sub="1", claims={"email": "a@x", "name": "Anna"})
    >>> claims_of(anna, ["openid", "email"])
    {'email': 'a@x'}
    >>> claims_of(anna, [], asked={"name": None, "email": {"value": "b@x"}})
    {'name': 'Anna'}
    """
    found: dict[str, Any] = {}
    for name in named_by(scopes):
        if name in user.claims:
            found[name] = user.claims[name]
        in_language = (_in_language(user, name, locale) for locale in locales)
        if other := next(filter(None, in_language), None):
            found[other] = user.claims[other]
    for name, wanted in asked.items():
        base, _, tag = name.partition("#")
        known = (tag and _in_language(user, base, tag)) or base
        if base not in RESERVED and known in user.claims and fits(user.claims[known], wanted):
            found[known] = user.claims[known]
    return found


def named_by(scopes: Iterable[str]) -> list[str]:
    """The claims that these scopes stand for."""
    asked = set(scopes)
    return [name for scope, names in SCOPE_CLAIMS.items() if scope in asked for name in names]


def _in_language(user: User, name: str, tag: str) -> str | None:
    """The claim in this language (5.2); the case of the tag does not matter (RFC 5646, 2.1.1)."""
    wanted = f"{name}#{tag}".lower()
    return next((known for known in user.claims if known.lower() == wanted), None)
