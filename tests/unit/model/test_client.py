"""Clients: which of them are public, and what `repr` keeps to itself."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mockidp.model.client import Client


@pytest.mark.parametrize(
    ("secret", "method", "is_public"),
    [
        pytest.param(None, None, True, id="no secret"),
        pytest.param("", None, True, id="an empty secret is none"),
        pytest.param(None, "none", True, id="says so"),
        pytest.param("s3cret", None, False, id="secret"),
        pytest.param("s3cret", "none", False, id="a secret it need not send"),
        pytest.param(None, "private_key_jwt", False, id="signs assertions"),
        pytest.param(None, "tls_client_auth", False, id="shows a certificate"),
    ],
)
def test_is_public_without_credentials(
    secret: str | None, method: str | None, is_public: bool
) -> None:
    client = Client(client_id="app", client_secret=secret, token_endpoint_auth_method=method)
    assert client.is_public is is_public


def test_repr_shows_the_id_but_not_the_secret() -> None:
    shown = repr(Client(client_id="app", client_secret="s3cret"))
    assert "app" in shown
    assert "s3cret" not in shown


def test_grant_types_default_to_those_of_rfc_7591() -> None:
    assert Client(client_id="app").grant_types == ("authorization_code",)


def test_cannot_be_changed() -> None:
    client: Any = Client(client_id="app", attributes={"default_storage": "First"})
    with pytest.raises(dataclasses.FrozenInstanceError):
        client.enabled = False
    with pytest.raises(TypeError):
        client.attributes["default_storage"] = "Second"


def test_keeps_a_copy_of_the_attributes_it_was_made_from() -> None:
    attributes: dict[str, object] = {"default_storage": "First"}
    client = Client(client_id="app", attributes=attributes)
    attributes["default_storage"] = "Second"
    assert client.attributes == {"default_storage": "First"}


def test_replace_changes_only_what_is_named() -> None:
    client = Client(client_id="app", client_secret="s3cret", attributes={"a": 1})
    disabled = dataclasses.replace(client, enabled=False)
    assert dataclasses.replace(disabled, enabled=True) == client
    assert (disabled.enabled, disabled.client_secret) == (False, "s3cret")


def test_is_hashable_whatever_its_attributes_hold() -> None:
    assert len({Client(client_id="app", attributes={"list": [1]}), Client(client_id="app")}) == 2
