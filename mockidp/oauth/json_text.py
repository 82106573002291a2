"""JSON as the emulated servers write it: compact, with the escapes of PHP, or pretty (RFC 8259,
sections 2 and 7).

All are the same JSON; a client that compares texts, or hashes them, sees the difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

# `json.dumps` would set up an encoder for each text.
_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_ascii = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
# json_encode() with JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES
_pretty = json.JSONEncoder(allow_nan=False, indent=4).encode


def _php(value: Any) -> str:
    # json_encode() without flags; a slash is only ever inside a string.
    return _ascii(value).replace("/", "\\/")


#: The styles by name.
STYLES: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {"compact": _compact, "php": _php, "pretty": _pretty}
)


def write_json(value: Any, style: str = "compact") -> str:
    """JSON in one of the styles; all but ``pretty`` are without white space.

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
