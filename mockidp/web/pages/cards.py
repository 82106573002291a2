"""What a newcomer needs to know of one running provider: the index page shows it, ``mockidp serve``
prints it.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from mockidp.issuer import Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    name: str
    title: str
    summary: str
    base_url: str
    token_url: str
    metadata_url: str
    jwks_url: str
    api_urls: tuple[str, ...]
    real_hosts: tuple[str, ...]
    client_id: str
    client_secret: str
    #: Shell command that fetches a token.
    curl: str


def card(lane: Issuer) -> Card:
    """The card of a lane that has an address and at least one client."""
    profile = lane.profile
    origin = lane.home.origin
    client = lane.clients.default
    token_url = origin + profile.token.path
    secret = client.client_secret or ""
    form = ["grant_type=client_credentials", f"client_id={client.client_id}"]
    form += [f"client_secret={secret}"] if secret else []
    # Credentials of a user's own may hold any character: --data-urlencode and the shell's
    # quoting take them all.
    data = " ".join(f"--data-urlencode {shlex.quote(item)}" for item in form)
    return Card(
        name=profile.name,
        title=profile.title,
        summary=profile.summary,
        base_url=origin,
        token_url=token_url,
        metadata_url=origin + profile.discovery.path,
        jwks_url=origin + profile.jwks.path,
        api_urls=tuple(origin + prefix for prefix in profile.api.prefixes),
        real_hosts=profile.routing.serves,
        client_id=client.client_id,
        client_secret=secret,
        curl=f"curl {shlex.quote(token_url)} {data}",
    )
