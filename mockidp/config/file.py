"""mockidp.toml: where it is looked for and what it may hold."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mockidp.config.layers import Layer
from mockidp.profiles import PROFILES
from mockidp.profiles.load import Document, read_document
from mockidp.profiles.problems import ConfigError

FILE_NAME = "mockidp.toml"
_TABLES = ("server", "profiles")
_SERVER: Mapping[str, type] = {"host": str, "port": int, "profiles": list}


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What one mockidp.toml says: options of the server, settings of profiles, profiles of the
    user's own.
    """

    origin: str = "mockidp.toml"
    server: Mapping[str, Any] = field(default_factory=dict)
    layers: Mapping[str, Layer] = field(default_factory=dict)
    own: Mapping[str, Document] = field(default_factory=dict)

    def layer(self, profile: str) -> Layer:
        return self.layers.get(profile) or Layer(self.origin)

    @property
    def profiles(self) -> tuple[str, ...]:
        """All profiles that can be used with this file."""
        return (*PROFILES, *self.own)


def find_file(folders: Sequence[Path]) -> Path | None:
    """The first mockidp.toml of these folders."""
    return next((f / FILE_NAME for f in folders if (f / FILE_NAME).is_file()), None)


def read_file(path: Path) -> ConfigFile:
    """
    :raises ConfigError: when the file cannot be read, is not TOML, or says something it may not.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise ConfigError(f"{path}: {problem.strerror or problem}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path}: not TOML: {problem}") from None
    return read_config(tables, str(path))


def read_config(tables: Mapping[str, Any], origin: str) -> ConfigFile:
    """The same from parsed tables, as the ``mockidp_config`` fixture gives them."""
    for name, table in tables.items():
        if name not in _TABLES:
            raise ConfigError.unknown(origin, "table", name, _TABLES)
        if not isinstance(table, Mapping):
            raise ConfigError.at(origin, name, table, "must be a table")
    layers: dict[str, Layer] = {}
    own: dict[str, Document] = {}
    for name, table in tables.get("profiles", {}).items():
        if not isinstance(table, Mapping):
            raise ConfigError.at(origin, f"profiles.{name}", table, "must be a table")
        layers[name], own_document = _profile(name, table, origin)
        if own_document:
            own[name] = own_document
    return ConfigFile(origin, _server(tables.get("server", {}), origin), layers, own)


def _profile(name: str, table: Mapping[str, Any], origin: str) -> tuple[Layer, Document | None]:
    where = f"{origin}: [profiles.{name}]"
    own = {k: v for k, v in table.items() if k in ("extends", "title", "summary", "documentation")}
    values = {k: v for k, v in table.items() if k not in own}
    if name in PROFILES:
        if "extends" in own:
            raise ConfigError.at(
                where,
                "extends",
                own["extends"],
                "a built-in profile cannot be based on another; choose another name",
            )
        return Layer(where, values), None
    # A profile of the user's own that names no other is a variant of the generic provider.
    own.setdefault("extends", "openid")
    return Layer(where, values), read_document({**own, "routing": {"system": name}}, where)


def _server(table: Mapping[str, Any], origin: str) -> dict[str, Any]:
    for name, value in table.items():
        if name not in _SERVER:
            raise ConfigError.unknown(f"{origin}: [server]", "key", name, _SERVER)
        if type(value) is not _SERVER[name]:
            raise ConfigError.at(
                origin, f"server.{name}", value, f"must be a {_SERVER[name].__name__}"
            )
    return dict(table)
