"""What a newcomer needs to know of one running provider: the index page shows it, ``mockidp
serve`` prints it.
"""

from __future__ import annotations

from mockidp.config.people import grant_types_of
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.records import dataclass
from mockidp.web.browser import try_out_uri
from mockidp.web.pages.commands import sign_in_url, token_command


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    name: str
    title: str
    summary: str
    base_url: str
    token_url: str
    #: Empty when the provider publishes none; so is `jwks_url`.
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
    #: An authorization URL that ends at our own try-out page; None where nobody signs in.
    sign_in_url: str | None = None
    grant_types: tuple[str, ...] = ()
    #: Names and passwords of those who may sign in.
    users: tuple[tuple[str, str], ...] = ()
    #: The header and its value, where a key is a second way into the API.
    api_key: tuple[str, str] | None = None


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
        metadata_url=origin + profile.discovery.path if profile.discovery.path else "",
        jwks_url=origin + profile.jwks.path,
        api_urls=tuple(origin + prefix for prefix in profile.api.prefixes),
        real_urls=tuple(f"https://{served}".rstrip("/") for served in profile.routing.serves),
        client_id=client.client_id if client else None,
        client_secret=client.client_secret if client else None,
        curl=token_command(lane, client) if client else (),
        sign_in_url=sign_in_url(lane, lane.home, try_out_uri(lane.home)),
        grant_types=grant_types_of(profile),
        users=_users(lane),
        api_key=_api_key(lane, client),
    )


def _api_key(lane: Issuer, client: Client | None) -> tuple[str, str] | None:
    policy = lane.profile.api_key
    key = client.attributes.get("api_key") if client else None
    return (policy.header, key) if policy and isinstance(key, str) else None


def _users(lane: Issuer) -> tuple[tuple[str, str], ...]:
    """Those who may sign in, where anybody does."""
    if not lane.has("login") and not lane.has("password"):
        return ()
    return tuple((user.username, user.password) for user in lane.users.all())
