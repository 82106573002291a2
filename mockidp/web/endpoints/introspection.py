"""The introspection endpoint (RFC 7662, section 2)."""

from __future__ import annotations

from mockidp.flows.grant import TokenRequest
from mockidp.flows.introspection import introspect
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.web.client_request import read_client_request
from mockidp.web.message import Answer, Request
from mockidp.web.respond import json_answer


class Introspection:
    name = "introspection"

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> TokenRequest:
        purpose, cites = "introspect tokens", ("RFC 7662, 2.1", "RFC 7662, 2.1")
        return read_client_request(lane, request, entry, purpose=purpose, cites=cites)

    def limit_key(self, lane: Issuer, request: Request, parsed: TokenRequest | None) -> None:
        return None

    def answer(self, lane: Issuer, parsed: TokenRequest, entry: Exchange) -> Answer:
        told = introspect(lane, parsed)
        if told.hint:
            entry.hint, entry.cites = told.hint, "RFC 7662, 2.2"
        return json_answer(lane, told.members)
