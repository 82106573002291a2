"""What a newcomer needs to know of one running provider: the index page shows it, ``mockidp
serve`` prints it.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from mockidp.flows.grants.client_credentials import ClientCredentials
from mockidp.issuer import Issuer
from mockidp.model.client import Client


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
    real_urls: tuple[str, ...]
    #: None when no client is registered.
    client_id: str | None
    #: None when the client is public.
    client_secret: str | None
    #: Arguments of a shell command that fetches a token, each quoted; none without a client.
    curl: tuple[str, ...]


def card(lane: Issuer) -> Card:
    """The card of a lane that has an address."""
    profile = lane.profile
    origin = lane.home.origin
    client = next(iter(lane.clients.all()), None)
    return Card(
        name=profile.name,
        title=profile.title,
        summary=profile.summary,
        base_url=origin,
        token_url=origin + profile.token.path,
        metadata_url=origin + profile.discovery.path,
        jwks_url=origin + profile.jwks.path,
        api_urls=tuple(origin + prefix for prefix in profile.api.prefixes),
        real_urls=tuple(f"https://{served}".rstrip("/") for served in profile.routing.serves),
        client_id=client.client_id if client else None,
        client_secret=client.client_secret if client else None,
        curl=_curl(lane, client) if client else (),
    )


def _curl(lane: Issuer, client: Client) -> tuple[str, ...]:
    """The command; credentials are in the form if they may be, because that is easier to read."""
    profile = lane.profile
    secret = client.client_secret
    form = {"grant_type": ClientCredentials.grant_type}
    user: tuple[str, ...] = ()
    only = client.token_endpoint_auth_method
    methods = profile.client_auth.methods if only is None else (only,)
    if secret and "client_secret_post" not in methods and "client_secret_basic" in methods:
        encode = quote_plus if profile.client_auth.basic_decoding == "form" else str
        user = (f"-u {shlex.quote(f'{encode(client.client_id)}:{encode(secret)}')}",)
    else:
        form["client_id"] = client.client_id
        if secret:
            form["client_secret"] = secret
    if profile.scopes.when_missing == "refuse":
        scopes = profile.scopes.supported if client.scope is None else client.scope
        refused = ClientCredentials.refused_scopes
        form["scope"] = " ".join(scope for scope in scopes if scope not in refused)
    url = shlex.quote(lane.home.origin + profile.token.path)
    return (f"curl {url}", *user, *(_data(name, value) for name, value in form.items()))


def _data(name: str, value: str) -> str:
    # Values of a user's own may hold any character: --data-urlencode and the shell's quoting take
    # them all.
    option = "-d" if value == quote(value, safe="") else "--data-urlencode"
    return f"{option} {shlex.quote(f'{name}={value}')}"
