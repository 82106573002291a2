"""Fills a profile's templates: names in braces become values, nothing else is ever evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class _Absent:
    """Marks a member that is left out."""


_ABSENT = _Absent()


def fill(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The members of ``template`` in its order, each placeholder replaced by its value.

    A text that is one placeholder takes the value with its type; a list inside a list is spliced; a
    value
    that does not exist leaves the member out; a key with ``*`` takes every member of a mapping.

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
        if key.endswith("*") and isinstance(value, Mapping):
            filled.update({key[:-1] + name: inner for name, inner in value.items()})
        else:
            filled[key] = value
    return filled


def _fill(written: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(written, str):
        return _fill_text(written, values) if "{" in written else written
    if isinstance(written, Mapping):
        return fill(written, values)
    if isinstance(written, list | tuple):
        return _fill_list(written, values)
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
    if written.count("{") == 1 and written[0] == "{" and written[-1] == "}":
        return _value(written[1:-1], values)
    return _PLACEHOLDER.sub(lambda match: str(_value(match[1], values)), written)


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if name in values:
        return values[name]
    attributes = values.get("client.*")
    if name.startswith("client.") and isinstance(attributes, Mapping):
        return attributes.get(name.removeprefix("client."), _ABSENT)
    return _ABSENT
