"""``mockidp token``: an access token without a server, good at the API of one that runs."""

from __future__ import annotations

import click

from mockidp.cli.options import (
    address_of,
    config_option,
    layers_of,
    open_with_server,
    set_option,
    url_option,
)
from mockidp.idp.server import MockServer
from mockidp.tokens.formats import format_of


@click.command("token")
@click.argument("profile")
@click.option(
    "--client-id", metavar="ID", help="Whose token; the provider's first client by default."
)
@click.option("--user", metavar="NAME", help="The user who is its subject.")
@click.option("--scope", help="Scopes separated by spaces; all of them by default.")
@click.option(
    "--lifetime", type=int, metavar="SECONDS", help="Negative for one that is already expired."
)
@url_option
@config_option
@set_option
def command(
    profile: str,
    client_id: str | None,
    user: str | None,
    scope: str | None,
    lifetime: int | None,
    url: str | None,
    config: str | None,
    assignments: tuple[str, ...],
) -> None:
    """Print an access token of PROFILE, as `mockidp serve` would issue it.

    The keys of `mockidp serve` are constants, so its API takes the token. A provider whose tokens
    are opaque knows only those that it has issued itself.
    """
    file, options = open_with_server(config)
    server = MockServer([profile], config=file, layers=layers_of(assignments))
    try:
        if format_of(server.lanes[0]).is_kept:
            raise click.UsageError(
                f"the access tokens of {profile} are opaque: only the server that issues one knows "
                "it, so fetch it there"
            )
        server.pretend(url or address_of(options))
        click.echo(
            server[profile].issue_token(client_id, user=user, scope=scope, lifetime=lifetime)
        )
    except LookupError as problem:
        raise click.UsageError(str(problem)) from None
    finally:
        server.close()
