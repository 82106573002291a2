"""Registering a client, and reading, replacing and deleting it with the token that it was given for
that (OpenID Connect Dynamic Client Registration 1.0, sections 3 and 4; RFC 7591, section 3; RFC
7592, section 2).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field, replace
from typing import Any, Literal

from mockidp.flows.registration.members import read_metadata, written
from mockidp.flows.registration.refusal import bad_metadata, shown
from mockidp.flows.registration.rules import check_metadata
from mockidp.issuer import Issuer
from mockidp.keys.foreign import least_octets
from mockidp.model.artifact import Artifact
from mockidp.model.client import Client
from mockidp.oauth.errors import OAuthError
from mockidp.records import dataclass
from mockidp.tokens.lookup import TokenRefused
from mockidp.tokens.revocation import revoke_client

_KIND: Literal["registration_access_token"] = "registration_access_token"
#: Methods that need a secret; `client_secret_jwt` one that is long enough for all algorithms.
_WITH_SECRET = ("client_secret_basic", "client_secret_post", "client_secret_jwt")
#: What the provider decides, and a replacement may not contain (RFC 7592, 2.2).
_PROVIDERS_OWN = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A client that has registered itself."""

    client: Client
    #: With which it manages its registration; None where it cannot.
    token: str | None = field(repr=False)
    #: Seconds since the epoch.
    issued_at: int
    #: Members that were sent and passed over.
    ignored: tuple[str, ...] = ()


def check_initial_token(lane: Issuer, token: str | None) -> None:
    """Whether anybody may register with this token, or without one (RFC 7591, 3).

    :raises TokenRefused: when not.
    """
    if lane.profile.registration.access == "open":
        return
    wanted = lane.settings.initial_access_token
    if wanted is None:
        hint = "no initial access token is set: set initial_access_token, or registration.access"
        raise TokenRefused("invalid", f"{hint} = 'open'")
    if not hmac.compare_digest(wanted.encode(), (token or "").encode("utf-8", "replace")):
        raise TokenRefused("invalid", "the token is not the initial_access_token of the settings")


def register(lane: Issuer, members: Mapping[str, Any]) -> Registration:
    """A new client.

    :raises OAuthError: when its metadata are refused, or there are too many clients.
    :raises NeedsDocument: when its sector document has to be fetched.
    """
    metadata = read_metadata(members)
    values = check_metadata(lane, metadata.values)
    most = lane.settings.most_clients
    if len(lane.clients.all()) >= most:
        raise OAuthError(
            "too_many_requests",
            hint=f"there are {most} clients: delete some, or set most_clients",
            cites="RFC 7591, 5",
            status=429,
        )
    client = _new_client(lane, values)
    lane.clients.add(client)
    now = lane.clock.now()
    token = None
    if lane.profile.registration.management:
        token = lane.ids.make(lane.profile.registration.token_look)
        kept = Artifact(
            kind=_KIND,
            id=token,
            expires_at=None,
            client_id=client.client_id,
            data={"issued_at": int(now)},
        )
        lane.store.put(kept, now=now)
    return Registration(client=client, token=token, issued_at=int(now), ignored=metadata.ignored)


def find(lane: Issuer, client_id: str | None, token: str) -> Registration:
    """The registration that the token is for.

    :raises TokenRefused: when it is for none, or for that of another client.
    """
    kept = lane.store.get(_KIND, token, now=lane.clock.now())
    if kept is None or kept.client_id is None:
        raise TokenRefused("invalid", "this is no registration access token, or none any more")
    client = lane.clients.get(kept.client_id)
    if client is None:
        # RFC 7592, 2.1: it is revoked when its client is gone.
        lane.store.revoke(_KIND, token)
        raise TokenRefused("invalid", f"client {kept.client_id!r} is no longer registered")
    if client_id != client.client_id:
        hint = f"the token is for client {client.client_id!r}, not for {shown(client_id or '')}"
        raise TokenRefused("invalid", f"{hint}: use the registration_client_uri as it is")
    issued_at = kept.data["issued_at"]
    assert isinstance(issued_at, int)
    return Registration(client=client, token=token, issued_at=issued_at)


