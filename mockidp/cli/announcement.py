"""What ``mockidp serve`` prints when it has started: each provider, with what to paste, and how to
trust, control and use the server.
"""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Sequence

import click

from mockidp import __version__
from mockidp.cli.trust import how_to_control, how_to_trust, how_to_use_the_proxy
from mockidp.idp.server import MockServer
from mockidp.web.pages.cards import Card, card

#: So many users are named; who configures more knows them.
_MOST_USERS = 3


def announce(server: MockServer, host: str, *, token: str | None, has_proxy: bool) -> None:
    """``token`` is that of the admin interface; None where there is none."""
    own = next((s.tls_cert for lane in server.lanes if (s := lane.settings).tls_cert), None)
    click.echo(f"mockidp {__version__} at {server.base_url}")
    click.echo("Open it in a browser, or paste a curl command into a shell.\n")
    for lane in server.lanes:
        click.echo(_card_text(card(lane), server.ca_file if server.tls and not own else ""))
    if not _is_loopback(host):
        click.echo(
            "Warning: other machines can reach this server, and its keys and secrets are public.\n",
            err=True,
        )
    if server.tls:
        click.echo(f"https with the certificate {own}\n" if own else how_to_trust(server))
    if token is not None:
        click.echo(how_to_control(server, token))
    if has_proxy:
        click.echo(how_to_use_the_proxy(server))
    click.echo("Refused requests are explained below. Ctrl+C stops the server.")


def _card_text(shown: Card, ca_file: str) -> str:
    """``ca_file`` is what curl has to trust; "" for nothing that it does not."""
    rows = [
        ("base address", shown.base_url),
        ("metadata", shown.metadata_url),
        ("API", _api_places(shown)),
        ("client_id", shown.client_id or "none: no client is registered"),
        ("client_secret", shown.client_secret if shown.client_id else None),
        shown.api_key or ("", None),
        ("users", _names(shown.users)),
        ("sign in at", shown.sign_in_url),
    ]
    lines = [f"{shown.title} ({shown.name}): {shown.summary}"]
    lines += [f"  {name:<14} {value}" for name, value in rows if value]
    trusting = f"curl --cacert {shlex.quote(ca_file)} " if ca_file else "curl "
    lines += [f"  {trusting}{' '.join(shown.curl).removeprefix('curl ')}"] if shown.curl else []
    return "\n".join([*lines, ""])


def _api_places(shown: Card) -> str:
    """The first in full, of the others what they have of their own."""
    first, *others = [f"{url}/…" for url in shown.api_urls] or [""]
    return ", ".join([first, *(url.removeprefix(shown.base_url) for url in others)])


def _names(users: Sequence[tuple[str, str]]) -> str:
    shown = [f"{name} (password {password})" for name, password in users[:_MOST_USERS]]
    more = f" and {len(users) - _MOST_USERS} more" if len(users) > _MOST_USERS else ""
    return f"{', '.join(shown)}{more}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
