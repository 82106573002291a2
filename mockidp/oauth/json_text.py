"""JSON as the emulated servers write it: compact, or with the escapes of PHP (RFC 8259, section 7).

Both are the same JSON; a client that compares texts, or hashes them, sees the difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

# `json.dumps` would set up an encoder for each text.
_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_ascii = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def _php(value: Any) -> str:
    # json_encode() without flags; a slash is only ever inside a string.
    return _ascii(value).replace("/", "\\/")


#: The styles by name.
STYLES: Mapping[str, Callable[[Any], str]] = MappingProxyType({"compact": _compact, "php": _php})


def write_json(value: Any, style: str = "compact") -> str:
    """JSON without white space.

    >>> write_json({"uri": "http://a/b"}), write_json({"uri": "http://a/b"}, "php")
    ('{"uri":"http://a/b"}', '{"uri":"http:\\\\/\\\\/a\\\\/b"}')

    :raises ValueError: for a number that JSON does not know.
    :raises TypeError: for what is no JSON at all.
    """
    return STYLES[style](value)


def to_json(value: Any, style: str = "compact") -> bytes:
    """The same in UTF-8, whatever the texts hold."""
    text = write_json(value, style)
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair has no UTF-8 (RFC 8259, 8.2)
        return _ascii(value).encode()
