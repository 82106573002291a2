"""Users: what `repr` keeps to itself, and that nobody can write to their claims."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mockidp.model.user import User


def anna(**claims: object) -> User:
    return User(username="anna", password="s3cret", sub="u-1", claims=claims)


def test_repr_shows_the_name_but_not_the_password() -> None:
    shown = repr(anna())
    assert "anna" in shown
    assert "s3cret" not in shown


def test_cannot_be_changed() -> None:
    user: Any = anna(locale="et")
    with pytest.raises(dataclasses.FrozenInstanceError):
        user.sub = "u-2"
    with pytest.raises(TypeError):
        user.claims["locale"] = "fi"


def test_keeps_a_copy_of_the_claims_it_was_made_from() -> None:
    claims: dict[str, object] = {"locale": "et"}
    user = User(username="anna", password="s3cret", sub="u-1", claims=claims)
    claims["locale"] = "fi"
    assert user.claims == {"locale": "et"}


def test_equal_claims_make_equal_users() -> None:
    assert anna(locale="et") == anna(locale="et")
    assert anna(locale="et") != anna(locale="fi")


def test_is_hashable_whatever_the_claims_hold() -> None:
    assert len({anna(address={"country": "EE"}), anna()}) == 2


def test_is_enabled_unless_told_otherwise() -> None:
    assert anna().enabled
    assert not dataclasses.replace(anna(), enabled=False).enabled
