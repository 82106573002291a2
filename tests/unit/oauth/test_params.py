"""Strict parameter parsing (RFC 6749, 3.1, 3.2 and appendix B)."""

from __future__ import annotations

import time
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockidp.oauth.errors import OAuthError
from mockidp.oauth.params import Params, parse_urlencoded

SECRET = "s3cr3t-VALUE"


def seconds() -> float:
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def refusal(data: bytes, *, max_fields: int = 1000) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        parse_urlencoded(data, max_fields=max_fields)
    assert caught.value.code == "invalid_request"
    return caught.value


@pytest.mark.parametrize(
    ("data", "pairs"),
    [
        pytest.param(b"", [], id="empty"),
        pytest.param(b"a=1", [("a", "1")], id="one"),
        pytest.param(b"a=1&b=2", [("a", "1"), ("b", "2")], id="two"),
        pytest.param(b"a=1&a=2", [("a", "1"), ("a", "2")], id="repeated, in order"),
        pytest.param(b"a=&b", [("a", ""), ("b", "")], id="empty value and no equals sign"),
        pytest.param(b"&&a=1&&", [("a", "1")], id="empty fields are dropped"),
        pytest.param(b"a=b=c", [("a", "b=c")], id="equals sign in a value"),
        pytest.param(b"=x", [("", "x")], id="empty name"),
        pytest.param(b"a=x+y%20z", [("a", "x y z")], id="plus and %20 are spaces"),
        pytest.param(b"a=x%2By", [("a", "x+y")], id="%2B is a plus"),
        pytest.param(b"a=%26%3D%25", [("a", "&=%")], id="escaped delimiters"),
        pytest.param(b"a=%2526", [("a", "%26")], id="decoded once only"),
        pytest.param(b"a=1;b=2", [("a", "1;b=2")], id="a semicolon does not separate"),
        pytest.param(b"a=%c3%bc%C3%9C", [("a", "\u00fc\u00dc")], id="UTF-8, hex in either case"),
        pytest.param("a=\u00fc".encode(), [("a", "\u00fc")], id="raw UTF-8"),
        pytest.param(b"a=%F0%9F%94%91", [("a", "\U0001f511")], id="beyond the BMP"),
        pytest.param(b"%67rant=x", [("grant", "x")], id="escaped name"),
        pytest.param(b"n%C3%A4me=x", [("n\u00e4me", "x")], id="a name outside ASCII"),
        pytest.param(b"a=x%09y%0D%0Az", [("a", "x\ty\r\nz")], id="controls in a value"),
    ],
)
def test_reads_every_field_in_order(data: bytes, pairs: list[tuple[str, str]]) -> None:
    assert parse_urlencoded(data).pairs == tuple(pairs)


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        pytest.param(b"a=%zz", "the value of parameter 'a' contains a '%'", id="not hex"),
        pytest.param(
            b"\x80=%", "the value of field 1 contains a '%'", id="beside a name that is no text"
        ),
        pytest.param(b"a=%", "the value of parameter 'a' contains a '%'", id="lone percent"),
        pytest.param(b"a=1&b=%4", "the value of parameter 'b' contains a '%'", id="cut at the end"),
        pytest.param(b"a=%4&b=1", "the value of parameter 'a' contains a '%'", id="cut by &"),
        pytest.param(b"a=%%41", "the value of parameter 'a' contains a '%'", id="percent twice"),
        pytest.param(b"a=%+1", "the value of parameter 'a' contains a '%'", id="sign is not hex"),
        pytest.param(b"a=%u00fc", "the value of parameter 'a' contains a '%'", id="JavaScript"),
        pytest.param(b"a=1&x%=2", "the name of field 2 contains a '%'", id="in a name"),
        pytest.param(b"&&%=2", "the name of field 1 contains a '%'", id="empty fields not counted"),
        pytest.param(b"a=%fc", "parameter 'a' is not UTF-8 after percent", id="Latin-1 escape"),
        pytest.param(b"a=1&b=%C3", "parameter 'b' is not UTF-8 after percent", id="half a letter"),
        pytest.param(b"a=%C0%AF", "parameter 'a' is not UTF-8 after percent", id="overlong"),
        pytest.param(b"a=%ED%A0%80", "parameter 'a' is not UTF-8 after percent", id="surrogate"),
        pytest.param(b"%fc=1", "the name of field 1 is not UTF-8 after", id="Latin-1 name"),
        pytest.param(b"a=1&b=\xfc", "parameter 'b' contains raw bytes that", id="raw Latin-1"),
        pytest.param(b"\xfc=1", "the name of field 1 contains raw bytes that", id="raw in a name"),
        pytest.param(b"a=\x00", "the value of parameter 'a' contains a NUL", id="raw NUL"),
        pytest.param(b"a=x%00y", "the value of parameter 'a' contains a NUL", id="escaped NUL"),
        pytest.param(b"a%00=x", "the name of field 1 contains a control", id="NUL in a name"),
        pytest.param(b"x=1&a%0A=x", "the name of field 2 contains a control", id="LF in a name"),
        pytest.param(b"a\t=x", "the name of field 1 contains a control", id="raw tab in a name"),
        pytest.param(b"%1F=", "the name of field 1 contains a control", id="the last of C0"),
    ],
)
def test_refuses_what_cannot_be_read(data: bytes, hint: str) -> None:
    error = refusal(data)
    assert hint in error.hint
    assert error.cites == "RFC 6749, appendix B"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(f"client_secret={SECRET}%zz".encode(), id="broken escape"),
        pytest.param(f"client_secret={SECRET}%fc".encode(), id="not UTF-8"),
        pytest.param(f"client_secret={SECRET}".encode() + b"\xfc", id="raw bytes"),
        pytest.param(f"client_secret={SECRET}%00".encode(), id="NUL"),
        pytest.param(f'{{"client_secret":"{SECRET}","x":"%"}}'.encode(), id="JSON as a name"),
        pytest.param(f'{{"client_secret":"{SECRET}"}}=\0'.encode(), id="JSON as a name, NUL"),
        pytest.param(f"{SECRET}%0A=1".encode(), id="control in a name"),
        pytest.param(f"client_secret=x&{SECRET}%zz".encode(), id="unescaped & in a secret"),
    ],
)
def test_hint_shows_no_value(data: bytes) -> None:
    error = refusal(data)
    assert SECRET not in error.hint
    assert SECRET not in str(error)
    # A chained UnicodeDecodeError would print the whole body in a traceback.
    assert error.__context__ is None or error.__suppress_context__


