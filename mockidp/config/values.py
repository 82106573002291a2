"""Values written as text, in variables and options: TOML where it is TOML, plain text otherwise."""

from __future__ import annotations

import tomllib
from typing import Any

from mockidp.profiles.problems import ConfigError


def parse_value(text: str) -> Any:
    """
    >>> parse_value("60"), parse_value("true"), parse_value("id.example"), parse_value('["a", "b"]')
    (60, True, 'id.example', ['a', 'b'])
    """
    try:
        return tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except (ValueError, RecursionError):  # no TOML, or more digits or brackets than Python reads
        return text


def parse_assignment(text: str, origin: str) -> tuple[str, Any]:
    """``NAME=VALUE`` as an option has it.

    :raises ConfigError: when there is no ``=``.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"{origin}: {text!r} is not NAME=VALUE, as in access_token_lifetime=60")
    return name.strip(), parse_value(value.strip())
