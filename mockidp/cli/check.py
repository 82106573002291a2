"""``mockidp check``: is a mockidp.toml right, and what does it say?"""

from __future__ import annotations

import os
from pathlib import Path

import click

from mockidp.cli.options import server_layer
from mockidp.config.file import FILE_NAME, ConfigFile, read_file
from mockidp.config.server import server_options
from mockidp.idp.server import MockServer


@click.command("check")
@click.argument("file", required=False)
def command(file: str | None) -> None:
    """Check FILE (mockidp.toml in the working folder by default), together with the environment.

    Every provider is built as it would be served, so what passes here starts.
    """
    file = file or os.environ.get("MOCKIDP_CONFIG") or FILE_NAME
    read = read_file(Path(file))
    served = {**read.server, **server_options(os.environ)}.get("profiles") or None
    for profiles in (None, served):
        MockServer(profiles, config=read, layers=[server_layer(read)]).close()
    click.echo(f"{file} is right; it sets {_summary(read)}")


def _summary(read: ConfigFile) -> str:
    said = [
        f"{name} (a provider of your own)" if name in read.own else name for name in read.layers
    ]
    return ", ".join([*(["the server"] if read.server else []), *said]) or "nothing"
