"""Proof Key for Code Exchange: the challenge, the verifier and their comparison (RFC 7636).

Hints never show a verifier or a challenge; they try the usual mistakes and name the one that was
made.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator

from mockidp.oauth.errors import OAuthError, invalid_request

METHODS = ("S256", "plain")

# RFC 7636, 4.1 and 4.2: the verifier and the challenge share one syntax.
_SYNTAX = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_FOREIGN = re.compile(r"[^A-Za-z0-9._~-]")


def check_challenge(challenge: str, method: str) -> None:
    """Raise `invalid_request` unless the authorization request's challenge and method can be used.

    A missing `code_challenge_method` means `plain` (RFC 7636, 4.3); the caller says so.
    """
    if method not in METHODS:
        raise invalid_request(_unknown_method(method), cites="RFC 7636, 4.4.1")
    problem = _syntax_problem(challenge)
    if problem:
        raise invalid_request(f"code_challenge {problem}", cites="RFC 7636, 4.2")


def challenge_of(verifier: str, method: str) -> str:
    """The challenge a client sends for its verifier. Raises ValueError for an unknown method.

    >>> challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "S256")
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """
    if method == "plain":
        return verifier
    if method == "S256":
        return _base64url(_sha256(verifier))
    raise ValueError(_unknown_method(method))


def verify(verifier: str | None, challenge: str, method: str) -> None:
    """Raise `invalid_grant` unless the verifier belongs to the challenge (RFC 7636, 4.6).

    `challenge` and `method` are those of the authorization request. An unknown method is a
    ValueError: `check_challenge` would have refused it.
    """
    if not verifier:
        # As one that does not verify (4.6): without it nothing says that the code is the client's.
        error = _refusal(
            "code_verifier is missing: the authorization request had a code_challenge",
            "4.5 and 4.6",
            case="missing_code_verifier",
        )
        error.values["parameter"] = "code_verifier"
        raise error
    problem = _syntax_problem(verifier)
    if problem:
        raise _refusal(f"code_verifier {problem}", "4.1", case="malformed_code_verifier")
    expected = challenge_of(verifier, method)
    if not hmac.compare_digest(expected.encode(), challenge.encode()):
        mistake = _mistake(verifier, challenge, method)
        raise _refusal(f"code_verifier does not belong to the code_challenge: {mistake}", "4.6")


def _syntax_problem(text: str) -> str | None:
    if _SYNTAX.fullmatch(text):
        return None
    if text.endswith("=") and _SYNTAX.fullmatch(text.rstrip("=")):
        return "ends with '=': base64url is written without padding (RFC 7636, appendix A)"
    foreign = _FOREIGN.search(text)
    if foreign is None:
        return f"has {len(text)} characters instead of 43 to 128"
    if foreign[0] in "+/":
        return f"contains {foreign[0]!r}: use base64url ('-', '_'), not standard base64"
    return f"contains U+{ord(foreign[0]):04X}: only letters, digits and '-._~' may be used"


def _mistake(verifier: str, challenge: str, method: str) -> str:
    if method == "plain":
        if challenge == challenge_of(verifier, "S256"):
            return (
                "it does by S256, but the method was plain, which is also what a missing"
                " code_challenge_method means (RFC 7636, 4.3)"
            )
        return "with the method plain the two must be equal"
    for mistaken, hint in _mistakes(verifier):
        if mistaken == challenge:
            return hint
    return "it was made from another verifier; is one verifier kept for each authorization request?"


def _mistakes(verifier: str) -> Iterator[tuple[str, str]]:
    digest = _sha256(verifier)
    yield verifier, "it looks like the challenge was sent as the verifier (or the method is plain)"
    padded = urlsafe_b64encode(digest).decode()
    yield padded, "the S256 challenge has padding: remove the '='"
    standard = b64encode(digest).decode()
    not_url = "the S256 challenge is standard base64, not base64url"
    yield standard, not_url
    yield standard.rstrip("="), not_url
    yield digest.hex(), "the S256 challenge is the hexadecimal digest, not its bytes in base64url"
    hex_text = digest.hex().encode()
    hex_hint = "the S256 challenge encodes the hexadecimal digest instead of the digest's bytes"
    yield _base64url(hex_text), hex_hint
    try:
        random_bytes = urlsafe_b64decode(verifier + "=" * (-len(verifier) % 4))
    except NotBase64:
        return
    decoded_first = _base64url(hashlib.sha256(random_bytes).digest())
    yield decoded_first, "S256 hashes the verifier's characters, not the bytes they decode to"


def _sha256(verifier: str) -> bytes:
    return hashlib.sha256(verifier.encode()).digest()


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _unknown_method(method: str) -> str:
    for known in METHODS:
        if method.lower() == known.lower():
            return f"code_challenge_method is case-sensitive: write {known}"
    return f"code_challenge_method is not one of: {', '.join(METHODS)}"


def _refusal(hint: str, section: str, case: str = "bad_code_verifier") -> OAuthError:
    return OAuthError("invalid_grant", hint=hint, cites=f"RFC 7636, {section}", case=case)
