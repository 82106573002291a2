"""``mockidp keys``: public keys, and the deny-list of every key that ships with mockidp."""

from __future__ import annotations

import json

import click

from mockidp.cli.options import config_option, layers_of, open_with_server, set_option
from mockidp.idp.server import MockServer


@click.command("keys")
@click.argument("profile", required=False)
@click.option(
    "--deny-list", is_flag=True, help="Thumbprints (RFC 7638) of all shipped keys, one a line."
)
@config_option
@set_option
def command(
    profile: str | None, deny_list: bool, config: str | None, assignments: tuple[str, ...]
) -> None:
    """Print the public keys of PROFILE as a JWK Set, as `mockidp serve` has them.

    The shipped keys are public: anybody can sign with them. A service that refuses the keys of the
    deny-list can never be fooled by a test token.
    """
    if deny_list:
        from mockidp.keys.pool import pool_thumbprints

        click.echo("\n".join(pool_thumbprints()))
        return
    if profile is None:
        raise click.UsageError("name a profile, or ask for --deny-list")
    file, _ = open_with_server(config)
    server = MockServer([profile], config=file, layers=layers_of(assignments))
    try:
        click.echo(json.dumps(server[profile].jwks(), indent=2))
    finally:
        server.close()
