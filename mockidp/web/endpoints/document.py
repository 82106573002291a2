"""What the endpoints that serve a public document have in common: methods that only read, and no
limiter.
"""

from __future__ import annotations

from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.web.message import Answer, Request


class Document:
    """An endpoint whose answer depends on nothing but the lane and the address it is asked at; to
    HEAD the gate sends it without its body.
    """

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> Request:
        return request

    def limit_key(self, lane: Issuer, request: Request, parsed: Request | None) -> None:
        return None

    @staticmethod
    def wrong_method(lane: Issuer, request: Request, entry: Exchange) -> Answer | None:
        """405 without a body for what the profile does not allow (RFC 9110, 15.5.6)."""
        methods = lane.profile.documents.methods
        if request.method in methods:
            return None
        hint = f"ask with {' or '.join(methods)}, not {request.method}"
        entry.error, entry.hint, entry.cites = "invalid_request", hint, "RFC 9110, 15.5.6"
        return Answer(405, [(b"allow", ", ".join(methods).encode())])
