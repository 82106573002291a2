"""The client credentials grant (RFC 6749, section 4.4)."""

from __future__ import annotations

from mockidp.flows.grant import Decision, TokenRequest
from mockidp.issuer import Issuer
from mockidp.model.client import Client


class ClientCredentials:
    grant_type = "client_credentials"
    required: tuple[str, ...] = ()
    takes_scope = True
    allows_public_clients = False  # RFC 6749, 4.4: "MUST only be used by confidential clients"
    # No user is involved, so there is nobody to identify and nothing to refresh (RFC 6749, 4.4.3).
    refused_scopes: tuple[str, ...] = ("openid", "offline_access")

    def decide(
        self, lane: Issuer, request: TokenRequest, client: Client, scopes: tuple[str, ...]
    ) -> Decision:
        # RFC 9068, 2.2: the subject of a token without a resource owner is the client.
        return Decision(subject=client.client_id, scopes=scopes)
