"""What a segment of a token may hold: near misses of base64url and of JSON."""

from __future__ import annotations

import contextlib
import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockidp.keys.segment import MAX_DEPTH, decode, parse_object


@given(st.binary(max_size=200))
def test_every_octet_sequence_has_one_text(data: bytes) -> None:
    text = urlsafe_b64encode(data).rstrip(b"=").decode()
    assert decode(text) == data


@given(st.text(max_size=8))
def test_a_text_is_decoded_only_if_it_is_the_one_text(text: str) -> None:
    try:
        data = decode(text)
    except ValueError:
        return
    assert urlsafe_b64encode(data).rstrip(b"=").decode() == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("YQ==", id="padded"),
        pytest.param("YR", id="stray bits"),
        pytest.param("YWI ", id="trailing space"),
        pytest.param("YWI\n", id="trailing newline"),
        pytest.param("YW\r\nI", id="line break"),
        pytest.param("-_8+", id="plus of the other alphabet"),
        pytest.param("-_8/", id="slash of the other alphabet"),
        pytest.param("!!!!", id="junk"),
        pytest.param("YWJjY", id="impossible length"),
        pytest.param("YWI\0", id="NUL"),
        pytest.param("YW١١", id="Arabic digits"),
    ],
)
def test_near_misses_of_base64url_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is not (canonical )?base64url"):
        decode(text)


def nested(depth: int) -> bytes:
    """An object with `depth` containers inside each other, itself included."""
    return b'{"a":' + b"[" * (depth - 1) + b"0" + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "is not JSON", id="nothing"),
        pytest.param(b"null", "is not a JSON object", id="null"),
        pytest.param(b"[]", "is not a JSON object", id="array"),
        pytest.param(b'"a"', "is not a JSON object", id="string"),
        pytest.param(b"1", "is not a JSON object", id="number"),
        pytest.param(b"{", "is not JSON", id="unfinished"),
        pytest.param(b"{} {}", "is not JSON", id="two"),
        pytest.param(b'{"a":1,}', "is not JSON", id="trailing comma"),
        pytest.param(b'{"a":1}//b', "is not JSON", id="comment"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', "is not JSON", id="BOM"),
        pytest.param('{"a":1}'.encode("utf-16"), "is not JSON", id="UTF-16"),
        pytest.param('{"a":1}'.encode("utf-32-le"), "is not JSON", id="UTF-32"),
        pytest.param(b'{"a":"\xff"}', "is not JSON", id="not UTF-8"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', "is not JSON", id="surrogate in UTF-8"),
        pytest.param(rb'{"a":"\ud800"}', "half of a surrogate pair", id="lone surrogate"),
        pytest.param(rb'{"\uDFFF":1}', "half of a surrogate pair", id="lone surrogate in a name"),
        pytest.param(b'{"a":NaN}', "has NaN", id="NaN"),
        pytest.param(b'{"a":-Infinity}', "has -Infinity", id="Infinity"),
        pytest.param(b'{"a":1e999}', "number that is too large", id="overflow"),
        pytest.param(b'{"a":' + b"9" * 5000 + b"}", "is not JSON", id="5000 digits"),
        pytest.param(b'{"a":1,"a":1}', "same member twice", id="duplicate"),
        pytest.param(rb'{"a":1,"\u0061":2}', "same member twice", id="duplicate, escaped"),
        pytest.param(b'{"a":[{"b":1,"b":2}]}', "same member twice", id="duplicate inside"),
        pytest.param(nested(MAX_DEPTH + 1), "nested more than", id="one level too deep"),
        pytest.param(nested(20_000), "nested more than", id="20 000 arrays"),
        pytest.param(
            b'{"a":' * 8_000 + b"1" + b"}" * 8_000, "nested more than", id="8 000 objects"
        ),
    ],
)
def test_unsafe_json_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^(is|has) .*{reason}|^{reason}"):
        parse_object(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"{}", id="empty"),
        pytest.param('{"name":"Zoë 😀"}'.encode(), id="non-ASCII"),
        pytest.param(rb'{"name":"\ud83d\ude00"}', id="escaped pair"),
        pytest.param(rb'{"iss":"https:\/\/a"}', id="escaped slash"),
        pytest.param(b' {"exp" : 1700000000.25, "n": -0 }\n', id="white space and numbers"),
        pytest.param(b'{"a":{"b":1},"c":{"b":1}}', id="equal names in different objects"),
        pytest.param(nested(MAX_DEPTH), id="as deep as allowed"),
        pytest.param(b'{"a":"' + b"[" * 100 + b'"}', id="brackets in a string"),
    ],
)
def test_safe_json_is_read_as_python_reads_it(data: bytes) -> None:
    assert parse_object(data) == json.loads(data)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=4), st.booleans())
def test_whatever_json_writes_is_read(value: dict[str, object], ascii_only: bool) -> None:
    assert parse_object(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=60))
def test_nothing_but_value_error_is_raised(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert parse_object(data) == json.loads(data)
