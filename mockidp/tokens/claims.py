"""Fills a profile's templates: names in braces become values, nothing else is ever evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mockidp.ids import look_problem

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")

Values = Mapping[str, Any]
#: Gives what stands in the place of a part of a template.
Filler = Callable[[Values], Any]


class _Absent:
    """Marks a member that is left out."""


_ABSENT = _Absent()


def fill(template: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """The members of ``template`` in its order, each placeholder replaced by its value.

    A text that is one placeholder takes the value with its type; a list inside a list is spliced; a
    value that does not exist leaves the member out; a key with ``*`` takes every member of a
    mapping; a look such as ``{hex:40}`` is made anew by the ``ids`` among the values.

    >>> fill(
    ...     {"aud": ["{issuer}/resources", "{scopes}"]},
    ...     {"issuer": "https://idp", "scopes": ["a", "b"]},
    ... )
    {'aud': ['https://idp/resources', 'a', 'b']}
    >>> fill({"client_*": "{client.*}", "sub": "{client.user}"}, {"client.*": {"plan": "free"}})
    {'client_plan': 'free'}
    """
    return prepare(template)(values)


def prepare(template: Mapping[str, Any]) -> Callable[[Values], dict[str, Any]]:
    """The same in two steps, for a template that is filled often: it is read only once."""
    members = [(key, key[-1:] == "*", _filler(written)) for key, written in template.items()]

    def filled(values: Values) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, is_many, filler in members:
            value = filler(values)
            if value is _ABSENT:
                continue
            if is_many and isinstance(value, Mapping):
                found.update({key[:-1] + name: inner for name, inner in value.items()})
            else:
                found[key] = value
        return found

    return filled


def _filler(written: Any) -> Filler:
    if isinstance(written, str):
        return _text_filler(written)
    if isinstance(written, Mapping):
        return prepare(written)
    if isinstance(written, (list, tuple)):
        return _list_filler(written)
    return lambda values: written


def _list_filler(written: list[Any] | tuple[Any, ...]) -> Filler:
    fillers = [_filler(item) for item in written]

    def filled(values: Values) -> list[Any]:
        items: list[Any] = []
        for filler in fillers:
            value = filler(values)
            if isinstance(value, (list, tuple)):
                items.extend(value)
            elif value is not _ABSENT:
                items.append(value)
        return items

    return filled


def _text_filler(written: str) -> Filler:
    parts = _PLACEHOLDER.split(written)
    if len(parts) == 1:
        return lambda values: written
    if len(parts) == 3 and not parts[0] and not parts[2]:
        return _value_filler(parts[1])
    # Every second part is a name; what is between two names may be empty.
    pieces = [_value_filler(part) if n % 2 else part for n, part in enumerate(parts) if part]

    def filled(values: Values) -> Any:
        found = [piece if isinstance(piece, str) else piece(values) for piece in pieces]
        return _ABSENT if _ABSENT in found else "".join(map(_text, found))

    return filled


def _value_filler(name: str) -> Filler:
    table, dot, member = name.partition(".")
    if dot and table in ("client", "user") and member != "*":
        return lambda values: values.get(f"{table}.*", {}).get(member, _ABSENT)
    if not look_problem(name):
        return lambda values: values["ids"].make(name)
    return lambda values: values.get(name, _ABSENT)


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
