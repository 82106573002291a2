"""Options of the server, in the ``[server]`` table and in the environment: where it listens, and
what it serves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mockidp.config.values import parse_value
from mockidp.profiles.problems import ConfigError


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_port(value: object) -> bool:
    return type(value) is int and 0 <= value <= 65535


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


def _is_switch_or_port(value: object) -> bool:
    return _is_switch(value) or _is_port(value)


def _is_list_of_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


_PORT = "a port from 0 to 65535"

#: Those that are settings of a lane, for all lanes of the server.
OF_LANES = ("tls_cert", "tls_key", "public", "trusted_proxies")

#: Each option: what a value must be, as a check and in words.
SERVER: Mapping[str, tuple[Callable[[object], bool], str]] = MappingProxyType(
    {
        "host": (_is_text, "an address or a name"),
        "port": (_is_port, _PORT),
        "tls": (_is_switch, "true or false"),
        "proxy": (_is_switch_or_port, f"true, false, or {_PORT}"),
        "profiles": (_is_list_of_names, "a list of names of profiles"),
        "admin": (_is_switch, "true or false"),
        "tls_cert": (_is_text, "the path of a PEM file"),
        "tls_key": (_is_text, "the path of a PEM file"),
        "public": (_is_list_of_names, "a list of addresses"),
        "trusted_proxies": (_is_list_of_names, "a list of addresses or networks"),
    }
)


def check_server_option(origin: str, name: str, value: object, *, key: str = "") -> None:
    """
    :param origin: who has said it.
    :param key: as what, where that is not the name.
    :raises ConfigError: for what the option cannot be.
    """
    is_right, wanted = SERVER[name]
    if not is_right(value):
        raise ConfigError.at(origin, key or name, value, f"must be {wanted}")


def server_options(environ: Mapping[str, str]) -> dict[str, Any]:
    """MOCKIDP_HOST, MOCKIDP_PORT, MOCKIDP_TLS, MOCKIDP_PROXY, MOCKIDP_ADMIN and MOCKIDP_PROFILES as
    the ``[server]`` table would have them.

    :raises ConfigError: for what is no port, neither true nor false, or no list of names.
    """
    options: dict[str, Any] = {}
    if host := environ.get("MOCKIDP_HOST"):
        options["host"] = host
    if port := environ.get("MOCKIDP_PORT"):
        # No port has more than five digits, and Python does not read thousands of them.
        number = int(port) if port.isdecimal() and len(port) <= 5 else None
        if not _is_port(number):
            raise ConfigError.at("environment", "MOCKIDP_PORT", port, f"must be {_PORT}")
        options["port"] = number
    for name in ("tls", "proxy", "admin"):
        variable = f"MOCKIDP_{name.upper()}"
        if text := environ.get(variable):
            is_right, wanted = SERVER[name]
            options[name] = parse_value(text)
            if not is_right(options[name]):
                raise ConfigError.at("environment", variable, text, f"must be {wanted}")
    # It is a setting of the lanes, and says in which scheme the server is asked.
    if certificate := environ.get("MOCKIDP_TLS_CERT"):
        options["tls_cert"] = certificate
    if profiles := environ.get("MOCKIDP_PROFILES"):
        options["profiles"] = _names(profiles)
    return options


def _names(text: str) -> list[str]:
    """A list as other variables have it, or with commas alone."""
    if not text.lstrip().startswith("["):
        return [name.strip() for name in text.split(",") if name.strip()]
    names: list[str] = parse_value(text)
    check_server_option("environment", "profiles", names, key="MOCKIDP_PROFILES")
    return names
