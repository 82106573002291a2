"""``mockidp healthcheck``: for containers and scripts that wait for a server."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request

import click

from mockidp.cli.options import address_of, config_option, open_with_server, url_option
from mockidp.web.app import HEALTH_PATH


@click.command("healthcheck")
@url_option
@click.option("--timeout", type=float, default=5.0, show_default=True, metavar="SECONDS")
@config_option
def command(url: str | None, timeout: float, config: str | None) -> int:
    """Ask a running server whether it is well: exit code 0, otherwise 1."""
    url = url or address_of(open_with_server(config)[1])
    problem = _problem(url, timeout)
    if problem:
        click.echo(f"mockidp: {problem}", err=True)
        return 1
    click.echo(f"{url} is well")
    return 0


def _problem(url: str, timeout: float) -> str:
    """What is wrong with the server at ``url``; "" when it is well."""
    # No proxy of the environment stands between a machine and itself.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=_anybody())
    )
    try:
        with opener.open(url + HEALTH_PATH, timeout=timeout):
            return ""
    except urllib.error.HTTPError as answer:
        answer.close()
        return f"{url} is no mockidp server: it answers {answer.code}"
    except urllib.error.URLError as problem:
        reason = problem.reason
        text = reason.strerror if isinstance(reason, OSError) else None
        return f"no server at {url}: {text or reason}"
    except (OSError, ValueError, http.client.HTTPException) as problem:
        return f"no server at {url}: {problem}"


def _anybody() -> ssl.SSLContext:
    """Takes any certificate: nothing secret is sent, and no client knows a throw-away CA."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
