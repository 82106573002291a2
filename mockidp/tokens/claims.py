"""Fills a profile's templates: names in braces become values, nothing else is ever evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class _Absent:
    """Marks a member that is left out."""


_ABSENT = _Absent()


def fill(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The members of ``template`` in its order, each placeholder replaced by its value.

    A text that is one placeholder takes the value with its type; a list inside a list is spliced; a
    value that does not exist leaves the member out; a key with ``*`` takes every member of a
    mapping.

    >>> fill(
    ...     {"aud": ["{issuer}/resources", "{scopes}"]},
    ...     {"issuer": "https://idp", "scopes": ["a", "b"]},
    ... )
    {'aud': ['https://idp/resources', 'a', 'b']}
    >>> fill({"client_*": "{client.*}", "sub": "{client.user}"}, {"client.*": {"plan": "free"}})
    {'client_plan': 'free'}
    """
    filled: dict[str, Any] = {}
    for key, written in template.items():
        value = _fill(written, values)
        if value is _ABSENT:
            continue
        if key[-1:] == "*" and isinstance(value, Mapping):
            filled.update({key[:-1] + name: inner for name, inner in value.items()})
        else:
            filled[key] = value
    return filled


def _fill(written: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(written, str):
        return _fill_text(written, values)
    if isinstance(written, list | tuple):
        return _fill_list(written, values)
    if isinstance(written, Mapping):
        return fill(written, values)
    return written


def _fill_list(written: list[Any] | tuple[Any, ...], values: Mapping[str, Any]) -> list[Any]:
    items: list[Any] = []
    for inner in written:
        value = _fill(inner, values)
        if isinstance(value, list | tuple):
            items.extend(value)
        elif value is not _ABSENT:
            items.append(value)
    return items


def _fill_text(written: str, values: Mapping[str, Any]) -> Any:
    whole, parts = _parse(written)
    if whole is not None:
        return _value(whole, values)
    # Every second part is a name.
    filled = [_value(part, values) if n % 2 else part for n, part in enumerate(parts)]
    return _ABSENT if _ABSENT in filled else "".join(map(_text, filled))


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


@lru_cache(maxsize=1024)
def _parse(written: str) -> tuple[str | None, tuple[str, ...]]:
    """The name, if the text is one placeholder and nothing else; the texts around names and the
    names.
    """
    parts = tuple(_PLACEHOLDER.split(written))
    is_whole = len(parts) == 3 and not parts[0] and not parts[2]
    return (parts[1] if is_whole else None), parts


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if name in values:
        return values[name]
    attributes = values.get("client.*")
    if name.startswith("client.") and isinstance(attributes, Mapping):
        return attributes.get(name.removeprefix("client."), _ABSENT)
    return _ABSENT
