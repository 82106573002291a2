"""Broken calls of the provider's API: 401 with a hint, and no part of a token in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.features.bad_input.conftest import Target


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        (None, "no Authorization header"),
        (b"Authorization:", "no scheme"),
        (b"Authorization: Bearer", "no token after Bearer"),
        (b"Authorization: Bearer   ", "no token after Bearer"),
        (b"Authorization: %(token)s", "no scheme"),
        (b"Authorization: Token %(token)s", "the scheme 'Token'"),
        (b"Authorization: Bearer: %(token)s", "no scheme"),
        (b"Authorization: Bearer Bearer %(token)s", "the token is "),
        (b"Authorization: Bearer %(token)s,%(token)s", "the token is "),
        (b"Authorization: Bearer %(token)sx", "the token is "),
        (b"Authorization: Bearer x%(token)s", "the token is "),
        (b"Authorization: Bearer \xff\xfe", "the token is "),
        (b"Authorization: Bearer ..", "the token is "),
        (b"Authorization: Bearer a.b.c", "the token is "),
        (b"Authorization: Bearer " + b"a" * 60_000, "the token is "),
        (b"Authorization: Bearer " + b"." * 60_000, "the token is "),
        (
            b"Authorization: Bearer %(token)s\r\nAuthorization: Bearer %(token)s",
            "more than one access token",
        ),
        (b"Authorization: %(secret)s", "no scheme"),
    ],
    ids=[
        "none",
        "empty",
        "no token",
        "blanks",
        "no scheme",
        "another scheme",
        "a colon",
        "twice the scheme",
        "two tokens",
        "longer",
        "longer in front",
        "bytes",
        "dots",
        "three letters",
        "very long",
        "many dots",
        "two headers",
        "a secret",
    ],
)
def test_a_bad_bearer_token(target: Target, header: bytes | None, hint: str) -> None:
    known = {b"token": target.token, b"secret": target.secret}
    answer = target.call(*([header % known] if header else []))
    # RFC 6750, 3.1: several are a malformed request.
    is_malformed = "more than one" in hint and target.idp.profile == "openid"
    assert answer.status == (400 if is_malformed else 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.document
    assert hint in target.idp.journal.last.hint
    written = str(target.idp.journal.last)
    assert target.token[:12].decode() not in written
    assert target.secret[:12].decode() not in written


@pytest.mark.parametrize(
    ("body", "echoed"),
    [
        (b'{"a": [1, 2.5, null]}', {"a": [1, 2.5, None]}),
        (b'"\\ud800"', "\ud800"),
        (b'{"\\udfff": 1}', {"\udfff": 1}),
        (b"{", "{"),
        (b"\xff", "\ufffd"),
        (b"", ""),
        (b"9" * 5000, "9" * 5000),
        (b"[" * 100_000, "[" * 100_000),
        (b"[" * 100_000 + b"]" * 100_000, "[" * 100_000 + "]" * 100_000),
    ],
    ids=[
        "JSON",
        "half a pair",
        "half a pair as a name",
        "half",
        "bytes",
        "nothing",
        "a huge number",
        "open brackets",
        "deep",
    ],
)
def test_the_echo_survives_any_body(target: Target, body: bytes, echoed: object) -> None:
    good = b"Authorization: Bearer " + target.token
    answer = target.call(good, body=body, content_type=b"application/json")
    assert answer.status == 200
    assert answer.document["body"] == echoed


@pytest.mark.parametrize("exp", [-(10**20), 0, -1.5], ids=["in no calendar", "1970", "fraction"])
def test_a_token_that_expired_long_ago(target: Target, exp: float) -> None:
    token = target.idp.issue_token(claims={"exp": exp}).encode()
    assert target.call(b"Authorization: Bearer " + token).status == 401
    assert "the token expired" in target.idp.journal.last.hint


@pytest.mark.parametrize(
    "claims",
    [{"exp": "soon"}, {"exp": True}, {"nbf": []}, {"iss": 5}, {"iss": "https://evil.example"}],
    ids=str,
)
def test_a_token_with_odd_claims(target: Target, claims: dict[str, object]) -> None:
    token = target.idp.issue_token(claims=claims).encode()
    assert target.call(b"Authorization: Bearer " + token).status == 401
