"""Broken requests to the token endpoint: refused in the provider's manner and explained."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.features.bad_input.conftest import Target

GRANT = b"grant_type=client_credentials"


def basic(credentials: bytes) -> bytes:
    return b"Authorization: Basic " + b64encode(credentials)


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        (b"Authorization: Basic", "nothing follows the scheme Basic"),
        (b"Authorization: Basic %%%", "not base64"),
        (b"Authorization: Basic app:secret", "must be base64"),
        (b"Authorization: Basic \xff\xfe", "not base64"),
        (b"Authorization: Basic YQ", "not base64"),
        (basic(b"no colon"), "no colon"),
        (basic(b"\xff\xfe:\xfd"), "not UTF-8"),
        (basic(b"app:sec\x00ret"), "NUL"),
        (basic(b"app:secret\n"), "line break"),
        (basic(b":"), ""),
        (basic(b"app:" + b"x" * 40_000), ""),
        (b"Authorization: Digest username=app", "no client credentials"),
        (b"Authorization:", "no client credentials"),
        (b"Authorization: \xe4\xf6\xfc", "no client credentials"),
    ],
    ids=[
        "nothing",
        "not base64",
        "not encoded",
        "raw bytes",
        "cut off",
        "no colon",
        "not UTF-8",
        "NUL",
        "line break",
        "empty halves",
        "very long",
        "another scheme",
        "empty header",
        "no ASCII",
    ],
)
def test_malformed_authorization(target: Target, header: bytes, hint: str) -> None:
    target.assert_refused(target.ask(GRANT, header), "invalid_client", hint)


@pytest.mark.parametrize(
    ("addition", "hint"),
    [
        (b"&scope=%00", "NUL"),
        (b"&scope=a\x00b", "NUL"),
        (b"%00", "'client_secret' contains a NUL"),
        (b"&a%00b=c", "control character"),
        (b"&scope=%ff", "'scope' is not UTF-8"),
        (b"&scope=\xff\xfe", "not UTF-8"),
        (b"&\xff=1", "not UTF-8"),
        (b"&scope=%zz", "not followed by two hexadecimal digits"),
        (b"&scope=%", "not followed by two hexadecimal digits"),
        (b"&a=1" * 2000, "more than the 1000 allowed"),
        (b"&" * 2000, "more than the 1000 allowed"),
    ],
    ids=[
        "%00",
        "NUL byte",
        "NUL in the secret",
        "NUL in a name",
        "%ff",
        "bytes",
        "bytes in a name",
        "no escape",
        "half an escape",
        "2000 fields",
        "2000 ampersands",
    ],
)
def test_malformed_form(target: Target, addition: bytes, hint: str) -> None:
    target.assert_refused(target.ask(target.form + addition), "invalid_request", hint)


def test_no_form_at_all(target: Target) -> None:
    target.assert_refused(target.ask(), "invalid_client", "no client credentials")


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        b"",
        b"application/json",
        b"text/plain",
        b"application/x-www-form-urlencode",
        b"///;;;===",
        b"\xff\xfe",
        b"a" * 30_000,
    ],
    ids=["none", "empty", "JSON", "text", "nearly", "garbage", "bytes", "long"],
)
def test_a_wrong_content_type(target: Target, content_type: bytes | None) -> None:
    answer = target.ask(target.form, content_type=content_type)
    target.assert_refused(answer, "invalid_request", "Content-Type is ")
    assert len(target.idp.journal.last.hint) < 400


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/x-www-form-urlencoded;charset=UTF-8",
        b"APPLICATION/X-WWW-FORM-URLENCODED ; charset=latin-1",
    ],
)
def test_parameters_of_the_content_type_do_not_matter(target: Target, content_type: bytes) -> None:
    assert target.ask(target.form, content_type=content_type).status == 200


@pytest.mark.parametrize("method", [b"GET", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"PROPFIND"])
def test_a_wrong_method(target: Target, method: bytes) -> None:
    answer = target.ask(target.form, method=method)
    status = 405 if target.is_strict else 400
    target.assert_refused(answer, "invalid_request", "ask for tokens with POST", status)
    assert answer.headers.get("allow") == ("POST" if target.is_strict else None)


def test_head(target: Target) -> None:
    answer = target.ask(method=b"HEAD")
    assert (answer.status, answer.body) == (405 if target.is_strict else 400, b"")


def test_repeated_parameters_are_refused_by_a_strict_provider(strict: Target) -> None:
    for name in (b"grant_type", b"client_id", b"client_secret", b"custom", b"custom=&custom"):
        answer = strict.ask(strict.form + b"&%s=a&%s=b" % (name, name.partition(b"=")[0]))
        strict.assert_refused(answer, "invalid_request", "each may be sent only once")


def test_the_first_of_repeated_parameters_counts_for_identityserver(lenient: Target) -> None:
    assert lenient.ask(lenient.form + b"&grant_type=password&client_secret=x").status == 200
    answer = lenient.ask(b"client_secret=x&" + lenient.form)
    lenient.assert_refused(answer, "invalid_client", "wrong client_secret")


def test_a_repeated_authorization_header_is_refused_by_a_strict_provider(strict: Target) -> None:
    answer = strict.ask(GRANT, strict.basic, strict.basic)
    strict.assert_refused(answer, "invalid_request", "sent more than once")


def test_the_first_authorization_header_counts_for_identityserver(lenient: Target) -> None:
    assert lenient.ask(GRANT, lenient.basic, basic(b"app:wrong")).status == 200
    answer = lenient.ask(GRANT, basic(b"app:wrong"), lenient.basic)
    lenient.assert_refused(answer, "invalid_client", "no client has the id 'app'")


@pytest.mark.parametrize(
    "body",
    [
        b"grant_type=client_credentials&client_id=%(id)s&Client_Secret=%(secret)s",
        b"grant_type=client_credentials&client_id=%(id)s&client-secret=%(secret)s",
        b"grant_type=client_credentials&client_id=%(id)s&clientSecret=%(secret)s",
        b"grant_type=client_credentials&client_id=%(id)s&secert=%(secret)s",
        b"grant_type=client_credentials&client_id=%(secret)s&client_secret=%(id)s",
        b"grant_type=%(secret)s&client_id=%(id)s&client_secret=wrong",
        b"grant_type=client_credentials&client_id=%(id)s&client_secret=wrong&scope=%(secret)s",
        b'{"client_id":"%(id)s","client_secret":"%(secret)s=="}',
        b"client_secret%%3D%(secret)s=1&client_id=%(id)s",
        b"%(secret)s=1",
        b"grant_type=%(secret)s&client_id=%(id)s&client_secret=%(secret)s",
        b"grant_type=client_credentials&client_id=%(id)s&client_secret=%(secret)s&scope=%(secret)s",
        b"client_id=%(id)s\nclient_secret=%(secret)s",
        b"username=%(id)s&password=%(secret)s&token=%(token)s&access_token=%(token)s",
    ],
)
def test_a_secret_in_the_wrong_place_stays_out_of_the_journal(target: Target, body: bytes) -> None:
    known = {b"id": target.id, b"secret": target.secret, b"token": target.token}
    assert target.ask(body % known).status in (400, 401)
    answer = target.ask(body % known, path=target.token_path + b"?client_secret=" + target.secret)
    assert answer.status in (400, 401)
    # The fixture reads the whole journal afterwards.


@pytest.mark.parametrize(
    "name", ["Client_Secret", "client-secret", "clientSecret", "secret", "PASSWORD", "Passwd"]
)
def test_a_secret_that_nobody_knows_is_told_by_its_name(target: Target, name: str) -> None:
    target.ask(target.form + b"&%s=of-another-provider" % name.encode())
    assert target.idp.journal.last.params[name] == "***"


def test_swapped_credentials_are_explained(target: Target) -> None:
    answer = target.ask(
        b"grant_type=client_credentials&client_id=%s&client_secret=%s" % (target.secret, target.id)
    )
    target.assert_refused(answer, "invalid_client", "are they swapped?")
    answer = target.ask(GRANT, basic(target.secret + b":" + target.id))
    target.assert_refused(answer, "invalid_client", "are they swapped?")


def test_line_breaks_and_colours_of_a_client_stay_on_its_line(target: Target) -> None:
    target.ask(target.form + b"&scope=a%0Aforged%1b[31m&resource=%0d%0a")
    assert "\nforged" not in target.idp.journal.render()
    assert "\x1b" not in target.idp.journal.render()
