"""The device authorization grant at the token endpoint (RFC 8628, sections 3.4 and 3.5)."""

from __future__ import annotations

from mockidp.flows.device import check_decision
from mockidp.flows.grant import Decision, TokenRequest
from mockidp.flows.spending import Refusals, spend
from mockidp.flows.subject import active_user
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.model.client import Client
from mockidp.oauth.names import DEVICE_CODE

_REFUSALS = Refusals(
    what="device code",
    unknown="unknown_device_code",
    expired="expired_device_code",
    foreign="foreign_device_code",
    spent="spent_device_code",
    cites="RFC 8628, 3.5",
    expired_error="expired_token",
)


class DeviceCode:
    grant_type = DEVICE_CODE
    required: tuple[str, ...] = ("device_code",)
    takes_scope = False  # the device authorization request had the scopes (RFC 8628, 3.1)
    allows_public_clients = True
    refused_scopes: tuple[str, ...] = ()

    def decide(
        self, lane: Issuer, request: TokenRequest, client: Client, scopes: tuple[str, ...]
    ) -> Decision:
        def check(device: Artifact) -> None:
            check_decision(lane, device)
            active_user(lane, device.sub, "device code")

        device = spend(
            lane,
            "device_code",
            request.params["device_code"],
            client,
            _REFUSALS,
            check=check,
            # A device whose answer got lost asks again (3.5), which is no theft.
            reuse="refuse",
        )
        user = active_user(lane, device.sub, "device code")
        auth_time = device.data.get("auth_time")
        # No `sid`: the session is one of the user's browser, and the device outlives it.
        return Decision(
            subject=user.sub,
            scopes=device.scope,
            user=user,
            family=device.family,
            auth_time=auth_time if isinstance(auth_time, int | float) else None,
        )
