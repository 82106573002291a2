"""``mockidp token``: an access token without a server, good at the API of one that runs."""

from __future__ import annotations

import click

from mockidp.cli.options import DEFAULT_PORT, config_option, layers_of, open_with_server, set_option
from mockidp.idp.server import MockServer


@click.command("token")
@click.argument("profile")
@click.option(
    "--client-id", metavar="ID", help="Whose token; the provider's first client by default."
)
@click.option("--user", metavar="NAME", help="The user who is its subject.")
@click.option("--scope", help="Scopes separated by spaces; all of them by default.")
@click.option(
    "--lifetime", type=float, metavar="SECONDS", help="Negative for one that is already expired."
)
@click.option("--url", metavar="URL", help="Address of the server whose token it shall be.")
@config_option
@set_option
def command(
    profile: str,
    client_id: str | None,
    user: str | None,
    scope: str | None,
    lifetime: float | None,
    url: str | None,
    config: str | None,
    assignments: tuple[str, ...],
) -> None:
    """Print an access token of PROFILE, as `mockidp serve` would issue it.

    The keys of `mockidp serve` are constants, so its API takes the token.
    """
    file, options = open_with_server(config)
    url = url or f"http://127.0.0.1:{options.get('port', DEFAULT_PORT)}"
    server = MockServer([profile], config=file, layers=layers_of(assignments))
    try:
        server.pretend(url.rstrip("/"))
        click.echo(
            server[profile].issue_token(client_id, user=user, scope=scope, lifetime=lifetime)
        )
    except LookupError as problem:
        raise click.UsageError(str(problem)) from None
    finally:
        server.close()