def replace_metadata(lane: Issuer, found: Registration, members: Mapping[str, Any]) -> Registration:
    """The client with other metadata: what is left out is gone (RFC 7592, 2.2).

    :raises OAuthError: when they are refused; then nothing has changed.
    :raises NeedsDocument: as ``register``.
    """
    _check_identity(found.client, members)
    metadata = read_metadata({n: v for n, v in members.items() if n not in _IDENTITY})
    values = check_metadata(lane, metadata.values)
    secret = found.client.client_secret if _needs_secret(values) else None
    if _needs_secret(values) and not secret:
        secret = _new_secret(lane, values)
    client = replace(found.client, client_secret=secret, **values)
    try:
        lane.clients.replace(client)
    except LookupError:  # deleted a moment ago
        raise TokenRefused("invalid", f"client {client.client_id!r} is gone") from None
    return replace(found, client=client, ignored=metadata.ignored)


def delete(lane: Issuer, found: Registration) -> None:
    """Forget the client, and refuse all that it was given (RFC 7592, 2.3)."""
    client = found.client
    if found.token is not None:
        lane.store.revoke(_KIND, found.token)
    revoke_client(lane, client)
    with suppress(LookupError):  # somebody was faster
        lane.clients.remove(client.client_id)


def describe(found: Registration, uri: str) -> dict[str, Any]:
    """What the client is told (RFC 7591, 3.2.1; RFC 7592, 3); ``uri`` is where it asks again."""
    client = found.client
    members: dict[str, Any] = {
        "client_id": client.client_id,
        "client_id_issued_at": found.issued_at,
    }
    if client.client_secret:
        members |= {"client_secret": client.client_secret, "client_secret_expires_at": 0}
    if found.token is not None:
        members |= {"registration_client_uri": uri, "registration_access_token": found.token}
    return members | written(client)


def _check_identity(client: Client, members: Mapping[str, Any]) -> None:
    cites = "RFC 7592, 2.2"
    for name in _PROVIDERS_OWN:
        if name in members:
            raise bad_metadata(f"a replacement may not contain {name}", cites=cites)
    if members.get("client_id") != client.client_id:
        hint = f"client_id must be {client.client_id!r}, not {shown(members.get('client_id'))}"
        raise bad_metadata(hint, cites=cites)
    secret = members.get("client_secret")
    if secret is not None and secret != client.client_secret:
        raise bad_metadata("client_secret is not the one that the client has", cites=cites)


def _new_client(lane: Issuer, values: Mapping[str, Any]) -> Client:
    look = lane.profile.new_client
    client_id = lane.ids.make(look.id_look)
    while lane.clients.get(client_id) is not None:
        client_id += lane.ids.alnum(1)  # in a short look all ids may be taken
    return Client(
        client_id=client_id,
        client_secret=_new_secret(lane, values) if _needs_secret(values) else None,
        attributes={name: lane.ids.make(kind) for name, kind in look.attributes.items()},
        active_from=lane.clock.now() + look.delay if look.delay else None,
        **values,
    )


def _needs_secret(values: Mapping[str, Any]) -> bool:
    return values["token_endpoint_auth_method"] in _WITH_SECRET


def _new_secret(lane: Issuer, values: Mapping[str, Any]) -> str:
    secret = lane.ids.make(lane.profile.new_client.secret_look)
    least = 0
    if values["token_endpoint_auth_method"] == "client_secret_jwt":
        least = least_octets(values["token_endpoint_auth_signing_alg"] or "HS512")
    while len(secret) < least:  # RFC 7518, 3.2: as long as the hash at least
        secret += lane.ids.token(least)
    return secret


_IDENTITY = ("client_id", "client_secret")
