"""The revocation endpoint (RFC 7009, section 2)."""

from __future__ import annotations

from mockidp.flows.grant import TokenRequest
from mockidp.flows.revocation import revoke
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.web.client_request import read_client_request
from mockidp.web.message import Answer, Request


class Revocation:
    name = "revocation"

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> TokenRequest:
        purpose, cites = "revoke tokens", ("RFC 7009, 2.1", "RFC 7009, 2.1")
        return read_client_request(lane, request, entry, purpose=purpose, cites=cites)

    def limit_key(self, lane: Issuer, request: Request, parsed: TokenRequest | None) -> None:
        return None

    def answer(self, lane: Issuer, parsed: TokenRequest, entry: Exchange) -> Answer:
        entry.hint = revoke(lane, parsed)
        # 2.2: the status says everything, and it is the same when there was nothing to revoke.
        return Answer(200, [(b"cache-control", b"no-store")])
