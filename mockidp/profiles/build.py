"""Turns checked facts into the dataclasses of the schema: types and choices are enforced here."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import Field, fields
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from mockidp.ids import look_problem
from mockidp.oauth import names
from mockidp.profiles import rules
from mockidp.profiles.evidence import Fact
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema import sections

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def build_sections(facts: Mapping[str, Fact]) -> dict[str, Any]:
    """One dataclass for each table that the facts touch.

    :raises ConfigError: for a value of the wrong type, or not among the choices.
    """
    tables: dict[str, dict[str, Fact]] = {}
    for path, found in facts.items():
        table, _, key = path.partition(".")
        tables.setdefault(table, {})[key] = found
    return {
        name: kind(**_arguments(name, kind, tables[name]))
        for name, kind in sections().items()
        if name in tables
    }


def leaf_of(kind: type, key: str) -> Field[Any] | None:
    return next((leaf for leaf in _fields(kind) if leaf.name == key), None)


def leaf_names(kind: type) -> list[str]:
    return [leaf.name for leaf in _fields(kind)]


@lru_cache(maxsize=64)
def _fields(kind: type) -> tuple[Field[Any], ...]:
    return fields(kind)


@lru_cache(maxsize=64)
def hints_of(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def leaves() -> Iterator[tuple[str, type, Field[Any]]]:
    """Every leaf of the schema: its dotted path, the dataclass it is in, and its field."""
    for name, kind in sections().items():
        for leaf in _fields(kind):
            yield f"{name}.{leaf.name}", kind, leaf


@lru_cache(maxsize=1)
def keywords() -> Mapping[str, str]:
    """The flat name of each leaf, as keyword and environment variable use it, to its dotted path.

    >>> keywords()["access_token_lifetime"]
    'access_token.lifetime'
    """
    return types.MappingProxyType({path.replace(".", "_"): path for path, _, _ in leaves()})


def _arguments(name: str, kind: type, table: Mapping[str, Fact]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    hints = hints_of(kind)
    for leaf in _fields(kind):
        key, hint = leaf.name, hints[leaf.name]
        path = f"{name}.{key}"
        if leaf.metadata["open"]:
            entries = {k[len(key) + 1 :]: f for k, f in table.items() if k.startswith(f"{key}.")}
            inner = get_args(hint)[1] if get_origin(hint) is not None else Any
            for entry, found in entries.items():
                _keep(leaf.metadata["key_rule"], entry, found.origin or found.source, path)
            if entries:
                arguments[key] = types.MappingProxyType(
                    {k: _value(f, f"{path}.{k}", inner, leaf) for k, f in entries.items()}
                )
            for entry, found in entries.items():
                if not found.is_known:
                    origin = found.origin or found.source
                    _keep(leaf.metadata["own_rule"], found.value, origin, f"{path}.{entry}")
        elif key in table:
            arguments[key] = _value(table[key], path, hint, leaf)
    return arguments


def _value(found: Fact, path: str, hint: Any, leaf: Field[Any]) -> Any:
    value = found.value
    if value is None and leaf.metadata["sparse"]:
        return "{absent}"
    origin = found.origin or found.source
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        if not isinstance(value, list | tuple):
            # As it may have been meant in a variable or an option.
            parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else []
            written = f", written {json.dumps(parts)}" if parts else ""
            raise ConfigError.at(origin, path, value, f"must be a list{written}")
        choices = leaf.metadata["choices"]
        if leaf.metadata["complete"] and sorted(map(str, value)) != sorted(choices):
            wanted = ", ".join(choices)
            raise ConfigError.at(origin, path, value, f"must name each of these once: {wanted}")
        items = tuple(_scalar(v, item, leaf, origin, path) for v in value)
        _keep(rules.each_once, list(items), origin, path)
        return items
    return _scalar(value, hint, leaf, origin, path)


def _scalar(value: Any, hint: Any, leaf: Field[Any], origin: str, path: str) -> Any:
    if hint is Any:
        _keep(rules.json, value, origin, path)
        _keep(leaf.metadata["rule"], value, origin, path)
        _check_placeholders(value, origin, path)
        return value
    allowed = get_args(hint) if get_origin(hint) in (types.UnionType, Union) else (hint,)
    if type(value) not in allowed and not (float in allowed and type(value) is int):
        wanted = " or ".join(_TYPE_NAMES[kind] for kind in allowed)
        raise ConfigError.at(origin, path, value, f"must be {wanted}")
    if type(value) in (int, float):
        _keep(rules.amount, value, origin, path)
    if float in allowed:
        value = float(value)
    choices = leaf.metadata["choices"]
    if choices and value not in choices and type(value) not in choices:
        shown = ", ".join("a whole number" if c is int else str(c) for c in choices)
        raise ConfigError.at(origin, path, value, f"valid: {shown}")
    _keep(leaf.metadata["rule"], value, origin, path)
    return value


def _keep(rule: rules.Rule | None, value: Any, origin: str, path: str) -> None:
    problem = rule(value) if rule is not None else ""
    if problem:
        raise ConfigError.at(origin, path, value, problem)


_TYPE_NAMES: Mapping[type, str] = types.MappingProxyType(
    {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
)


def is_placeholder(name: str) -> bool:
    """Whether a template may name this in braces."""
    return (
        name in names.PLACEHOLDERS
        or name.startswith(("client.", "user."))
        or not look_problem(name)
    )


def _check_placeholders(value: Any, origin: str, path: str) -> None:
    if isinstance(value, str):
        for name in _PLACEHOLDER.findall(value):
            if not is_placeholder(name):
                valid = ", ".join(
                    (*names.PLACEHOLDERS, "client.<attribute>", "user.<claim>", "a look as hex:40")
                )
                raise ConfigError.at(
                    origin, path, value, f"{{{name}}} is not known; valid: {valid}"
                )
    elif isinstance(value, Mapping):
        for inner in value.values():
            _check_placeholders(inner, origin, path)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_placeholders(inner, origin, path)
