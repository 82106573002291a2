"""The one source of identifiers and random values of a lane; with a seed it repeats itself."""

from __future__ import annotations

import base64
import random
import re
import secrets
import string
import uuid
from collections.abc import Callable

_SIZED = ("hex", "decimal", "alnum", "token", "consonants")
#: A look inside a text, as in ``def50200{hex:592}``.
_PART = re.compile(r"\{([^{}]*)\}")
_ALPHANUMERIC = string.ascii_letters + string.digits
#: No vowels, so that they make no words, and no Y (RFC 8628, 6.1).
_CONSONANTS = "BCDFGHJKLMNPQRSTVWXZ"


class Ids:
    """Identifiers in the looks that providers give them.

    >>> Ids(seed=7).guid() == Ids(seed=7).guid()
    True
    >>> len(Ids().hex(32))
    32
    """

    def __init__(self, seed: int | None = None) -> None:
        self._seed = seed
        self._randbytes: Callable[[int], bytes]
        self.reset()

    def reset(self) -> None:
        """Start a seeded sequence again; without a seed there is nothing to start."""
        self._randbytes = (
            secrets.token_bytes if self._seed is None else random.Random(self._seed).randbytes
        )

    def token(self, nbytes: int = 32) -> str:
        """A URL-safe opaque value made of ``nbytes`` random bytes."""
        return base64.urlsafe_b64encode(self._randbytes(nbytes)).rstrip(b"=").decode()

    def hex(self, digits: int) -> str:
        """``digits`` hexadecimal digits."""
        return self._randbytes((digits + 1) // 2).hex()[:digits]

    def decimal(self, digits: int) -> str:
        """``digits`` decimal digits, the first never 0."""
        span = 10**digits - 10 ** (digits - 1)
        return str(10 ** (digits - 1) + int.from_bytes(self._randbytes(digits + 8)) % span)

    def alnum(self, chars: int) -> str:
        """``chars`` letters and digits of ASCII."""
        return self._drawn(_ALPHANUMERIC, chars)

    def consonants(self, chars: int) -> str:
        """``chars`` capital letters that make no words."""
        return self._drawn(_CONSONANTS, chars)

    def _drawn(self, alphabet: str, chars: int) -> str:
        left = int.from_bytes(self._randbytes(chars + 8))
        text = ""
        for _ in range(chars):
            left, place = divmod(left, len(alphabet))
            text += alphabet[place]
        return text

    def guid(self) -> str:
        """A random UUID (RFC 9562, version 4) in lower case."""
        return str(uuid.UUID(bytes=self._randbytes(16), version=4))

    def make(self, look: str) -> str:
        """A value in a look that a profile names: ``guid``, ``hex:32``, ``decimal:6``,
        ``alnum:40``, ``consonants:8``, ``token:32``, or a text with some of these in braces.

        >>> Ids(seed=7).make("key-{decimal:4}").startswith("key-")
        True

        :raises ValueError: for any other look.
        """
        problem = look_problem(look)
        if problem:
            raise ValueError(f"{look!r} {problem}")
        if "{" in look:
            return _PART.sub(lambda part: self.make(part[1]), look)
        kind, _, size = look.partition(":")
        if kind == "guid":
            return self.guid()
        maker: Callable[[int], str] = getattr(self, kind)
        return maker(int(size))


def look_problem(look: str) -> str:
    """Why ``Ids.make`` does not know this look; "" when it does. The text continues "'…' …"."""
    parts = _PART.findall(look) or [look]
    if all(map(_is_look, parts)):
        return ""
    return (
        "is not a look; valid: guid, hex:N, decimal:N, alnum:N, token:N, consonants:N with N from "
        "1 to 1024, or a text with these in braces"
    )


def _is_look(text: str) -> bool:
    kind, _, size = text.partition(":")
    if kind in _SIZED and size.isdecimal() and len(size) <= 4:
        return 1 <= int(size) <= 1024
    return text == "guid"
