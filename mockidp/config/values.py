"""Values written as text, in variables and options: TOML or JSON where it is that, plain text
otherwise.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mockidp.profiles.problems import ConfigError


def parse_value(text: str) -> Any:
    """
    >>> parse_value("60"), parse_value("true"), parse_value("id.example"), parse_value('["a", "b"]')
    (60, True, 'id.example', ['a', 'b'])
    >>> parse_value('[{"client_id": "a"}]')
    [{'client_id': 'a'}]
    """
    readers: list[Callable[[str], Any]] = []
    if "\n" not in text:
        readers.append(lambda text: tomllib.loads(f"value = {text}")["value"])
    if text.startswith(("[", "{")):
        readers.append(json.loads)
    for read in readers:
        # More digits or brackets than Python reads are no value either.
        with suppress(ValueError, RecursionError):
            return read(text)
    return text


def parse_assignment(text: str, origin: str) -> tuple[str, Any]:
    """``NAME=VALUE`` as an option has it.

    :raises ConfigError: when there is no ``=``.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"{origin}: {text!r} is not NAME=VALUE, as in access_token_lifetime=60")
    return name.strip(), parse_value(value.strip())
