"""The resource owner password credentials grant (RFC 6749, section 4.3).

RFC 9700, section 2.4 forbids it to new servers; some of the providers here live by it.
"""

from __future__ import annotations

from mockidp.flows.grant import Decision, TokenRequest
from mockidp.flows.subject import authenticate_user
from mockidp.issuer import Issuer
from mockidp.model.client import Client


class Password:
    grant_type = "password"
    required: tuple[str, ...] = ("username", "password")
    takes_scope = True
    allows_public_clients = True  # RFC 6749, 4.3.2 asks for credentials "if the client type is …"
    refused_scopes: tuple[str, ...] = ()

    def decide(
        self, lane: Issuer, request: TokenRequest, client: Client, scopes: tuple[str, ...]
    ) -> Decision:
        user = authenticate_user(lane, request.params["username"], request.params["password"])
        return Decision(subject=user.sub, scopes=scopes, user=user, auth_time=lane.clock.now())