def test_hint_recognises_a_multipart_body() -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\npassword\r\n--x--\r\n'
    assert "looks like multipart/form-data" in refusal(body).hint
    assert "multipart" not in refusal(b"--x%0A=1").hint


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_number_of_fields_is_limited_exactly(count: int) -> None:
    fields = [b"a=1"] * count
    assert len(parse_urlencoded(b"&".join(fields), max_fields=count).pairs) == count
    error = refusal(b"&".join([*fields, b"b=2"]), max_fields=count)
    assert error.hint == f"the request has {count + 1} fields, more than the {count} allowed"


def test_a_thousand_fields_are_allowed_by_default() -> None:
    assert len(parse_urlencoded(b"a=1&" * 999).pairs) == 999
    with pytest.raises(OAuthError, match="1001 fields, more than the 1000 allowed"):
        parse_urlencoded(b"a=1&" * 1000)


def test_first_value_that_is_not_empty_wins() -> None:
    params = parse_urlencoded(b"scope=&scope=read&scope=write&state=")
    assert dict(params) == {"scope": "read"}


@pytest.mark.parametrize(
    ("data", "present", "absent"),
    [
        pytest.param(b"a=1&b=", {"a"}, {"b"}, id="empty value"),
        pytest.param(b"a=1&b", {"a"}, {"b"}, id="no equals sign"),
        pytest.param(b"a=&a=", set(), {"a"}, id="empty twice"),
        pytest.param(b"a=+", {"a"}, set(), id="a space is a value"),
        pytest.param(b"a=0", {"a"}, set(), id="zero is a value"),
    ],
)
def test_parameter_without_value_counts_as_left_out(
    data: bytes, present: set[str], absent: set[str]
) -> None:
    params = parse_urlencoded(data)
    assert set(params) == present
    assert len(params) == len(present)
    for name in present:
        assert name in params
        assert params.get(name) == params[name]
    for name in absent:
        assert name not in params
        assert params.get(name) is None
        assert params.get(name, "default") == "default"
        with pytest.raises(KeyError):
            params[name]


@pytest.mark.parametrize(
    ("data", "repeated"),
    [
        pytest.param(b"a=1&b=1", (), id="none"),
        pytest.param(b"a=1&a=1", ("a",), id="equal values"),
        pytest.param(b"a=1&a=", ("a",), id="an empty value counts"),
        pytest.param(b"a&a", ("a",), id="only empty values"),
        pytest.param(b"a=1&%61=2", ("a",), id="escaped the second time"),
        pytest.param(b"b=1&a=1&a=2&b=2", ("b", "a"), id="in order of first appearance"),
        pytest.param(b"a=1&A=2", (), id="names are case-sensitive"),
    ],
)
def test_knows_what_is_repeated(data: bytes, repeated: tuple[str, ...]) -> None:
    assert parse_urlencoded(data).repeated == repeated


