"""A registered client as a test holds it: always what the provider knows now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mockidp.config.people import check_sector, client_fields
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.profiles.problems import ConfigError
from mockidp.tokens.revocation import revoke_client


class RegisteredClient:
    """A client of one provider, as its dashboard shows it.

    >>> from mockidp import MockIdP
    >>> with MockIdP("groupdocs-total") as idp:
    ...     old = idp.client.client_secret
    ...     new = idp.client.rotate_secret()
    >>> old == new
    False
    """

    # What is assigned would change nothing: `update` does.
    __slots__ = ("_lane", "client_id")

    def __init__(self, lane: Issuer, client_id: str) -> None:
        self._lane = lane
        self.client_id = client_id

    @property
    def record(self) -> Client:
        """All that the provider knows about the client.

        :raises LookupError: when it has been removed.
        """
        client = self._lane.clients.get(self.client_id)
        if client is None:
            known = (
                ", ".join(repr(client.client_id) for client in self._lane.clients.all()) or "none"
            )
            raise LookupError(f"no client has the id {self.client_id!r}; registered: {known}")
        return client

    @property
    def client_secret(self) -> str:
        """The secret that is good now.

        :raises LookupError: when the client is public or removed.
        """
        secret = self.record.client_secret
        if secret is None:
            raise LookupError(f"client {self.client_id!r} is public: it has no secret")
        return secret

    @property
    def auth(self) -> tuple[str, str]:
        """Id and secret as HTTP libraries take them for Basic: ``requests.post(url,
        auth=idp.client.auth)``.
        """
        return self.client_id, self.client_secret

    def rotate_secret(self) -> str:
        """Make a new secret, as in the provider's dashboard; the old one is refused at once."""
        secret = self._lane.ids.make(self._lane.profile.new_client.secret_look)
        self.update(client_secret=secret)
        return secret

    def disable(self) -> None:
        """Refuse the client from now on; tokens that it has are good as long as they would be."""
        self.update(enabled=False)

    def enable(self) -> None:
        self.update(enabled=True)

    def update(self, **changes: Any) -> None:
        """Change fields of the client's record: ``scope``, ``attributes``,
        ``access_token_lifetime`` …

        :raises ConfigError: for a field that a client does not have, or a wrong value.
        """
        if "client_id" in changes:
            raise ConfigError("client.update: the client_id of a client never changes")
        fields = client_fields(self._lane.profile, changes, "client.update")
        changed = replace(self.record, **fields)
        check_sector(changed, "client.update")
        self._lane.check_client(changed, "client.update")
        self._lane.clients.replace(changed)

    def remove(self) -> None:
        """Take the client out of the provider's register: it and all that it was given are
        refused from now on.
        """
        gone = self._lane.clients.get(self.client_id)
        self._lane.clients.remove(self.client_id)
        if gone is not None:
            revoke_client(self._lane, gone)

    def __repr__(self) -> str:
        return f"<client {self.client_id!r} of {self._lane.profile.name}>"
