"""The rules of values: what passes, and what is said of the rest."""

from __future__ import annotations

import math
from json import dumps
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockidp.keys.jwt import sign, verify
from mockidp.keys.source import make_keyring
from mockidp.profiles import rules


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (rules.status, 200),
        (rules.status, 599),
        (rules.path, "/"),
        (rules.path, "/v2.0/translation/ä%20b;c=d"),
        (rules.host_and_prefix, "idp.example"),
        (rules.host_and_prefix, "idp.example/"),
        (rules.host_and_prefix, "idp.example:8080/v1"),
        (rules.header_text, ""),
        (rules.header_text, 'Basic realm="a b", charset="UTF-8"'),
        (rules.header_text, "à"),
        (rules.header_name, "X-Request_ID"),
        (rules.amount, 0),
        (rules.amount, 1e12),
        (rules.look, "hex:32"),
        (rules.json, {"a": [None, True, 1, 1.5, "ä", {}]}),
    ],
)
def test_what_is_right_passes(rule: rules.Rule, value: Any) -> None:
    assert rule(value) == ""


@pytest.mark.parametrize(
    ("rule", "value", "problem"),
    [
        (rules.status, 199, "200 to 599"),
        (rules.status, 600, "200 to 599"),
        (rules.path, "", "slash"),
        (rules.path, "token", "slash"),
        (rules.path, "/a?b", "query"),
        (rules.path, "/a#b", "fragment"),
        (rules.path, "/a b", "space"),
        (rules.path, "/a\n", "space"),
        (rules.host_and_prefix, "", "as in"),
        (rules.host_and_prefix, "/v1", "as in"),
        (rules.host_and_prefix, "http://idp.example", "as in"),
        (rules.header_text, "a\nb", "control"),
        (rules.header_text, "a\x7f", "control"),
        (rules.header_text, "€", "Latin-1"),
        (rules.header_name, "", "name of a header"),
        (rules.header_name, "a:", "name of a header"),
        (rules.header_name, "ä", "name of a header"),
        (rules.amount, -0.1, "negative"),
        (rules.amount, math.nan, "1e12"),
        (rules.amount, 10**13, "1e12"),
        (rules.look, "words:3", "valid: guid"),
        (rules.json, [math.inf], "finite"),
        (rules.json, {"a": {1: 2}}, "names of members"),
        (rules.json, {"\ud800": 1}, "Unicode"),
        (rules.json, [object()], "no object"),
        (rules.json, 2**1025, "too large"),
        (rules.json, b"", "no bytes"),
    ],
)
def test_what_is_wrong_is_said(rule: rules.Rule, value: Any, problem: str) -> None:
    assert problem in rule(value)


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [0, 1, 31])
def test_what_is_nested_as_a_token_may_be_comes_back_from_a_token(depth: int) -> None:
    claims = {"a": nested(depth)}
    assert rules.json(claims["a"]) == ""
    source = make_keyring()
    token = sign(claims, source.keyring.signing_key("RS256"))
    assert verify(token, source.keyring)[1] == claims
    source.release()


@pytest.mark.parametrize("depth", [32, 33, 900])
def test_what_is_nested_deeper_is_refused(depth: int) -> None:
    assert rules.json(nested(depth)) == "must not be nested more than 31 deep"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(ANYTHING)
def test_what_passes_as_json_can_be_written(value: Any) -> None:
    if rules.json(value) == "":
        dumps(value, allow_nan=False, ensure_ascii=False).encode()
