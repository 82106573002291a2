"""mockidp.toml: where it is looked for and what it may hold."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from mockidp.config.layers import Layer
from mockidp.config.server import SERVER, check_server_option
from mockidp.profiles import MANNERS, PROFILES
from mockidp.profiles.load import Document, read_document
from mockidp.profiles.problems import ConfigError
from mockidp.records import dataclass

FILE_NAME = "mockidp.toml"
_TABLES = ("server", "profiles")
#: Where a provider is, which another is not.
_ADDRESS = ("base_path", "public")
#: A name that can be part of an address, a variable and a fixture.
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What one mockidp.toml says: options of the server, settings of profiles, profiles of the
    user's own.
    """

    origin: str = "mockidp.toml"
    server: Mapping[str, Any] = field(default_factory=dict)
    layers: Mapping[str, Layer] = field(default_factory=dict)
    own: Mapping[str, Document] = field(default_factory=dict)

    def layers_of(self, profile: str) -> list[Layer]:
        """What the file says of a profile, after what it says of those of the user's own that it
        extends; their addresses are theirs.
        """
        names = [profile]
        while (own := self.own.get(names[0])) and own.extends in self.own:
            if own.extends is None or own.extends in names:
                break  # a circle, which is told of where the profile is built
            names.insert(0, own.extends)
        *inherited, its_own = (self.layers.get(name, Layer(self.origin)) for name in names)
        return [*map(_without_address, inherited), its_own]

    @property
    def profiles(self) -> tuple[str, ...]:
        """All profiles that can be used with this file."""
        return (*PROFILES, *self.own)


def _without_address(layer: Layer) -> Layer:
    return Layer(layer.origin, {k: v for k, v in layer.values.items() if k not in _ADDRESS})


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
    except RecursionError:
        raise ConfigError(f"{path}: not TOML that can be read: nested too deeply") from None
    except ValueError as problem:  # not TOML, not UTF-8, or a number with thousands of digits
        raise ConfigError(f"{path}: not TOML: {problem}") from None
    return read_config(tables, str(path))


def read_config(tables: Mapping[str, Any], origin: str) -> ConfigFile:
    """The same from parsed tables, as the keyword ``config`` gives them."""
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
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            problem = "must be a name of small letters, digits and hyphens"
            raise ConfigError.at(origin, "profiles", name, problem)
        if name in MANNERS:
            problem = "is a manner, which others extend; choose another name"
            raise ConfigError.at(origin, "profiles", name, problem)
        layers[name], own_document = _profile(name, table, origin)
        if own_document:
            own[name] = own_document
    server = _server(tables.get("server", {}), origin)
    for name in server.get("profiles", ()):
        if name not in (known := (*PROFILES, *own)):
            raise ConfigError.unknown(f"{origin}: server.profiles", "profile", name, known)
    return ConfigFile(origin, server, layers, own)


def _profile(name: str, table: Mapping[str, Any], origin: str) -> tuple[Layer, Document | None]:
    where = f"{origin}: [profiles.{name}]"
    own = {k: v for k, v in table.items() if k in ("extends", "title", "summary", "documentation")}
    values = {k: v for k, v in table.items() if k not in own}
    if name in PROFILES:
        for key, value in own.items():
            problem = "a built-in profile has one already; choose another name for your own"
            raise ConfigError.at(where, key, value, problem)
        return Layer(where, values), None
    if "extends" not in own:
        # Otherwise a misspelt name would be one more provider, and its settings without effect.
        unknown = ConfigError.unknown(origin, "profile", name, PROFILES)
        raise ConfigError(f"{unknown}; one of your own needs a line such as extends = 'openid'")
    return Layer(where, values), read_document({**own, "routing": {"system": name}}, where)


def _server(table: Mapping[str, Any], origin: str) -> dict[str, Any]:
    for name, value in table.items():
        if name not in SERVER:
            raise ConfigError.unknown(f"{origin}: [server]", "key", name, SERVER)
        check_server_option(origin, name, value, key=f"server.{name}")
    return dict(table)
