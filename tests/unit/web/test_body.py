"""Bodies as parameters: each type as its specification has it, and curl's mislabelled one."""

from __future__ import annotations

import pytest

from mockidp.issuer import Place
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.names import (
    BODY_TYPES,
    FORM_TYPE,
    JSON_TYPE,
    MISLABELLED_TYPE,
    MULTIPART_TYPE,
)
from mockidp.web.body import body_type_of, read_params
from mockidp.web.message import Request

MULTIPART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx y\r\n--b--\r\n'


def request(content_type: str, body: bytes) -> Request:
    headers = [(b"content-type", content_type.encode("latin-1"))] if content_type else []
    place = Place("https://idp.test", "https://idp.test")
    return Request(
        method="POST", path="/", query=b"", headers=headers, body=body, place=place, ip=None
    )


@pytest.mark.parametrize(
    ("content_type", "body", "found"),
    [
        (FORM_TYPE, b"a=x+y", FORM_TYPE),
        (f"{FORM_TYPE}; charset=UTF-8", b"a=x+y", FORM_TYPE),
        (FORM_TYPE.upper(), b"a=x+y", FORM_TYPE),
        (JSON_TYPE, b'{"a":"x y"}', JSON_TYPE),
        (f"{MULTIPART_TYPE}; boundary=b", MULTIPART, MULTIPART_TYPE),
        (f"{FORM_TYPE}; boundary=b", MULTIPART, MISLABELLED_TYPE),
        (f"{FORM_TYPE};BOUNDARY=b", b"\r\n" + MULTIPART, MISLABELLED_TYPE),
        (f"{FORM_TYPE}; boundary=b", b"a=x+y", FORM_TYPE),
        (FORM_TYPE, MULTIPART, FORM_TYPE),
    ],
)
def test_the_type_of_a_body(content_type: str, body: bytes, found: str) -> None:
    asked = request(content_type, body)
    assert body_type_of(asked, BODY_TYPES) == found
    if found != FORM_TYPE or body is not MULTIPART:
        assert dict(read_params(asked, found)) == {"a": "x y"}


def test_a_provider_may_not_know_the_mislabelled_one() -> None:
    asked = request(f"{FORM_TYPE}; boundary=b", MULTIPART)
    assert body_type_of(asked, [FORM_TYPE]) == FORM_TYPE


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/jsonp", "///", "\xff"])
def test_a_type_that_is_none_of_them_is_left_as_it_is(content_type: str) -> None:
    assert body_type_of(request(content_type, b""), BODY_TYPES) == content_type.lower()


@pytest.mark.parametrize(
    ("body_type", "content_type", "body"),
    [
        (FORM_TYPE, FORM_TYPE, b"%zz"),
        (FORM_TYPE, FORM_TYPE, MULTIPART),
        (JSON_TYPE, JSON_TYPE, b"{"),
        (JSON_TYPE, JSON_TYPE, b""),
        (MULTIPART_TYPE, MULTIPART_TYPE, MULTIPART),
        (MULTIPART_TYPE, f"{MULTIPART_TYPE}; boundary=c", MULTIPART),
        (MISLABELLED_TYPE, f"{FORM_TYPE}; boundary=c", MULTIPART),
    ],
)
def test_what_cannot_be_read_is_refused(body_type: str, content_type: str, body: bytes) -> None:
    with pytest.raises(OAuthError) as caught:
        read_params(request(content_type, body), body_type)
    assert caught.value.code == "invalid_request"
    assert caught.value.hint
