"""Artifacts: when they are expired, and that nobody can write to them."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from mockidp.model.artifact import JSON, Artifact


def code(expires_at: float | None = 600.0, data: dict[str, JSON] | None = None) -> Artifact:
    return Artifact(
        kind="authorization_code", id="SplxlOBe", expires_at=expires_at, data=data or {}
    )


@pytest.mark.parametrize(
    ("expires_at", "now", "expired"),
    [
        pytest.param(600.0, 599.0, False, id="before"),
        pytest.param(600.0, math.nextafter(600.0, 0.0), False, id="the last moment before"),
        pytest.param(600.0, 600.0, True, id="exactly then"),
        pytest.param(600.0, 601.0, True, id="after"),
        pytest.param(0.0, 0.0, True, id="the epoch is a time and not never"),
        pytest.param(None, 1e12, False, id="never"),
    ],
)
def test_expires_on_or_after_expires_at(
    expires_at: float | None, now: float, expired: bool
) -> None:
    assert code(expires_at).is_expired(now) is expired


def test_cannot_be_changed() -> None:
    artifact: Any = code(data={"nonce": "n"})
    with pytest.raises(dataclasses.FrozenInstanceError):
        artifact.expires_at = 1.0
    with pytest.raises(TypeError):
        artifact.data["nonce"] = "other"


def test_keeps_a_copy_of_the_data_it_was_made_from() -> None:
    data: dict[str, JSON] = {"nonce": "n"}
    artifact = code(data=data)
    data["nonce"] = "other"
    assert artifact.data == {"nonce": "n"}


def test_equal_content_is_equal_and_hashes_alike() -> None:
    one, other = code(data={"nonce": "n"}), code(data={"nonce": "n"})
    assert one == other
    assert hash(one) == hash(other)
    assert one != code(data={"nonce": "m"})


def test_replace_keeps_the_data() -> None:
    later = dataclasses.replace(code(data={"nonce": "n"}), expires_at=700.0)
    assert (later.expires_at, later.data["nonce"]) == (700.0, "n")


def test_repr_does_not_show_the_handle() -> None:
    assert "SplxlOBe" not in repr(code())
