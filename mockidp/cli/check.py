"""``mockidp check``: is a mockidp.toml right, and what does it say?"""

from __future__ import annotations

import os
from pathlib import Path

import click

from mockidp.config.environ import server_options
from mockidp.config.file import FILE_NAME, read_file
from mockidp.config.settings import resolve
from mockidp.issuer import System


@click.command("check")
@click.argument("file", default=FILE_NAME)
def command(file: str) -> None:
    """Check FILE (mockidp.toml in the working folder by default), together with the environment.

    Every provider is built as it would be served, so what passes here starts.
    """
    read = read_file(Path(file))
    server_options(os.environ)
    names = tuple(dict.fromkeys([*read.layers, *read.own]))
    for name in names:
        settings = resolve(name, file=read, environ=os.environ)
        System(settings).close()
    for name in read.server.get("profiles", ()):
        resolve(name, file=read, environ=os.environ)
    about = ", ".join(names) or "no provider"
    click.echo(f"{file}: right; it sets {about}")
