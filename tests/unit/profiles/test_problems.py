"""The error for wrong use: one line with place, key and value, and the names that were meant."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from mockidp.profiles.problems import ConfigError


def nested() -> list[Any]:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("x", "'x'", id="text"),
        pytest.param("a\nb", r"'a\nb'", id="line break"),
        pytest.param("x" * 100, "'" + "x" * 76 + "...", id="long"),
        pytest.param(True, "True", id="switch"),
        pytest.param(1 << 100_000, "(int, too large to show)", id="a number without end"),
        pytest.param(nested(), "(list, too large to show)", id="lists in lists"),
    ],
)
def test_a_value_is_shown_in_one_short_piece(value: Any, shown: str) -> None:
    assert str(ConfigError.at("file", "key", value, "no")) == f"file: key = {shown}: no"


def test_a_hidden_value_is_only_a_type() -> None:
    assert str(ConfigError.hidden("file", "keys", "hush", "no")) == "file: keys = <str>: no"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a\nb", r"a\nb", id="line break"),
        pytest.param("a\x1b[2Jb", r"a\x1b[2Jb", id="terminal"),
        pytest.param("a\u2028b", r"a\u2028b", id="line separator"),
        pytest.param("a\udc80b", r"a\udc80b", id="half a pair"),
        pytest.param("ä “ß” →", "ä “ß” →", id="other languages"),
    ],
)
def test_an_error_is_one_line(text: str, line: str) -> None:
    error = ConfigError(text)
    assert str(error) == line
    assert str(pickle.loads(pickle.dumps(error))) == line


def test_an_unknown_name_is_answered_with_the_nearest_and_all_valid_ones() -> None:
    error = ConfigError.unknown("file", "key", "widnow", ["window", "allowed", "allowed"])
    assert str(error) == (
        "file: unknown key 'widnow'; did you mean 'window'? valid: allowed, window"
    )


def test_a_name_like_no_other_gets_no_suggestion() -> None:
    error = ConfigError.unknown("", "key", "qqq", ["window"])
    assert str(error) == "unknown key 'qqq'; valid: window"


def test_of_very_many_names_only_the_near_ones_are_shown() -> None:
    names = [f"name_{number}" for number in range(50)]
    said = str(ConfigError.unknown("", "key", "name_7", names))
    assert "did you mean 'name_7'?" in said
    assert said.endswith("and 45 more")


def test_of_very_many_names_all_are_shown_when_none_is_near() -> None:
    names = [f"name_{number}" for number in range(50)]
    assert str(ConfigError.unknown("", "key", "qqqqqq", names)).count("name_") == 50


@pytest.mark.parametrize("name", [5, None, ("a",), "x" * 100_000])
def test_a_name_may_be_anything(name: Any) -> None:
    assert len(str(ConfigError.unknown("file", "key", name, ["a", "b"]))) < 200


def test_it_is_a_value_error() -> None:
    assert issubclass(ConfigError, ValueError)


@pytest.mark.parametrize(
    ("name", "choices", "suggested"),
    [
        pytest.param(
            "authorization", ["authorize", "device_authorization"], "authorize", id="beginning"
        ),
        pytest.param(
            "pkce", ["api_key", "authorize_pkce"], "authorize_pkce", id="without its table"
        ),
        pytest.param("token_endpoint", ["introspection", "token"], "token", id="half of it"),
        pytest.param("nope", ["openid", "proz"], "", id="nothing alike"),
    ],
)
def test_what_is_suggested_is_what_was_meant(name: str, choices: list[str], suggested: str) -> None:
    _, said, meant = str(ConfigError.unknown("", "name", name, choices)).partition("did you mean ")
    assert (bool(said), meant.partition("?")[0]) == (
        bool(suggested),
        repr(suggested) * bool(suggested),
    )
