"""Proof Key for Code Exchange (RFC 7636)."""

from __future__ import annotations

import hashlib
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockidp.oauth.errors import OAuthError
from mockidp.oauth.pkce import METHODS, challenge_of, check_challenge, verify

# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
OTHER = "a" * 43

DIGEST = hashlib.sha256(VERIFIER.encode()).digest()


def refusal(verifier: str | None, challenge: str, method: str) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        verify(verifier, challenge, method)
    assert caught.value.code == "invalid_grant"
    return caught.value


def test_appendix_b() -> None:
    assert challenge_of(VERIFIER, "S256") == CHALLENGE
    verify(VERIFIER, CHALLENGE, "S256")


def test_plain_compares_the_texts() -> None:
    assert challenge_of(VERIFIER, "plain") == VERIFIER
    verify(VERIFIER, VERIFIER, "plain")


@pytest.mark.parametrize("method", ["", "s256", "S512", "none"])
def test_a_challenge_has_no_unknown_method(method: str) -> None:
    with pytest.raises(ValueError, match="code_challenge_method"):
        challenge_of(VERIFIER, method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "challenge",
    [
        pytest.param(CHALLENGE, id="appendix B"),
        pytest.param("a" * 43, id="shortest"),
        pytest.param("a" * 128, id="longest"),
        pytest.param("-._~" * 11, id="every mark"),
    ],
)
def test_challenge_is_accepted(challenge: str, method: str) -> None:
    check_challenge(challenge, method)


SYNTAX = [
    pytest.param("a" * 42, "42 characters instead of 43 to 128", id="too short"),
    pytest.param("a" * 129, "129 characters instead of 43 to 128", id="too long"),
    pytest.param("a" * (1 << 20), "1048576 characters", id="a mebibyte"),
    pytest.param("a" * 43 + "=", "without padding", id="padded"),
    pytest.param("a" * 43 + "\n", "U+000A", id="line break at the end"),
    pytest.param("a" * 43 + "+", "not standard base64", id="plus"),
    pytest.param("a/" * 22, "not standard base64", id="slash"),
    pytest.param("a" * 43 + " ", "U+0020", id="space"),
    pytest.param("=" + "a" * 43, "U+003D", id="equals sign in front"),
    pytest.param("\u00e4" * 43, "U+00E4", id="letter outside ASCII"),
    pytest.param("\u0661" * 43, "U+0661", id="digit outside ASCII"),
    pytest.param("a" * 43 + "\0", "U+0000", id="NUL"),
]


@pytest.mark.parametrize(
    ("challenge", "hint"), [*SYNTAX, pytest.param("", "0 characters", id="empty")]
)
def test_challenge_with_bad_syntax_is_refused(challenge: str, hint: str) -> None:
    with pytest.raises(OAuthError) as caught:
        check_challenge(challenge, "S256")
    assert caught.value.code == "invalid_request"
    assert caught.value.cites == "RFC 7636, 4.2"
    assert caught.value.hint.startswith("code_challenge ")
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("method", "hint"),
    [
        pytest.param("s256", "write S256", id="s256"),
        pytest.param("PLAIN", "write plain", id="PLAIN"),
        pytest.param("S512", "not one of: S256, plain", id="unknown"),
        pytest.param("", "not one of: S256, plain", id="empty"),
    ],
)
def test_unknown_method_is_refused(method: str, hint: str) -> None:
    with pytest.raises(OAuthError) as caught:
        check_challenge(CHALLENGE, method)
    assert caught.value.code == "invalid_request"
    assert hint in caught.value.hint


@pytest.mark.parametrize("verifier", [None, ""])
def test_missing_verifier_is_refused(verifier: str | None) -> None:
    assert "code_verifier is missing" in refusal(verifier, CHALLENGE, "S256").hint


@pytest.mark.parametrize(("verifier", "hint"), SYNTAX)
def test_verifier_with_bad_syntax_is_refused(verifier: str, hint: str) -> None:
    error = refusal(verifier, CHALLENGE, "S256")
    assert error.hint.startswith("code_verifier ")
    assert error.cites == "RFC 7636, 4.1"
    assert hint in error.hint


def test_verifier_with_bad_syntax_is_refused_even_if_it_would_match() -> None:
    assert "5 characters" in refusal("short", challenge_of("short", "S256"), "S256").hint


def b64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize(
    ("challenge", "method", "hint"),
    [
        pytest.param(VERIFIER, "S256", "the challenge was sent as the verifier", id="same"),
        pytest.param(CHALLENGE + "=", "S256", "has padding", id="padding"),
        pytest.param(b64encode(DIGEST).decode(), "S256", "standard base64", id="base64"),
        pytest.param(
            b64encode(DIGEST).decode().rstrip("="), "S256", "standard base64", id="unpadded base64"
        ),
        pytest.param(DIGEST.hex(), "S256", "is the hexadecimal digest", id="hex"),
        pytest.param(
            b64url(DIGEST.hex().encode()), "S256", "encodes the hexadecimal digest", id="hex, coded"
        ),
        pytest.param(
            b64url(hashlib.sha256(urlsafe_b64decode(VERIFIER + "=")).digest()),
            "S256",
            "not the bytes they decode to",
            id="decoded before hashing",
        ),
        pytest.param(CHALLENGE, "plain", "it does by S256", id="method forgotten"),
        pytest.param(OTHER, "plain", "must be equal", id="other, plain"),
        pytest.param(OTHER, "S256", "made from another verifier", id="other"),
        pytest.param(CHALLENGE.swapcase(), "S256", "made from another verifier", id="case"),
        pytest.param(CHALLENGE[:-1] + "N", "S256", "made from another", id="last letter"),
        pytest.param(CHALLENGE[:-1], "S256", "made from another", id="cut off"),
        pytest.param("", "S256", "made from another verifier", id="empty challenge"),
        pytest.param("\u00fc" * 43, "S256", "made from another verifier", id="Unicode"),
    ],
)
def test_mismatch_names_the_mistake(challenge: str, method: str, hint: str) -> None:
    error = refusal(VERIFIER, challenge, method)
    assert hint in error.hint
    assert error.cites == "RFC 7636, 4.6"
    assert VERIFIER not in str(error)


@pytest.mark.parametrize("length", range(43, 49))
def test_mismatch_is_explained_for_every_length(length: int) -> None:
    # Some lengths cannot be base64 at all, and '~' never is.
    for verifier in ("b" * length, "~" * length):
        assert "made from another verifier" in refusal(verifier, CHALLENGE, "S256").hint


def test_comparison_takes_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def record(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return True

    monkeypatch.setattr("mockidp.oauth.pkce.hmac.compare_digest", record)
    verify(VERIFIER, OTHER, "S256")
    assert compared == [(CHALLENGE.encode(), OTHER.encode())]


@given(
    st.text("ABCxyz019-._~", min_size=43, max_size=128),
    st.text("ABCxyz019-._~", min_size=43, max_size=128),
    st.sampled_from(METHODS),
)
def test_only_the_verifier_itself_verifies(one: str, other: str, method: str) -> None:
    challenge = challenge_of(one, method)
    check_challenge(challenge, method)
    verify(one, challenge, method)
    if other != one:
        refusal(other, challenge, method)
