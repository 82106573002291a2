"""What a response type is given, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from mockidp.flows.authorize.request import Authorization
from mockidp.flows.authorize.sessions import Session
from mockidp.issuer import Issuer
from mockidp.model.user import User
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A user's yes to a request that has been checked."""

    request: Authorization
    #: In which the user said so.
    session: Session
    #: What everything that comes of this has in common.
    family: str

    @property
    def user(self) -> User:
        return self.session.user

    @property
    def auth_time(self) -> float:
        """When the user signed in, in seconds since the epoch."""
        return self.session.auth_time


class ResponseType(Protocol):
    word: str

    def contribute(
        self, lane: Issuer, approval: Approval, members: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Parameters of the response; ``members`` are those that others have made before."""
        ...
