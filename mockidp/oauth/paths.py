"""Paths and prefixes, segment by segment (RFC 3986, section 3.3)."""

from __future__ import annotations


def is_below(path: str, prefix: str) -> bool:
    """Whether ``path`` is ``prefix`` or below it.

    >>> is_below("/v2.0/translation/text", "/v2.0/translation")
    True
    >>> is_below("/v2.0/translations", "/v2.0/translation")
    False
    """
    prefix = prefix.rstrip("/")
    return path == prefix or path.startswith(f"{prefix}/")
