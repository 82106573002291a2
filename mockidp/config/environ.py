"""MOCKIDP_* variables: every setting, for all profiles or, with the profile's name in it, for
one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockidp.config.layers import OPTIONS, Layer
from mockidp.config.values import parse_value
from mockidp.profiles.build import keywords
from mockidp.profiles.problems import ConfigError

PREFIX = "MOCKIDP_"
#: Options of the server and of the tools around it; not settings of a profile.
RESERVED = ("CONFIG", "HOST", "PORT", "PROFILES", "REQUIRE_ALL")


def environ_layers(
    environ: Mapping[str, str], profile: str, profiles: Iterable[str]
) -> list[Layer]:
    """The variables that concern ``profile``, those for all profiles first.

    :raises ConfigError: for a MOCKIDP_ variable that names no setting.
    """
    names = {_upper(name): name for name in profiles}
    settings = {name.upper(): name for name in (*OPTIONS, *keywords())}
    general: list[Layer] = []
    special: list[Layer] = []
    for variable, text in environ.items():
        name = variable.removeprefix(PREFIX)
        if name == variable or name in RESERVED:
            continue
        owner = max((n for n in names if name.startswith(f"{n}_")), key=len, default="")
        setting = settings.get(name.removeprefix(f"{owner}_") if owner else name)
        if setting is None:
            raise ConfigError.unknown(
                "environment", "variable", variable, (PREFIX + s for s in (*settings, *RESERVED))
            )
        layer = Layer(variable, {setting: parse_value(text)})
        if not owner:
            general.append(layer)
        elif names[owner] == profile:
            special.append(layer)
    return general + special


def server_options(environ: Mapping[str, str]) -> dict[str, Any]:
    """MOCKIDP_HOST, MOCKIDP_PORT and MOCKIDP_PROFILES as the ``[server]`` table would have them."""
    options: dict[str, Any] = {}
    if host := environ.get("MOCKIDP_HOST"):
        options["host"] = host
    if port := environ.get("MOCKIDP_PORT"):
        if not port.isdecimal():
            raise ConfigError.at("environment", "MOCKIDP_PORT", port, "must be a whole number")
        options["port"] = int(port)
    if profiles := environ.get("MOCKIDP_PROFILES"):
        options["profiles"] = [name.strip() for name in profiles.split(",") if name.strip()]
    return options


def _upper(profile: str) -> str:
    return profile.upper().replace("-", "_")
