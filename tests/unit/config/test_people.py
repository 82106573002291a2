"""Clients and users as they are written, and what is made up for them."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from mockidp.config.people import client_fields, make_client, make_user
from mockidp.ids import Ids
from mockidp.model.client import Client
from mockidp.profiles.load import load_profile
from mockidp.profiles.problems import ConfigError

TOTAL = load_profile("groupdocs-total")
OPENID = load_profile("openid")


def client(written: dict[str, Any], *, seed: int | None = None) -> Client:
    return make_client(OPENID, Ids(seed), "test", written)


def test_what_is_left_out_is_made_up_in_the_look_of_the_provider() -> None:
    made = make_client(TOTAL, Ids(), "test", {})
    assert uuid.UUID(made.client_id).version == 4
    assert made.client_secret
    assert re.fullmatch("[0-9a-f]{32}", made.client_secret)
    assert made.grant_types == ("client_credentials",)
    assert made.scope is None
    assert set(made.attributes) == {"default_storage", "identity_user_id"}
    assert re.fullmatch("[1-9][0-9]{5}", str(made.attributes["identity_user_id"]))


def test_a_seed_makes_the_same_client_again() -> None:
    assert client({}, seed=3) == client({}, seed=3)
    assert client({}, seed=3) != client({}, seed=4)


def test_attributes_of_the_user_go_over_those_made_up() -> None:
    made = make_client(TOTAL, Ids(), "test", {"attributes": {"default_storage": "S", "plan": "x"}})
    assert made.attributes["default_storage"] == "S"
    assert made.attributes["plan"] == "x"
    assert "identity_user_id" in made.attributes


@pytest.mark.parametrize(
    ("field", "written", "kept"),
    [
        pytest.param("client_secret", None, None, id="no secret"),
        pytest.param("scope", "read  write", ("read", "write"), id="scope as one text"),
        pytest.param("scope", ["write", "read"], ("write", "read"), id="scope as a list"),
        pytest.param("scope", [], (), id="no scope at all"),
        pytest.param("scope", None, None, id="every scope"),
        pytest.param("grant_types", [], (), id="no grant"),
        pytest.param("grant_types", ["refresh_token"], ("refresh_token",), id="not served here"),
        pytest.param("redirect_uris", ["https://a/"], ("https://a/",), id="redirect_uris"),
        pytest.param("access_token_lifetime", 5, 5, id="whole seconds"),
        pytest.param("access_token_lifetime", 1.5, 1.5, id="one and a half"),
        pytest.param("access_token_lifetime", None, None, id="the profile's lifetime"),
        pytest.param("enabled", False, False, id="disabled"),
        pytest.param("token_endpoint_auth_method", "none", "none", id="method"),
        pytest.param("client_name", "", "", id="an empty name"),
    ],
)
def test_fields_are_taken_in_the_type_of_the_model(field: str, written: Any, kept: Any) -> None:
    assert getattr(client({field: written}), field) == kept


def test_a_client_without_authentication_gets_no_secret() -> None:
    made = client({"token_endpoint_auth_method": "none"})
    assert made.client_secret is None
    assert made.is_public


def test_a_method_that_the_provider_does_not_take_is_refused() -> None:
    # Such a client could never prove who it is.
    with pytest.raises(ConfigError, match=r"'none': this provider takes: client_secret_basic, "):
        make_client(TOTAL, Ids(), "test", {"token_endpoint_auth_method": "none"})


def test_changes_are_checked_like_new_clients_and_nothing_is_made_up() -> None:
    assert client_fields(OPENID, {"scope": "read"}, "update") == {"scope": ("read",)}
    with pytest.raises(ConfigError, match=r"^update: client\.enabled = 'no': must be true"):
        client_fields(OPENID, {"enabled": "no"}, "update")


def test_a_user_has_a_password_and_a_lasting_sub() -> None:
    anna = make_user("test", {"username": "anna"})
    assert anna.password == "anna"
    assert uuid.UUID(anna.sub).version == 5
    assert make_user("elsewhere", {"username": "anna"}) == anna
    assert make_user("test", {"username": "otto"}).sub != anna.sub


def test_a_user_is_taken_as_written() -> None:
    written = {
        "username": "anna",
        "password": "",
        "sub": "u-1",
        "claims": {"locale": "et", "groups": ["a"], "address": {"country": "EE"}},
        "enabled": False,
    }
    anna = make_user("test", written)
    assert (anna.password, anna.sub, anna.enabled) == ("", "u-1", False)
    assert anna.claims == written["claims"]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("post_logout_redirect_uris", ["https://a/#x"], "has a fragment"),
        ("post_logout_redirect_uris", ["javascript:alert(1)"], "the scheme javascript"),
        ("frontchannel_logout_uri", "https://a;script-src/", "malformed"),
        ("frontchannel_logout_uri", "com.example:/out", "is not of the web"),
        ("backchannel_logout_uri", "/out", "is not absolute"),
    ],
)
def test_addresses_for_logout_are_those_of_an_application(
    field: str, value: Any, problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        client({field: value})
    assert f"client.{field}" in str(caught.value)
