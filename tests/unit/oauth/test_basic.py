"""HTTP Basic credentials (RFC 7617; RFC 6749, 2.3.1)."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockidp.oauth.basic import BasicCredentials, MalformedBasic, basic_header, parse_basic


def header_of(raw: bytes) -> str:
    return "Basic " + b64encode(raw).decode()


@pytest.mark.parametrize(
    ("header", "user", "password"),
    [
        # RFC 7617, 2 and 2.1: the two examples of the specification.
        pytest.param("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame", id="RFC 2"),
        pytest.param("Basic dGVzdDoxMjPCow==", "test", "123\u00a3", id="RFC 2.1"),
        # RFC 6749, 2.3.1.
        pytest.param(
            "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW", "s6BhdRkqt3", "gX1fBat3bV", id="RFC 6749"
        ),
        pytest.param(header_of(b"a:"), "a", "", id="empty password"),
        pytest.param(header_of(b":b"), "", "b", id="empty user"),
        pytest.param(header_of(b":"), "", "", id="both empty"),
        pytest.param(header_of(b"a:b:c"), "a", "b:c", id="the first colon separates"),
        pytest.param(header_of(b"a%3Ab:c+d"), "a%3Ab", "c+d", id="left as it is"),
        pytest.param("basic YTpi", "a", "b", id="lower case"),
        pytest.param("BASIC YTpi", "a", "b", id="upper case"),
        pytest.param("Basic   YTpi", "a", "b", id="several spaces"),
        pytest.param("Basic YTpi ", "a", "b", id="space at the end"),
        pytest.param(header_of("\u540d:\U0001f511".encode()), "\u540d", "\U0001f511", id="Unicode"),
        pytest.param(header_of("a:\u00a0".encode()), "a", "\u00a0", id="unprintable, no control"),
    ],
)
def test_reads_credentials(header: str, user: str, password: str) -> None:
    assert parse_basic(header) == BasicCredentials(user=user, password=password)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer YTpi", "DPoP YTpi", "Basically YTpi", "Basic:YTpi", "Bas ic YTpi", "YTpi", "B"],
)
def test_other_schemes_are_not_its_business(header: str) -> None:
    assert parse_basic(header) is None


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        pytest.param("Basic", "nothing follows the scheme", id="scheme only"),
        pytest.param("basic   ", "nothing follows the scheme", id="spaces only"),
        pytest.param("Basic user:pass", "sent as they are", id="not encoded at all"),
        pytest.param("Basic YTpi, Basic YTpi", "sent twice", id="header sent twice"),
        pytest.param("Basic YT pi", "white space", id="space inside"),
        pytest.param("Basic YTpi\nYTpi", "white space", id="wrapped lines"),
        pytest.param("Basic\tYTpi", "white space", id="tab after the scheme"),
        pytest.param("Basic YTpi_w==", "URL-safe", id="underscore"),
        pytest.param("Basic YTo-", "URL-safe", id="hyphen"),
        pytest.param("Basic YTpiYw", "padding is missing", id="no padding"),
        pytest.param("Basic YTpiYw=", "padding is missing", id="half the padding"),
        pytest.param("Basic YTpiYw===", "not base64", id="too much padding"),
        pytest.param("Basic YTpi====", "not base64", id="padding where none belongs"),
        pytest.param("Basic =YTpi", "not base64", id="padding in front"),
        pytest.param("Basic YTpiYw==YTpi", "not base64", id="text after the padding"),
        pytest.param("Basic YTp!", "not base64", id="foreign character"),
        pytest.param("Basic YTp\u00fc", "not base64", id="outside ASCII"),
        pytest.param("Basic =", "not base64", id="padding only"),
        pytest.param(header_of(b"a:\xfc"), "not UTF-8", id="Latin-1"),
        pytest.param(header_of(b"a:\xc0\x80"), "not UTF-8", id="overlong NUL"),
        pytest.param(header_of(b"ab"), "no colon", id="no colon"),
        pytest.param(header_of(b"a%3Ab"), "no colon", id="colon encoded"),
        pytest.param(header_of(b"a:b\0"), "NUL", id="NUL in the password"),
        pytest.param(header_of(b"\0a:b"), "NUL", id="NUL in the user"),
        pytest.param(header_of(b"a:b\n"), "line break", id="echo without -n"),
        pytest.param(header_of(b"a:b\r\n"), "line break", id="CRLF"),
        pytest.param(header_of(b"a\n:b"), "control character", id="LF in the user"),
        pytest.param(header_of(b"a:b\tc"), "control character", id="tab"),
        pytest.param(header_of(b"a:b\x7f"), "control character", id="DEL"),
    ],
)
def test_refuses_malformed_credentials_with_a_hint(header: str, hint: str) -> None:
    with pytest.raises(MalformedBasic, match=hint):
        parse_basic(header)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Basic hunter2:hunter2", id="plain"),
        pytest.param("Basic hunter2", id="not base64"),
        pytest.param(header_of(b"hunter2"), id="no colon"),
        pytest.param(header_of(b"hunter2:hunter2\0"), id="NUL"),
        pytest.param(header_of(b"hunter2:hunter2\xff"), id="not UTF-8"),
    ],
)
def test_hint_and_chain_show_no_credentials(header: str) -> None:
    with pytest.raises(MalformedBasic) as caught:
        parse_basic(header)
    assert "hunter2" not in str(caught.value)
    assert header[6:] not in str(caught.value)
    # A chained UnicodeDecodeError would print the whole text in a traceback.
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_repr_hides_the_password() -> None:
    assert "hunter2" not in repr(BasicCredentials(user="a", password="hunter2"))


@pytest.mark.parametrize(
    ("user", "password", "decoded"),
    [
        pytest.param("a%3Ab", "c", ("a:b", "c"), id="colon in the user"),
        pytest.param("a", "x+y", ("a", "x y"), id="plus is a space"),
        pytest.param("a", "x%2By", ("a", "x+y"), id="%2B is a plus"),
        pytest.param("a", "%C3%BC", ("a", "\u00fc"), id="UTF-8"),
        pytest.param("a", "%2525", ("a", "%25"), id="once only"),
        pytest.param("a%20b", "plain", ("a b", "plain"), id="user only"),
    ],
)
def test_form_decoding(user: str, password: str, decoded: tuple[str, str]) -> None:
    result = BasicCredentials(user=user, password=password).form_decoded()
    assert (result.user, result.password) == decoded


@pytest.mark.parametrize(
    ("user", "password"),
    [
        pytest.param("a", "b", id="nothing to decode"),
        pytest.param("a+b", "100%", id="percent at the end"),
        pytest.param("a+b", "%zz", id="not hex"),
        pytest.param("%", "a+b", id="broken user"),
        pytest.param("a", "%fc+", id="Latin-1"),
        pytest.param("a", "%00", id="NUL would appear"),
        pytest.param("a%0A", "b", id="line break would appear"),
    ],
)
def test_form_decoding_that_fails_changes_nothing(user: str, password: str) -> None:
    credentials = BasicCredentials(user=user, password=password)
    assert credentials.form_decoded() is credentials


def test_form_encoding_on_the_wire() -> None:
    header = basic_header("my:app", "a b+c%", form_encoded=True)
    assert header == header_of(b"my%3Aapp:a+b%2Bc%25")


def test_a_colon_in_the_user_needs_form_encoding() -> None:
    with pytest.raises(ValueError, match="form_encoded=True"):
        basic_header("my:app", "x")


def test_a_long_header_is_read() -> None:
    password = "x" * (1 << 20)
    assert parse_basic(basic_header("a", password)) == BasicCredentials(user="a", password=password)


plain_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]))


@given(plain_text.filter(lambda user: ":" not in user), plain_text)
def test_what_is_written_is_read(user: str, password: str) -> None:
    assert parse_basic(basic_header(user, password)) == BasicCredentials(
        user=user, password=password
    )


@given(plain_text, plain_text)
def test_what_is_written_form_encoded_is_read(user: str, password: str) -> None:
    read = parse_basic(basic_header(user, password, form_encoded=True))
    assert read is not None
    assert read.form_decoded() == BasicCredentials(user=user, password=password)


@given(st.text())
def test_any_header_is_read_or_refused(header: str) -> None:
    for text in (header, "Basic " + header):
        with suppress(MalformedBasic):
            parse_basic(text)