def test_refuses_repeated_parameters_and_says_how_often() -> None:
    params = parse_urlencoded(b"x=0&scope=a&scope=b&client_id=1&client_id=&client_id=1")
    with pytest.raises(OAuthError) as caught:
        params.refuse_repeated()
    assert caught.value.code == "invalid_request"
    assert caught.value.cites == "RFC 6749, 3.2"
    assert caught.value.hint == (
        "parameter 'scope' is sent 2 times, parameter 'client_id' is sent 3 times;"
        " each may be sent only once"
    )


def test_accepts_parameters_sent_once() -> None:
    parse_urlencoded(b"a=1&b=1").refuse_repeated()


def test_parameters_that_may_repeat_are_named() -> None:
    params = parse_urlencoded(b"resource=x&resource=&resource=y")
    assert params.every("resource") == ("x", "y")
    params.refuse_repeated(allowed=("resource",))
    with pytest.raises(OAuthError, match="'resource' is sent 3 times"):
        params.refuse_repeated(allowed=("audience",))


def test_repeated_name_that_is_no_name_is_not_shown() -> None:
    body = f'x=1&{{"password":"{SECRET}"}}&{{"password":"{SECRET}"}}'
    with pytest.raises(OAuthError, match="field 2 is sent 2 times") as caught:
        parse_urlencoded(body.encode()).refuse_repeated()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("count", "ending"),
    [
        pytest.param(5, "parameter 'p4' is sent 2 times; each may", id="five are all named"),
        pytest.param(6, "parameter 'p4' is sent 2 times (and 1 more); each may", id="six"),
        pytest.param(400, "parameter 'p4' is sent 2 times (and 395 more); each may", id="many"),
    ],
)
def test_hint_for_many_repeated_parameters_stays_short(count: int, ending: str) -> None:
    params = Params([(f"p{i}", "x") for i in range(count)] * 2)
    with pytest.raises(OAuthError) as caught:
        params.refuse_repeated()
    assert ending in caught.value.hint
    assert len(caught.value.hint) < 300


def test_params_cannot_be_changed() -> None:
    params = Params.of({"a": "1"})
    for name in ("pairs", "repeated", "anything"):
        with pytest.raises(AttributeError):
            setattr(params, name, ())
    with pytest.raises(TypeError):
        params["a"] = "2"  # type: ignore[index]


def test_params_of_a_mapping_are_each_sent_once() -> None:
    params = Params.of({"a": "1", "b": ""})
    assert params == {"a": "1"}
    assert params.pairs == (("a", "1"), ("b", ""))
    assert params.repeated == ()


def test_params_do_not_follow_the_mapping_they_were_made_of() -> None:
    source = {"a": "1"}
    params = Params.of(source)
    source["a"] = "2"
    assert params["a"] == "1"


def test_repr_shows_names_only() -> None:
    params = Params([("client_secret", SECRET), (f'"{SECRET}"', "")])
    assert repr(params) == "<Params: parameter 'client_secret', field 2>"
    assert repr(Params()) == "<Params: none>"


MIB = 1 << 20


@pytest.mark.parametrize(
    ("data", "accepted"),
    [
        pytest.param(b"a=" + b"x" * MIB, True, id="one long value"),
        pytest.param(b"x" * MIB, True, id="one long name"),
        pytest.param(b"a=" + b"%41" * (MIB // 3), True, id="escapes only"),
        pytest.param(b"a=" + b"%C3%BC" * (MIB // 6), True, id="escaped letters"),
        pytest.param(b"a=" + b"%41\xc3\xbc" * (MIB // 5), True, id="escaped and raw in turn"),
        pytest.param(b"a=" + b"+" * MIB, True, id="spaces"),
        pytest.param(b"=" * MIB, True, id="equals signs"),
        pytest.param(b"&" * MIB, False, id="separators"),
        pytest.param(b"a&" * (MIB // 2), False, id="fields"),
        pytest.param(b"%" * MIB, False, id="percent signs"),
        pytest.param(b"a=" + b"%41" * (MIB // 3) + b"%", False, id="broken at the very end"),
        pytest.param(b"a=" + b"%41" * (MIB // 3) + b"%fc", False, id="not UTF-8 at the very end"),
        pytest.param(b"\x01" * MIB, False, id="controls"),
    ],
)
def test_a_mebibyte_is_read_or_refused_quickly(data: bytes, accepted: bool) -> None:
    begin = seconds()
    if accepted:
        parse_urlencoded(data)
    else:
        assert len(refusal(data).hint) < 300
    # Linear work takes a tenth of this; quadratic work would take hours.
    assert seconds() - begin < 5


text_without_nul = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]))


@given(st.lists(st.tuples(names, text_without_nul), max_size=20))
def test_what_urlencode_writes_is_read_back(pairs: list[tuple[str, str]]) -> None:
    assert parse_urlencoded(urlencode(pairs).encode()).pairs == tuple(pairs)


@given(st.binary())
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    with suppress(OAuthError):
        params = parse_urlencoded(data)
        assert all(params.values())
        assert set(params) <= {name for name, _ in params.pairs}
