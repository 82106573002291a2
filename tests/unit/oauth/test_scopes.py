"""The scope parameter (RFC 6749, 3.3)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockidp.oauth.errors import OAuthError
from mockidp.oauth.scopes import format_scope, parse_scope, refuse_unknown

LEGAL = [chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"\\']


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        pytest.param("", (), id="empty"),
        pytest.param(" ", (), id="only a space"),
        pytest.param("read", ("read",), id="one"),
        pytest.param("read write", ("read", "write"), id="two"),
        pytest.param("write read", ("write", "read"), id="order is kept"),
        pytest.param("a b a c b", ("a", "b", "c"), id="duplicates are dropped"),
        pytest.param(" a  b ", ("a", "b"), id="extra spaces"),
        pytest.param("Read read", ("Read", "read"), id="case matters"),
        pytest.param("read,write", ("read,write",), id="a comma is a legal character"),
        pytest.param("https://x.example/y.z#1", ("https://x.example/y.z#1",), id="a URI"),
        pytest.param("".join(LEGAL), ("".join(LEGAL),), id="every legal character"),
    ],
)
def test_reads_scopes(text: str, scopes: tuple[str, ...]) -> None:
    assert parse_scope(text) == scopes


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        pytest.param('"read"', 1, "U+0022", id="quote"),
        pytest.param("a\\b", 2, "U+005C", id="backslash"),
        pytest.param("a\tb", 2, "U+0009", id="tab"),
        pytest.param("read\n", 5, "U+000A", id="line break"),
        pytest.param("a\0", 2, "U+0000", id="NUL"),
        pytest.param("a\x7f", 2, "U+007F", id="DEL"),
        pytest.param("caf\u00e9", 4, "U+00E9", id="outside ASCII"),
        pytest.param("a\u00a0b", 2, "U+00A0", id="no-break space"),
        pytest.param("\U0001f511", 1, "U+1F511", id="beyond the BMP"),
    ],
)
def test_refuses_foreign_characters(text: str, place: int, code: str) -> None:
    with pytest.raises(OAuthError) as caught:
        parse_scope(text)
    assert caught.value.code == "invalid_scope"
    assert caught.value.cites == "RFC 6749, 3.3"
    assert f"character {place} of scope is {code}" in caught.value.hint
    assert "comma" not in caught.value.hint


@pytest.mark.parametrize("text", ['["read","write"]', "read,\twrite", "read,\nwrite"])
def test_hint_notices_commas(text: str) -> None:
    with pytest.raises(OAuthError, match="separated by spaces, not by commas"):
        parse_scope(text)


def hint_for(requested: list[str], allowed: list[str], what: str = "the provider") -> str:
    with pytest.raises(OAuthError) as caught:
        refuse_unknown(requested, allowed, what=what)
    assert caught.value.code == "invalid_scope"
    return caught.value.hint


@pytest.mark.parametrize(
    ("requested", "allowed"),
    [([], []), ([], ["a"]), (["a"], ["a"]), (["b", "a"], ["a", "b", "c"])],
)
def test_known_scopes_pass(requested: list[str], allowed: list[str]) -> None:
    refuse_unknown(requested, allowed)
    refuse_unknown(tuple(requested), frozenset(allowed))


@pytest.mark.parametrize(
    ("requested", "allowed", "hint"),
    [
        pytest.param(
            ["zzz"],
            ["read", "write"],
            "scope 'zzz' is unknown to the provider, which allows: read, write",
            id="nothing close",
        ),
        pytest.param(
            ["raed", "read"],
            ["read", "write"],
            "scope 'raed' is unknown to the provider, which allows: read, write;"
            " did you mean 'read'?",
            id="close match",
        ),
        pytest.param(
            ["READ"],
            ["reader", "read"],
            "scope 'READ' is unknown to the provider, which allows: reader, read;"
            " did you mean 'read'?",
            id="letter case",
        ),
        pytest.param(
            ["raed", "wirte"],
            ["read", "write"],
            "scope 'raed', 'wirte' are unknown to the provider, which allows: read, write;"
            " did you mean 'read', 'write'?",
            id="two",
        ),
        pytest.param(
            ["read,write"],
            ["read", "write"],
            "scope 'read,write' is unknown to the provider, which allows: read, write;"
            " scopes are separated by spaces, not by commas",
            id="commas",
        ),
        pytest.param(
            ["read"],
            [],
            "scope 'read' is unknown to the provider, which allows no scope at all",
            id="nothing allowed",
        ),
    ],
)
def test_hint_for_unknown_scopes(requested: list[str], allowed: list[str], hint: str) -> None:
    assert hint_for(requested, allowed) == hint


def test_hint_says_who_refuses() -> None:
    assert "unknown to the client 'app', which" in hint_for(["x"], ["y"], what="the client 'app'")


def test_five_unknown_scopes_are_named_and_the_rest_counted() -> None:
    assert "'5' are unknown" in hint_for(list("12345"), ["read"])
    assert "'5' and 1 more are unknown" in hint_for(list("123456"), ["read"])


def test_only_a_short_scope_is_compared_and_shown_whole() -> None:
    allowed = ["x" * 66]
    assert f"'{'x' * 64}' is unknown" in hint_for(["x" * 64], allowed)
    assert "did you mean" in hint_for(["x" * 64], allowed)
    assert f"'{'x' * 64}…' is unknown" in hint_for(["x" * 65], allowed)
    assert "did you mean" not in hint_for(["x" * 65], allowed)


def test_hint_for_very_many_or_long_scopes_is_short_and_quick() -> None:
    begin = time.clock_gettime(time.CLOCK_MONOTONIC)
    many = hint_for([f"unknown-{i}" for i in range(100_000)], ["read", "write"])
    assert "and 99995 more" in many
    long = hint_for(["r" * (1 << 20)], ["read"])
    assert len(long) < 300
    assert time.clock_gettime(time.CLOCK_MONOTONIC) - begin < 5


scope_tokens = st.text(LEGAL, min_size=1)


@given(st.lists(scope_tokens))
def test_what_is_written_is_read(scopes: list[str]) -> None:
    assert parse_scope(format_scope(scopes)) == tuple(dict.fromkeys(scopes))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    legal = set(text) <= {" ", *LEGAL}
    if legal:
        assert set("".join(parse_scope(text))) == set(text) - {" "}
    else:
        with pytest.raises(OAuthError):
            parse_scope(text)
