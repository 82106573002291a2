"""What a client authentication method finds in a request."""

from __future__ import annotations

from dataclasses import field
from typing import Protocol

from mockidp.flows.proof.dpop import CarriesProofs
from mockidp.keys.jwt import Unverified
from mockidp.oauth.basic import BasicCredentials
from mockidp.oauth.params import Params
from mockidp.profiles.schema import Profile
from mockidp.records import dataclass


class CarriesCredentials(CarriesProofs, Protocol):
    """Any request in which a client says who it is, with all that may prove it."""

    @property
    def params(self) -> Params: ...

    @property
    def basic(self) -> BasicCredentials | None:
        """Credentials of the Authorization header, if it has the Basic scheme."""
        ...

    @property
    def basic_problem(self) -> str:
        """Why an Authorization header with the Basic scheme could not be read; "" when it could."""
        ...

    @property
    def issuer(self) -> str:
        """The `iss` of the provider where it was asked."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """Credentials as they came; more than one reading where the encoding is open."""

    method: str
    client_ids: tuple[str, ...]
    secrets: tuple[str, ...] = field(default=(), repr=False)
    #: What the client has signed; nobody has looked at the signature yet.
    assertion: Unverified | None = field(default=None, repr=False)

    @property
    def is_proof(self) -> bool:
        """Whether there is more than an id."""
        return bool(self.secrets) or self.assertion is not None


class Method(Protocol):
    name: str

    def find(self, profile: Profile, request: CarriesCredentials) -> Presented | None:
        """The credentials of this method in the request; None when there are none."""
        ...


def fits(profile: Profile, client_id: str, client_secret: str = "") -> bool:
    """Whether id and secret are as long as the provider reads them at all."""
    longest = profile.token.max_length
    return len(client_id) <= longest.get("client_id", len(client_id)) and len(
        client_secret
    ) <= longest.get("client_secret", len(client_secret))
