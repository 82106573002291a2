"""MOCKIDP_* variables: whose they are, what they set, and values written as text."""

from __future__ import annotations

from typing import Any

import pytest

from mockidp.config.environ import environ_layers
from mockidp.config.file import read_config
from mockidp.config.layers import FLAT_OPTIONS, OPTIONS, Layer, split
from mockidp.config.server import server_options
from mockidp.config.settings import resolve
from mockidp.config.values import parse_assignment, parse_value
from mockidp.profiles.build import keywords
from mockidp.profiles.schema import sections


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("60", 60, id="whole number"),
        pytest.param("0.5", 0.5, id="number"),
        pytest.param("-1", -1, id="negative"),
        pytest.param("true", True, id="true"),
        pytest.param("True", "True", id="not TOML's true"),
        pytest.param("id.example", "id.example", id="text"),
        pytest.param('"60"', "60", id="a number as text"),
        pytest.param("'a b'", "a b", id="quoted"),
        pytest.param('["a", "b"]', ["a", "b"], id="list"),
        pytest.param('{a = 1, b = "c"}', {"a": 1, "b": "c"}, id="table"),
        pytest.param('[{"a": null, "b": true}]', [{"a": None, "b": True}], id="JSON"),
        pytest.param('{\n  "a": 1\n}', {"a": 1}, id="JSON of several lines"),
        pytest.param("[::1]", "[::1]", id="neither TOML nor JSON"),
        pytest.param("null", "null", id="not JSON's null"),
        pytest.param("", "", id="nothing"),
        pytest.param("a = b", "a = b", id="looks like an assignment"),
        pytest.param("1\nother = 2", "1\nother = 2", id="two lines are text"),
        pytest.param("https://idp.example/", "https://idp.example/", id="address"),
        pytest.param(r"C:\keys\new.pem", r"C:\keys\new.pem", id="backslashes"),
    ],
)
def test_a_value_is_toml_where_it_is_toml(text: str, value: Any) -> None:
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


def test_pem_text_is_text() -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    assert parse_value(pem) == pem


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        pytest.param("a=1", ("a", 1), id="plain"),
        pytest.param(" a = 1 ", ("a", 1), id="spaces"),
        pytest.param("a=b=c", ("a", "b=c"), id="the first equals sign separates"),
        pytest.param("a=", ("a", ""), id="empty"),
    ],
)
def test_an_assignment_is_a_name_and_a_value(text: str, pair: tuple[str, Any]) -> None:
    assert parse_assignment(text, "--set") == pair


@pytest.mark.parametrize("name", [*keywords(), *OPTIONS, *FLAT_OPTIONS, *sections()])
def test_every_setting_has_a_variable(name: str) -> None:
    variable = f"MOCKIDP_{name.upper()}"
    layers = environ_layers({variable: "x"}, "openid", ("openid",))
    assert layers == [Layer(variable, {name: "x"})]


def test_names_of_settings_never_collide() -> None:
    names = [*keywords(), *OPTIONS, *FLAT_OPTIONS, *sections()]
    assert len(names) == len(set(names))


def test_other_variables_and_reserved_ones_are_left_alone() -> None:
    environ = {"PATH": "/bin", "mockidp_seed": "1", "MOCKIDP_CONFIG": "x", "MOCKIDP_PORT": "1"}
    assert environ_layers(environ, "openid", ("openid",)) == []


@pytest.mark.parametrize(
    ("variable", "profile", "own"),
    [
        pytest.param("MOCKIDP_OPENID_SEED", "openid", (), id="built-in"),
        pytest.param("MOCKIDP_GROUPDOCS_TOTAL_SEED", "groupdocs-total", (), id="hyphen"),
        pytest.param("MOCKIDP_OPENID_EU_SEED", "openid-eu", ("openid-eu",), id="longest"),
        pytest.param("MOCKIDP_ACCESS_SEED", "access", ("access",), id="begins like a setting"),
        pytest.param(
            "MOCKIDP_ACCESS_ACCESS_TOKEN_ALG", "access", ("access",), id="that one's setting"
        ),
    ],
)
def test_a_variable_with_a_profile_in_its_name_is_for_that_profile(
    variable: str, profile: str, own: tuple[str, ...]
) -> None:
    profiles = ("openid", "groupdocs-total", *own)
    assert [x.origin for x in environ_layers({variable: "1"}, profile, profiles)] == [variable]
    for other in set(profiles) - {profile}:
        assert environ_layers({variable: "1"}, other, profiles) == []


def test_a_profile_called_like_a_setting_does_not_take_it_from_the_others() -> None:
    file = read_config(
        {"profiles": {name: {"extends": "openid"} for name in ("access", "token")}}, "config"
    )
    environ = {"MOCKIDP_ACCESS_TOKEN_LIFETIME": "7"}
    for name in file.profiles:
        assert resolve(name, file=file, environ=environ).profile.access_token.lifetime == 7


def test_variables_of_all_come_before_those_of_one() -> None:
    environ = {"MOCKIDP_OPENID_SEED": "1", "MOCKIDP_SEED": "2"}
    layers = environ_layers(environ, "openid", ("openid",))
    assert [layer.values["seed"] for layer in layers] == [2, 1]


def test_the_server_is_told_where_to_listen_and_what_to_serve() -> None:
    environ = {
        "MOCKIDP_HOST": "::1",
        "MOCKIDP_PORT": "0",
        "MOCKIDP_PROFILES": "openid, groupdocs-total,,",
    }
    assert server_options(environ) == {
        "host": "::1",
        "port": 0,
        "profiles": ["openid", "groupdocs-total"],
    }


def test_the_profiles_of_the_server_may_be_a_list_as_elsewhere() -> None:
    environ = {"MOCKIDP_PROFILES": '["openid", "groupdocs-total"]'}
    assert server_options(environ) == {"profiles": ["openid", "groupdocs-total"]}


def test_empty_variables_of_the_server_say_nothing() -> None:
    assert server_options(dict.fromkeys(("MOCKIDP_HOST", "MOCKIDP_PORT"), "")) == {}


def test_a_layer_is_split_into_options_and_tables() -> None:
    layer = Layer("here", {"seed": 1, "limiter": {"allowed": 1}, "limiter_window": 2})
    parts = split(layer)
    assert parts.options == {"seed": 1}
    assert parts.overlay.origin == "here"
    assert parts.overlay.tables == {"limiter": {"allowed": 1, "window": 2}}


def test_splitting_does_not_change_the_layer() -> None:
    values = {"limiter": {"allowed": 1}, "limiter_window": 2, "clients": ({"client_id": "a"},)}
    split(Layer("here", values))
    assert values["limiter"] == {"allowed": 1}
    assert split(Layer("here", values)).options["clients"] == [{"client_id": "a"}]


def test_an_empty_variable_sets_nothing() -> None:
    assert environ_layers({"MOCKIDP_ACCESS_TOKEN_LIFETIME": ""}, "openid", ["openid"]) == []
