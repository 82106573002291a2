"""What the endpoints that serve a public document have in common: GET only, no limiter, cached
bytes.
"""

from __future__ import annotations

from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.errors import OAuthError
from mockidp.web.message import Answer, Request


class Document:
    """An endpoint whose answer depends on nothing but the lane and the address it is asked at."""

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> Request:
        return request

    def limit_key(self, lane: Issuer, request: Request, parsed: Request | None) -> None:
        return None

    @staticmethod
    def wrong_method(request: Request, entry: Exchange) -> Answer | None:
        """405 without a body for anything but GET (RFC 9110, 15.5.6); None for GET."""
        if request.method == "GET":
            return None
        error = OAuthError(
            "invalid_request", hint=f"ask with GET, not {request.method}", cites="RFC 9110, 15.5.6"
        )
        entry.error, entry.hint, entry.cites = error.code, error.hint, error.cites
        return Answer(405, [(b"allow", b"GET")])
