"""Broken multipart bodies (RFC 7578), where the provider reads multipart at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.features.bad_input.conftest import Target

TYPE = b"multipart/form-data; boundary=b"


def part(name: bytes, value: bytes, more: bytes = b"") -> bytes:
    disposition = b'Content-Disposition: form-data; name="%s"%s' % (name, more)
    return b"--b\r\n%s\r\n\r\n%s\r\n" % (disposition, value)


END = b"--b--\r\n"
GRANT = part(b"grant_type", b"client_credentials")


def whole(target: Target) -> bytes:
    return GRANT + part(b"client_id", target.id) + part(b"client_secret", target.secret) + END


def test_a_good_one_is_served(lenient: Target) -> None:
    assert lenient.ask(whole(lenient), content_type=TYPE).status == 200
    quoted = b'Multipart/Form-Data; charset=utf-8; boundary="b"'
    assert lenient.ask(whole(lenient), content_type=quoted).status == 200


def test_a_strict_provider_reads_none(strict: Target) -> None:
    answer = strict.ask(whole(strict), content_type=TYPE)
    strict.assert_refused(answer, "invalid_request", "Content-Type is multipart/form-data")


@pytest.mark.parametrize(
    ("content_type", "body", "hint"),
    [
        (b"multipart/form-data", GRANT + END, "no boundary"),
        (b"multipart/form-data; boundary=", GRANT + END, "no boundary"),
        (b"multipart/form-data; boundary=" + b"b" * 5000, GRANT + END, "cannot be read"),
        (b"multipart/form-data; boundary=other", GRANT + END, ""),
        (TYPE, b"", "ends before"),
        (TYPE, b"garbage", ""),
        (TYPE, b"\x00\xff" * 500, ""),
        (TYPE, b"grant_type=client_credentials", ""),
        (TYPE, GRANT, "ends before"),
        (TYPE, GRANT[:30], "ends before"),
        (TYPE, b"--b\r\nno colon\r\n\r\nx\r\n" + END, "cannot be read"),
        (TYPE, b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + END, "no name"),
        (TYPE, b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" + END, "no name"),
        (TYPE, b"--b\r\nX: " + b"y" * 100_000 + b"\r\n\r\nx\r\n" + END, "cannot be read"),
        (TYPE, b"--b\r\n" + b"X: y\r\n" * 5000 + b"\r\nx\r\n" + END, "cannot be read"),
        (TYPE, part(b"a", b"x", b'; filename="f.txt"') + END, "no files"),
        (TYPE, part(b"a", b"x") * 2000 + END, "more than 1000 parts"),
        (TYPE, part(b"scope", b"\xff\xfe") + END, "not UTF-8"),
        (TYPE, part(b"\xff", b"x") + END, "not UTF-8"),
        (TYPE, part(b"scope", b"a\x00b") + END, "NUL"),
    ],
    ids=[
        "no boundary",
        "empty boundary",
        "long boundary",
        "another boundary",
        "empty",
        "garbage",
        "bytes",
        "a form",
        "no end",
        "cut off",
        "no header",
        "no name",
        "no disposition",
        "long header",
        "many headers",
        "a file",
        "2000 parts",
        "not UTF-8",
        "name not UTF-8",
        "NUL",
    ],
)
def test_a_broken_one_is_refused(
    lenient: Target, content_type: bytes, body: bytes, hint: str
) -> None:
    answer = lenient.ask(body, content_type=content_type)
    lenient.assert_refused(answer, "invalid_request", hint)


def test_nothing_is_printed_or_logged(
    lenient: Target, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(1):
        for body in (b"garbage", b"--b\r\nno colon\r\n\r\n", GRANT):
            lenient.ask(body, content_type=TYPE)
    assert [r for r in caplog.records if r.name.startswith("python_multipart")] == []
    assert capfd.readouterr() == ("", "")
