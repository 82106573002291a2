"""``mockidp healthcheck``: for containers and scripts that wait for a server."""

from __future__ import annotations

import os
import urllib.error
import urllib.request

import click

from mockidp.cli.options import DEFAULT_PORT
from mockidp.config.environ import server_options
from mockidp.web.app import HEALTH_PATH


@click.command("healthcheck")
@click.option(
    "--url",
    metavar="URL",
    help="Address of the server; the default port of this machine by default.",
)
@click.option("--timeout", type=float, default=5.0, show_default=True, metavar="SECONDS")
def command(url: str | None, timeout: float) -> int:
    """Ask a running server whether it is well: exit code 0, otherwise 1."""
    port = server_options(os.environ).get("port", DEFAULT_PORT)
    url = (url or f"http://127.0.0.1:{port}").rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise click.UsageError(f"--url {url!r} must begin with http:// or https://")
    # No proxy of the environment stands between a machine and itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url + HEALTH_PATH, timeout=timeout) as answer:
            well = answer.status == 200
    except (OSError, ValueError) as problem:
        click.echo(f"mockidp: no server at {url}: {problem}", err=True)
        return 1
    click.echo(f"{url} is well" if well else f"{url} answers {answer.status}")
    return 0 if well else 1
