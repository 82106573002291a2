"""Which claims about a user a scope stands for (OpenID Connect Core 1.0, 5.4)."""

from __future__ import annotations

from typing import Any

import pytest

from mockidp.model.user import User
from mockidp.tokens.user_claims import SCOPE_CLAIMS, claims_of

EVERYTHING: dict[str, Any] = {
    name: f"the {name}" for claims in SCOPE_CLAIMS.values() for name in claims
}
ANNA = User(username="anna", password="", sub="1", claims={**EVERYTHING, "secret": 1, "openid": 2})

# From the specification, word by word.
PROFILE = [
    *("name", "family_name", "given_name", "middle_name", "nickname", "preferred_username"),
    *("profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"),
]


@pytest.mark.parametrize(
    ("scopes", "names"),
    [
        ([], []),
        (["openid"], []),
        (["openid", "profile"], PROFILE),
        (["email"], ["email", "email_verified"]),
        (["address"], ["address"]),
        (["phone"], ["phone_number", "phone_number_verified"]),
        (["phone", "email"], ["email", "email_verified", "phone_number", "phone_number_verified"]),
        (["offline_access", "read", "secret", "EMAIL"], []),
    ],
)
def test_scopes_and_their_claims(scopes: list[str], names: list[str]) -> None:
    found = claims_of(ANNA, scopes)
    assert set(found) == set(names)
    assert all(found[name] == EVERYTHING[name] for name in names)
    assert claims_of(ANNA, reversed(scopes)) == found


def test_what_a_user_has_not_is_left_out() -> None:
    nobody = User(username="x", password="", sub="1")
    assert claims_of(nobody, [*SCOPE_CLAIMS]) == {}


@pytest.mark.parametrize("value", [None, "", False, 0, {"street_address": "x"}])
def test_what_a_user_has_is_given_as_it_is(value: Any) -> None:
    user = User(username="x", password="", sub="1", claims={"address": value})
    assert claims_of(user, ["address"]) == {"address": value}


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"email": None}, ["email"]),
        ({"secret": None}, ["secret"]),
        ({"email": {"value": "the email"}}, ["email"]),
        ({"email": {"value": "another"}}, []),
        ({"elsewhere": None}, []),
        ({"sub": None, "iss": None, "acr": None}, []),
        ({"email#": None, "#": None, "": None}, ["email"]),
    ],
)
def test_claims_one_by_one(asked: Any, names: list[str]) -> None:
    assert list(claims_of(ANNA, [], asked=asked)) == names
