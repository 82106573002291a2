"""From a user's arguments to settings: which file, which environment, which keywords."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mockidp.config.file import ConfigFile, find_file, read_config, read_file
from mockidp.config.layers import Layer
from mockidp.config.settings import Settings, resolve
from mockidp.profiles.problems import ConfigError

#: What callers may give as ``config``: a file, the tables of one, or None to look for mockidp.toml.
Config = str | os.PathLike[str] | Mapping[str, Any] | ConfigFile | None


def open_config(config: Config = None, *, folders: Sequence[Path] = ()) -> ConfigFile:
    """The configuration file to use: the given one, ``MOCKIDP_CONFIG``, or the first mockidp.toml.

    ``folders`` are looked into after the working folder.

    :raises ConfigError: when it cannot be read or says something it may not.
    """
    if isinstance(config, ConfigFile):
        return config
    if isinstance(config, Mapping):
        return read_config(config, "config")
    if config is not None and not isinstance(config, str | os.PathLike):
        raise ConfigError(
            f"config must be the path of a mockidp.toml, its tables, or None, not {config!r}"
        )
    named = config or os.environ.get("MOCKIDP_CONFIG")
    if named:
        return read_file(Path(named))
    found = find_file([*_working_folder(), *folders])
    return read_file(found) if found else ConfigFile()


def _working_folder() -> list[Path]:
    try:
        return [Path.cwd()]
    except OSError:  # it has been removed: there is no file in it
        return []


def settings_for(profile: str, file: ConfigFile, layers: Sequence[Layer]) -> Settings:
    """Everything laid over the profile.

    :raises ConfigError: naming the place, the key, the value and the valid choices.
    """
    if not isinstance(profile, str):
        raise ConfigError(f"profile must be a name such as 'openid', not {profile!r}")
    return resolve(profile, file=file, environ=os.environ, layers=layers)
