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
from mockidp.profiles import answer_rules, rules
from mockidp.profiles.load import Overlay, load_profile
from mockidp.profiles.problems import ConfigError


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
        (rules.path, "/.well-known/..x/...;a"),
        (rules.header_name, "X-Request_ID"),
        (rules.header_name, "Content-Length"),
        (rules.sent_header, "Content-Type"),
        (rules.scope, "https://a.example/b!#[]~"),
        (rules.audience, "https://api.example"),
        (rules.audience, "{issuer}/v1"),
        (rules.audience, "{resource}"),
        (rules.told_seconds, 0),
        (rules.told_seconds, 1),
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
        (rules.path, "/../a", "no segment . or .."),
        (rules.path, "/a/.", "no segment . or .."),
        (rules.path, "/a/%2E%2e/b", "no segment . or .."),
        (rules.host_and_prefix, "", "as in"),
        (rules.host_and_prefix, "/v1", "as in"),
        (rules.host_and_prefix, "http://idp.example", "as in"),
        (rules.header_text, "a\nb", "control"),
        (rules.header_text, "a\x7f", "control"),
        (rules.header_text, "€", "Latin-1"),
        (rules.header_name, "", "name of a header"),
        (rules.header_name, "a:", "name of a header"),
        (rules.header_name, "ä", "name of a header"),
        (rules.sent_header, "Transfer-encoding", "the server writes itself"),
        (rules.sent_header, "a b", "name of a header"),
        (rules.scope, "", "one scope"),
        (rules.scope, "a b", "one scope"),
        (rules.scope, 'a"', "one scope"),
        (rules.scope, "a\\", "one scope"),
        (rules.scope, "a\n", "one scope"),
        (rules.scope, "ä", "one scope"),
        (rules.audience, "", "must be text"),
        (rules.audience, "{origin}", "nothing but {issuer}"),
        (rules.audience, "{issuer", "nothing but {issuer}"),
        (rules.told_seconds, 0.5, "at least 1, or 0"),
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


@pytest.mark.parametrize(
    ("case", "is_good"),
    [
        ({"description": "plain, with 'these' and [those] ~"}, True),
        ({"description": 'a "quote"'}, False),
        ({"description": "a\\b"}, False),
        ({"description": "two\nlines"}, False),
        ({"description": "é"}, False),
        ({"error": 'a"b'}, False),
        ({"uri": "https://idp.example/errors#1"}, True),
        ({"uri": "https://idp.example/a b"}, False),
        ({"hint": 'the `code` "parameter"'}, True),
        ({"body": {"error_description": "two\nlines"}}, False),
        ({"body": {"message": "é", "error_description": {"en": "é"}}}, True),
    ],
)
def test_the_texts_of_a_refusal_are_of_the_characters_that_they_may_have(
    case: dict[str, Any], is_good: bool
) -> None:
    assert (answer_rules.error_texts(case) == "") is is_good


@pytest.mark.parametrize(
    ("written", "is_good"),
    [
        ({"description": 'a "b"'}, False),
        ({"is": {"description": 'a "b"'}, "assumed": "a guess"}, False),
        ({"is": {"description": 'a "b"'}, "recorded": "an exchange"}, True),
    ],
)
def test_what_a_provider_is_known_to_say_may_have_any(
    written: dict[str, Any], is_good: bool
) -> None:
    tables = {"errors": {"cases": {"bad_client": written}}}
    if is_good:
        load_profile("openid", overlays=[Overlay("f", tables)])
        return
    with pytest.raises(ConfigError, match=r"^f: errors\.cases\.bad_client = .*U\+0022.*recorded"):
        load_profile("openid", overlays=[Overlay("f", tables)])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(ANYTHING)
def test_what_passes_as_json_can_be_written(value: Any) -> None:
    if rules.json(value) == "":
        dumps(value, allow_nan=False, ensure_ascii=False).encode()
