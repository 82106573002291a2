"""Templates: what replaces a placeholder, what is left out, and that nothing else happens."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockidp.ids import Ids
from mockidp.oauth import names
from mockidp.tokens.claims import fill, prepare

ANNA = {"name": "Anna", "address": {"country": "EE"}}
VALUES = {
    "user.*": ANNA,
    "issuer": "https://idp.example",
    "now": 1000,
    "scopes": ("a", "b"),
    "client_id": "app",
    "client.*": {"plan": "free", "limits": [1, 2], "nothing": None},
}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        pytest.param({"a": "text"}, {"a": "text"}, id="text stays"),
        pytest.param({"a": [1, True, None, {}]}, {"a": [1, True, None, {}]}, id="JSON stays"),
        pytest.param({"a": "{now}"}, {"a": 1000}, id="one placeholder keeps the type"),
        pytest.param({"a": "at {now}"}, {"a": "at 1000"}, id="inside a text it is text"),
        pytest.param({"a": "{issuer}/{client_id}"}, {"a": "https://idp.example/app"}, id="two"),
        pytest.param({"a": "{now}{now}"}, {"a": "10001000"}, id="side by side"),
        pytest.param({"a": "{scopes}"}, {"a": ("a", "b")}, id="a list as a whole"),
        pytest.param({"a": ["{scopes}"]}, {"a": ["a", "b"]}, id="a list in a list is spliced"),
        pytest.param({"a": ["x", "{scopes}", "y"]}, {"a": ["x", "a", "b", "y"]}, id="in place"),
        pytest.param({"a": "for {scopes}"}, {"a": "for a b"}, id="a list in a text"),
        pytest.param({"a": {"b": "{now}"}}, {"a": {"b": 1000}}, id="inside a table"),
        pytest.param({"a": [{"b": "{now}"}]}, {"a": [{"b": 1000}]}, id="a table in a list"),
        pytest.param({"a": "{client.plan}"}, {"a": "free"}, id="attribute"),
        pytest.param({"a": "{client.limits}"}, {"a": [1, 2]}, id="attribute with its type"),
        pytest.param({"a": "{client.nothing}"}, {"a": None}, id="attribute that is null"),
        pytest.param({"a": "{client.*}"}, {"a": VALUES["client.*"]}, id="all as one member"),
        pytest.param(
            {"x_*": "{client.*}", "z": 1},
            {"x_plan": "free", "x_limits": [1, 2], "x_nothing": None, "z": 1},
            id="all as members",
        ),
        pytest.param({"x*": "{now}"}, {"x*": 1000}, id="a star without a table is a letter"),
        pytest.param({"a": "{user.name}"}, {"a": "Anna"}, id="claim of the user"),
        pytest.param({"a": "{user.nothing}"}, {}, id="a claim that the user has not"),
        pytest.param({"a": "{user.address}"}, {"a": {"country": "EE"}}, id="a claim with its type"),
        pytest.param({"a": "Dr {user.name}"}, {"a": "Dr Anna"}, id="a claim inside a text"),
        pytest.param({"a": "{user.*}"}, {"a": {**ANNA}}, id="all claims as one member"),
        pytest.param({"*": "{user.*}"}, {**ANNA}, id="all claims as members"),
        pytest.param({"a": {"b": ["{user.name}"]}}, {"a": {"b": ["Anna"]}}, id="claim, deep"),
        pytest.param({"a": "{absent}"}, {}, id="absent"),
        pytest.param({"a": "{subject}"}, {}, id="no such value"),
        pytest.param({"a": "{client.owner}"}, {}, id="no such attribute"),
        pytest.param({"a": "by {client.owner}!"}, {}, id="a text around nothing"),
        pytest.param({"a": ["x", "{absent}"]}, {"a": ["x"]}, id="absent in a list"),
        pytest.param({"a": {"b": "{absent}"}}, {"a": {}}, id="absent in a table"),
        pytest.param({"a": "{}"}, {"a": "{}"}, id="empty braces are text"),
        pytest.param({"a": "{now"}, {"a": "{now"}, id="a loose brace is text"),
        pytest.param({"a": "{{now}}"}, {"a": "{1000}"}, id="braces around a placeholder"),
        pytest.param({"a": "{now}}"}, {"a": "1000}"}, id="one brace too many"),
        pytest.param({"{now}": 1}, {"{now}": 1}, id="keys are not filled"),
    ],
)
def test_fill(template: dict[str, Any], filled: dict[str, Any]) -> None:
    assert fill(template, VALUES) == filled
    assert list(fill(template, VALUES)) == list(filled)


@pytest.mark.parametrize(
    "name", ["now.__class__", "now!r", "now:>9", "0", "client.__len__", "a[0]"]
)
def test_braces_hold_names_and_no_expressions(name: str) -> None:
    assert fill({"a": f"{{{name}}}", "b": f"x{{{name}}}"}, VALUES) == {}


def test_a_value_is_not_filled_again() -> None:
    # Otherwise an attribute of a client could ask for anything.
    assert fill({"a": "{client.x}"}, {"client.*": {"x": "{now}"}, "now": 1}) == {"a": "{now}"}


def test_a_template_is_not_changed_and_can_be_filled_again() -> None:
    template = MappingProxyType({"aud": ["{issuer}"], "n": "{now}"})
    ready = prepare(template)
    assert ready({"issuer": "a", "now": 1}) == {"aud": ["a"], "n": 1}
    assert ready({"issuer": "b"}) == {"aud": ["b"]}
    assert template == {"aud": ["{issuer}"], "n": "{now}"}


PIECES = st.sampled_from(
    ["{", "}", "{}", "a", "{client.", "*", "__class__", "!r"]
    + [f"{{{n}}}" for n in names.PLACEHOLDERS]
)
TEXTS = st.lists(PIECES, max_size=6).map("".join) | st.text(max_size=10)
TEMPLATES = st.dictionaries(
    TEXTS,
    st.recursive(
        TEXTS | st.integers() | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
JSON = st.recursive(
    TEXTS | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
FILLINGS = st.fixed_dictionaries(
    {"client.*": st.dictionaries(TEXTS, JSON, max_size=3)},
    optional={name: JSON for name in names.PLACEHOLDERS if name != "absent"},
)


@given(TEMPLATES, FILLINGS)
def test_whatever_the_template_it_is_filled_without_a_fault(
    template: dict[str, Any], values: dict[str, Any]
) -> None:
    filled = fill(template, values)
    assert "_Absent object" not in repr(filled)
    plain = {key for key, text in template.items() if not isinstance(text, str | list | dict)}
    assert plain <= set(filled) | {key for key in plain if key.endswith("*")}


@given(st.text(alphabet=st.characters(exclude_characters="{}"), max_size=30), FILLINGS)
def test_a_text_without_braces_stays_what_it_is(text: str, values: dict[str, Any]) -> None:
    assert fill({"a": text}, values) == {"a": text}


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("{hex:40}", "[0-9a-f]{40}"),
        ("{guid}", "[0-9a-f-]{36}"),
        ("u-{decimal:6}", "u-[1-9][0-9]{5}"),
        ("{hex:2}{hex:2}", "[0-9a-f]{4}"),
    ],
)
def test_a_look_is_made_anew_each_time(written: str, pattern: str) -> None:
    filled = prepare({"a": written, "b": written})
    values = {"ids": Ids()}
    made = [filled(values)[name] for _ in range(8) for name in "ab"]
    assert all(re.fullmatch(pattern, value) for value in made)
    assert len(set(made)) > 8


def test_what_a_user_has_without_a_user_is_left_out() -> None:
    assert fill({"a": "{user.name}", "b": "x{user.name}"}, {}) == {}
