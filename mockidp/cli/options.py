"""Options that several subcommands share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from mockidp.config.environ import PREFIX
from mockidp.config.file import ConfigFile
from mockidp.config.layers import Layer
from mockidp.config.server import OF_LANES, server_options
from mockidp.config.values import parse_assignment
from mockidp.idp.configuration import open_config
from mockidp.profiles.problems import ConfigError

#: Where ``mockidp serve`` listens unless told otherwise.
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8400


def parse_port(text: str) -> int:
    """A TCP port, or 0 for any free one."""
    if text.isascii() and text.isdecimal() and int(text[:6]) <= 65535:
        return int(text)
    raise click.BadParameter(f"{text!r} is not a port: 0 to 65535")


def parse_url(text: str) -> str:
    """The address of a server, without the slashes at its end."""
    scheme, _, rest = text.partition("://")
    if scheme not in ("http", "https") or not rest.strip("/"):
        raise click.BadParameter(f"{text!r} is not an address such as http://127.0.0.1:8400")
    return text.rstrip("/")


config_option = click.option(
    "--config", metavar="FILE", help="A mockidp.toml; by default the one in the working folder."
)
set_option = click.option(
    "--set",
    "assignments",
    metavar="NAME=VALUE",
    multiple=True,
    help="A setting of all providers, such as access_token_lifetime=60.",
)


url_option = click.option(
    "--url",
    type=parse_url,
    metavar="URL",
    help="Address of the server; by default where `mockidp serve` is with the same settings.",
)


def layers_of(assignments: tuple[str, ...]) -> list[Layer]:
    return [Layer("--set", dict([parse_assignment(text, "--set")])) for text in assignments]


def open_with_server(config: str | None) -> tuple[ConfigFile, dict[str, Any]]:
    """The configuration file and the server's options: its table, overridden by the environment."""
    file, environ = open_config(config), server_options(os.environ)
    for name in environ.get("profiles", ()):
        if name not in file.profiles:
            variable = "environment: MOCKIDP_PROFILES"
            raise ConfigError.unknown(variable, "profile", name, file.profiles)
    return file, {**file.server, **environ}


def server_layer(file: ConfigFile) -> Layer:
    """What the server's table says of its lanes; a variable wins over it."""
    said = {
        name: file.server[name]
        for name in OF_LANES
        if name in file.server and not os.environ.get(f"{PREFIX}{name.upper()}")
    }
    return Layer(f"{file.origin}: [server]", said)


def address_of(options: Mapping[str, Any]) -> str:
    """Where ``mockidp serve`` is with these options."""
    from mockidp.hosting.lane import origin_of

    scheme = "https" if options.get("tls") or options.get("tls_cert") else "http"
    return origin_of(options.get("host", DEFAULT_HOST), options.get("port", DEFAULT_PORT), scheme)
