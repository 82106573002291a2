"""What the gate asks of an endpoint."""

from __future__ import annotations

from typing import Any, Protocol

from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.web.message import Answer, Request


class Endpoint(Protocol):
    #: As in the journal, in faults and in ``MockIdP.url``.
    name: str

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> Any:
        """Parse the request, note in the journal entry what was asked, or raise ``OAuthError``."""
        ...

    def limit_key(self, lane: Issuer, request: Request, parsed: Any) -> bytes | None:
        """What the rate limiter tells callers apart by; None when it does not concern this
        request.
        """
        ...

    def answer(self, lane: Issuer, parsed: Any, entry: Exchange) -> Answer:
        """Serve the request, or raise ``OAuthError``."""
        ...
