"""Parameters as a JSON object: what counts as a value, and what is refused (RFC 8259)."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockidp.oauth.errors import OAuthError
from mockidp.oauth.json_params import parse_json_params


@pytest.mark.parametrize(
    ("body", "params"),
    [
        ('{"a":"x","b":""}', {"a": "x"}),
        ('{"a":1,"b":1.5,"c":true,"d":false,"e":null}', {"a": "1", "b": "1.5", "c": "true"}),
        ('  {"a"\n:\t"é\\u00e9\\n"}  ', {"a": "éé\n"}),
        ("{}", {}),
        ('{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        ('{"":"x"}', {"": "x"}),
    ],
)
def test_values(body: str, params: dict[str, str]) -> None:
    found = dict(parse_json_params(body.encode()))
    assert {name: found[name] for name in params} == params
    assert "e" not in found


def test_a_member_sent_twice_is_noticed() -> None:
    found = parse_json_params(b'{"scope":"a","x":"1","scope":"b"}')
    assert (found.repeated, found["scope"]) == (("scope",), "a")


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        pytest.param(b"", "not JSON", id="nothing"),
        pytest.param(b"a=b", "not JSON", id="a form"),
        pytest.param(b'{"a":"x"', "not JSON", id="cut off"),
        pytest.param(b"{'a':'x'}", "not JSON", id="other quotes"),
        pytest.param(b'{"a":"x",}', "not JSON", id="a comma too many"),
        pytest.param(b'{"a":"\xff"}', "not JSON", id="no UTF-8"),
        pytest.param('{"a":"x"}'.encode("utf-16"), "not JSON", id="UTF-16"),
        pytest.param(b'\xef\xbb\xbf{"a":"x"}', "not JSON", id="byte order mark"),
        pytest.param(b"[" * 100_000, "not JSON", id="deep"),
        pytest.param(b'{"a":' * 50_000, "not JSON", id="deep objects"),
        pytest.param(b'{"a":' + b"9" * 5000 + b"}", "not JSON", id="digits"),
        pytest.param(b'{"a":NaN}', "not JSON", id="NaN"),
        pytest.param(b'{"a":-Infinity}', "not JSON", id="Infinity"),
        pytest.param(b"[]", "a list instead of an object", id="list"),
        pytest.param(b'"x"', "str instead of an object", id="text"),
        pytest.param(b"null", "NoneType instead of an object", id="null"),
        pytest.param(b'[["a","x"]]', "a list instead of an object", id="pairs"),
        pytest.param(b'{"a":{"b":"x"}}', "'a' is an object instead of a text", id="object"),
        pytest.param(b'{"a":["x"]}', "'a' is a list instead of a text", id="list inside"),
        pytest.param(b'{"a":"x\\u0000"}', "'a' has a NUL", id="NUL"),
        pytest.param(b'{"a\\u0000":"x"}', "a member has a NUL", id="NUL in a name"),
        pytest.param(b'{"a":"\\ud800"}', "'a' has half of a surrogate pair", id="half a pair"),
        pytest.param(b'{"\\ud800":"x"}', "a member has half of a", id="half a pair in a name"),
        pytest.param(b'{"\\ud800":{}}', "a member is an object", id="half a pair, and more"),
        pytest.param(
            json.dumps({f"p{n}": "x" for n in range(1001)}).encode(), "1001 members", id="many"
        ),
    ],
)
def test_what_is_refused(body: bytes, hint: str) -> None:
    with pytest.raises(OAuthError) as caught:
        parse_json_params(body)
    assert (caught.value.code, caught.value.cites) == ("invalid_request", "RFC 8259")
    assert hint in caught.value.hint


@pytest.mark.parametrize("name", ["s3cret value", "x" * 65, "é", "<b>"])
def test_a_name_that_is_none_is_not_shown(name: str) -> None:
    with pytest.raises(OAuthError) as caught:
        parse_json_params(json.dumps({name: []}).encode())
    assert name not in caught.value.hint


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5))
def test_texts_come_out_as_they_went_in(members: dict[str, str]) -> None:
    body = json.dumps(members).encode()
    if "\\u0000" in body.decode() or "\\ud" in body.decode():
        # A NUL or half of a surrogate pair; or a whole pair, or the text of an escape.
        with suppress(OAuthError):
            parse_json_params(body)
        return
    found = parse_json_params(body)
    assert dict(found) == {name: value for name, value in members.items() if value}


@given(st.binary(max_size=60))
def test_whatever_bytes(body: bytes) -> None:
    with suppress(OAuthError):  # and no other exception
        parse_json_params(body)
