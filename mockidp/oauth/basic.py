"""HTTP Basic credentials, read and written (RFC 7617; RFC 6749, section 2.3.1)."""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import a2b_base64
from dataclasses import field
from urllib.parse import quote_plus, unquote_plus

from mockidp.records import dataclass

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class MalformedBasic(ValueError):
    """An unreadable Basic header; its text is the developer's hint and shows no credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicCredentials:
    """The two halves of a Basic header, as they stand after base64 and UTF-8."""

    user: str
    password: str = field(repr=False)

    def form_decoded(self) -> BasicCredentials:
        """Both halves form-decoded, because OAuth clients must encode them (RFC 6749, 2.3.1).

        Many clients do not encode. Halves that cannot be the encoded form (a stray `%`, not UTF-8,
        a control character inside) stay as they are: then the result is the object itself.

        >>> BasicCredentials(user="my%3Aapp", password="a+b").form_decoded().user
        'my:app'
        """
        both = (self.user, self.password)
        if not any("%" in half or "+" in half for half in both):
            return self
        if any(_BROKEN_ESCAPE.search(half) for half in both):
            return self
        try:
            user, password = (unquote_plus(half, errors="strict") for half in both)
        except UnicodeDecodeError:
            return self
        if _CONTROL.search(user) or _CONTROL.search(password):
            return self
        return BasicCredentials(user=user, password=password)


def parse_basic(header: str) -> BasicCredentials | None:
    """Read the value of an Authorization header; None if it uses another scheme.

    Raises `MalformedBasic` if the scheme is Basic and the credentials are not readable.

    >>> parse_basic("Basic bXktYXBwOnMzY3JldA==")
    BasicCredentials(user='my-app')
    >>> parse_basic("Bearer abc") is None
    True
    """
    # RFC 9110, 11.1: the scheme is case-insensitive.
    if header[:5].lower() != "basic" or header[5:6] not in ("", " ", "\t"):
        return None
    token = header[5:].lstrip(" ").rstrip(" \t")
    if not token:
        raise MalformedBasic("nothing follows the scheme Basic: base64(user:password) is missing")
    try:
        # Strict: without it, characters outside the alphabet are skipped in silence.
        raw = a2b_base64(token, strict_mode=True)
    except ValueError:
        raise MalformedBasic(_why_not_base64(token)) from None
    # Even the strict mode lets padding through that follows a complete text ("YTpi====").
    if len(token) != (len(raw) + 2) // 3 * 4:
        raise MalformedBasic(_why_not_base64(token))
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise MalformedBasic("the credentials are not UTF-8 after base64 (RFC 7617, 2.1)") from None
    user, colon, password = text.partition(":")
    if not colon:
        raise MalformedBasic(
            "there is no colon between user and password after base64 (RFC 7617, 2)"
        )
    # RFC 7617, 2: neither half may contain a control character.
    if not text.isprintable() and _CONTROL.search(text):
        raise MalformedBasic(_which_control(text))
    return BasicCredentials(user=user, password=password)


def basic_header(user: str, password: str, *, form_encoded: bool = False) -> str:
    """The Authorization value a client sends; `form_encoded` as OAuth asks for (RFC 6749, 2.3.1).

    Raises ValueError if the user has a colon and is not encoded: the server would split there.

    >>> basic_header("my-app", "s3cret")
    'Basic bXktYXBwOnMzY3JldA=='
    """
    if form_encoded:
        user, password = quote_plus(user), quote_plus(password)
    if ":" in user:
        raise ValueError("a user with a colon can only be sent with form_encoded=True")
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def _why_not_base64(token: str) -> str:
    if ":" in token:
        return "the credentials are sent as they are: user:password must be base64 (RFC 7617, 2)"
    if "," in token:
        return "the credentials hold a comma: was the Authorization header sent twice?"
    if any(char.isspace() for char in token):
        return "the credentials hold white space: base64 must be one unbroken line"
    if "-" in token or "_" in token:
        return "the credentials use the URL-safe alphabet: Basic takes standard base64 ('+', '/')"
    if len(token) % 4:
        return "the credentials are not base64: the padding is missing or the text is cut off"
    return "the credentials are not base64 (RFC 4648, 4)"


def _which_control(text: str) -> str:
    if "\0" in text:
        return "the credentials contain a NUL character (RFC 7617, 2)"
    if text.endswith("\n"):
        return "the password ends with a line break: encode with printf or `echo -n`, not with echo"
    return "the credentials contain a control character (RFC 7617, 2)"
