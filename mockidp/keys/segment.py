"""What a segment of a compact token may hold: canonical base64url of one strict JSON object.

RFC 7515, sections 2 and 5.2; RFC 8725, sections 2.4 to 2.6. Python's own decoders take more than
that.
"""

from __future__ import annotations

import binascii
import json
import math
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Any

#: Objects and arrays inside each other, the outermost included.
MAX_DEPTH = 32

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def encode(data: bytes) -> bytes:
    """The segment of some octets: base64url without padding (RFC 7515, 2)."""
    return urlsafe_b64encode(data).rstrip(b"=")


def decode(segment: str) -> bytes:
    """The octets of a segment. Raises `ValueError`, a predicate ("is not ..."), if it is bad."""
    # RFC 7515, 2: no padding, line breaks or white space.
    if not _BASE64URL.fullmatch(segment):
        raise ValueError("is not base64url without padding")
    try:
        data = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error:
        raise ValueError("is not base64url: no octets have a text of that length") from None
    # RFC 4648, 3.5: one text only for the same octets, or a revoked token returns in another
    # spelling.
    if urlsafe_b64encode(data).rstrip(b"=") != segment.encode():
        raise ValueError("is not canonical base64url: its last character has stray bits")
    return data


def parse_object(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`. Raises `ValueError`, a predicate, if it is none or unsafe."""
    try:
        value = json.loads(
            # UTF-8 only (RFC 7515, 2): given octets, `json` would guess UTF-16 and UTF-32 too.
            data.decode(),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except RecursionError:
        raise ValueError(f"is nested more than {MAX_DEPTH} deep") from None
    except _RefusedError:
        raise
    except ValueError:  # not UTF-8, not JSON, or an integer of more digits than Python converts
        raise ValueError("is not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise ValueError("is not a JSON object")
    if _is_too_deep(value):
        raise ValueError(f"is nested more than {MAX_DEPTH} deep")
    if b"\\u" in data and not _is_unicode(value):
        raise ValueError("has half of a surrogate pair")
    return value


class _RefusedError(ValueError):
    """JSON that the parser takes and we do not."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 7515, 4, and RFC 7519, 4: names are unique, or two readers could see two different tokens.
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _RefusedError("has an object with the same member twice")
    return members


def _refuse_constant(name: str) -> float:
    raise _RefusedError(f"has {name}, which JSON does not know")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _RefusedError("has a number that is too large")
    return number


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _containers_in(parent)]
        if not level:
            return False
    return True


def _containers_in(parent: object) -> list[object]:
    children: Iterable[object] = ()
    if isinstance(parent, dict):
        children = parent.values()
    elif isinstance(parent, list):
        children = parent
    return [child for child in children if isinstance(child, dict | list)]


def _is_unicode(value: object) -> bool:
    # Half a pair cannot be written anywhere: the journal and every answer are UTF-8.
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
