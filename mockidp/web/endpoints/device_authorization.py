"""The device authorization endpoint (RFC 8628, sections 3.1 and 3.2)."""

from __future__ import annotations

from typing import NamedTuple

from mockidp.flows.device import begin_device
from mockidp.flows.grant import TokenRequest
from mockidp.issuer import Issuer, Place
from mockidp.model.event import Exchange
from mockidp.web.client_request import read_client_request
from mockidp.web.endpoints.device import verification_uri
from mockidp.web.message import Answer, Request
from mockidp.web.respond import json_answer


class _Asked(NamedTuple):
    request: TokenRequest
    place: Place


class DeviceAuthorization:
    name = "device_authorization"

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> _Asked:
        purpose, cites = "ask for a device code", ("RFC 8628, 3.1", "RFC 8628, 3.1")
        parsed = read_client_request(lane, request, entry, purpose=purpose, cites=cites)
        return _Asked(parsed, request.place)

    def limit_key(self, lane: Issuer, request: Request, parsed: _Asked | None) -> None:
        return None

    def answer(self, lane: Issuer, parsed: _Asked, entry: Exchange) -> Answer:
        codes = begin_device(lane, parsed.request)
        policy = lane.profile.device_authorization
        members: dict[str, str | int] = {
            "device_code": codes.device_code,
            "user_code": codes.user_code,
            "verification_uri": verification_uri(lane, parsed.place),
        }
        if policy.complete:
            complete = verification_uri(lane, parsed.place, codes.user_code)
            members["verification_uri_complete"] = complete
        members |= {"expires_in": codes.expires_in, "interval": codes.interval}
        return json_answer(lane, members)
