"""As whom a client knows a user: by the same `sub` as everybody, or by one of its own (OpenID
Connect Core 1.0, section 8).
"""

from __future__ import annotations

import base64
import hashlib

from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.model.user import User
from mockidp.oauth.uris import host_of


def subject_for(lane: Issuer, client: Client, user: User) -> str:
    """The `sub` of the user in all that this client gets."""
    if not is_pairwise(lane, client):
        return user.sub
    # 8.1: a hash of sector, user and salt. The salt is the provider's name, so that the subjects of
    # a test are the same in each run: there is nobody here to be hidden.
    text = "\n".join((sector_of(client), user.sub, lane.profile.routing.issuer))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def is_pairwise(lane: Issuer, client: Client) -> bool:
    """Whether the client gets subjects of its own."""
    served = lane.profile.authentication.subject_types
    usual = "public" if "public" in served else "".join(served[:1])
    return "pairwise" in served and (client.subject_type or usual) == "pairwise"


def sector_of(client: Client) -> str:
    """What clients that know users by the same subjects have in common (8.1): the host of their
    sector_identifier_uri, or else of their redirect URIs.

    >>> sector_of(Client(client_id="app", redirect_uris=("https://app.example/cb",)))
    'app.example'
    """
    uris = (client.sector_identifier_uri, *client.redirect_uris)
    return next(filter(None, (host_of(uri) for uri in uris if uri)), client.client_id)


def user_known_as(lane: Issuer, sub: str | None, client_id: str | None) -> User | None:
    """Whom a client means by this `sub`."""
    if sub is None:
        return None
    client = lane.clients.get(client_id) if client_id is not None else None
    if client is not None and is_pairwise(lane, client):
        for user in lane.users.all():
            if subject_for(lane, client, user) == sub:
                return user
    return lane.users.by_sub(sub)
