"""MOCKIDP_* variables: each setting, for all profiles or, with a profile's name in it, for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from mockidp.config.layers import FLAT_OPTIONS, OPTIONS, Layer
from mockidp.config.values import parse_value
from mockidp.profiles.build import keywords
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema import sections

PREFIX = "MOCKIDP_"
#: Options of the server and of the tools around it; not settings of a profile.
RESERVED = ("ADMIN", "ADMIN_TOKEN", "CONFIG", "HOST", "PORT", "PROFILES", "PROXY", "REQUIRE_ALL")


def environ_layers(
    environ: Mapping[str, str], profile: str, profiles: Iterable[str]
) -> list[Layer]:
    """The variables that concern ``profile``, those for all profiles first.

    :raises ConfigError: for a MOCKIDP_ variable that names no setting.
    """
    # An empty variable is one that a container file leaves open.
    ours = [name for name in environ if name.startswith(PREFIX) and environ[name]]
    if not ours:  # as in nearly every test
        return []
    names = {_upper(name): name for name in profiles}
    settings = _settings()
    general: list[Layer] = []
    special: list[Layer] = []
    for variable in ours:
        name = variable.removeprefix(PREFIX)
        if name in RESERVED:
            continue
        owner, setting = _meant(name, names, settings)
        if setting is None:
            raise ConfigError.unknown(
                "environment", "variable", variable, (PREFIX + s for s in (*settings, *RESERVED))
            )
        layer = Layer(variable, {setting: parse_value(environ[variable])})
        if not owner:
            general.append(layer)
        elif names[owner] == profile:
            special.append(layer)
    return general + special


def _meant(
    name: str, profiles: Iterable[str], settings: Mapping[str, str]
) -> tuple[str, str | None]:
    """The profile ("" for all) and the setting that a variable names."""
    # The longest profile first, but one called "access" does not take ACCESS_TOKEN_LIFETIME.
    owners = sorted((p for p in profiles if name.startswith(f"{p}_")), key=len, reverse=True)
    for owner in owners:
        setting = settings.get(name.removeprefix(f"{owner}_"))
        if setting is not None:
            return owner, setting
    return "", settings.get(name)


def _upper(profile: str) -> str:
    return profile.upper().replace("-", "_")


@lru_cache(maxsize=1)
def _settings() -> Mapping[str, str]:
    names = (*OPTIONS, *FLAT_OPTIONS, *sections(), *keywords())
    return MappingProxyType({name.upper(): name for name in names})
