"""The pushed authorization request endpoint (RFC 9126, section 2)."""

from __future__ import annotations

from typing import NamedTuple

from mockidp.flows.authorize.pushed import PREFIX
from mockidp.flows.grant import TokenRequest
from mockidp.flows.par import push
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.web.browser import try_out_uri
from mockidp.web.client_request import read_client_request
from mockidp.web.dpop import give_nonce
from mockidp.web.message import Answer, Request
from mockidp.web.respond import json_answer


class _Asked(NamedTuple):
    request: TokenRequest
    try_out_uri: str


class Par:
    name = "par"

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> _Asked:
        purpose, cites = "push authorization requests", ("RFC 9126, 2.3", "RFC 9126, 2.1")
        parsed = read_client_request(lane, request, entry, purpose=purpose, cites=cites)
        return _Asked(parsed, try_out_uri(request.place))

    def limit_key(self, lane: Issuer, request: Request, parsed: _Asked | None) -> None:
        return None

    def answer(self, lane: Issuer, parsed: _Asked, entry: Exchange) -> Answer:
        reference, remark = push(lane, parsed.request, parsed.try_out_uri)
        if remark:
            entry.hint, entry.cites = remark, "OpenID Connect Core 1.0, 3.1.2.1"
        lifetime = int(lane.profile.par.lifetime)
        answer = json_answer(lane, {"request_uri": PREFIX + reference, "expires_in": lifetime})
        answer.status = 201
        return give_nonce(lane, answer) if parsed.request.proofs else answer
