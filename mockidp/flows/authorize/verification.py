"""A device in the place of an authorization request: what the user is asked at the verification
page is the same (RFC 8628, section 3.3).
"""

from __future__ import annotations

from mockidp.flows.authorize.request import Authorization
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.oauth.errors import invalid_client
from mockidp.oauth.params import Params


def request_of(lane: Issuer, device: Artifact, issuer: str) -> Authorization:
    """The request of a device that waits for an answer.

    :raises OAuthError: when its client is not good any more.
    """
    client = lane.clients.get(device.client_id or "")
    if client is None or not client.enabled:
        state = "has been disabled" if client else "does not exist any more"
        raise invalid_client(
            f"the client of the device, {device.client_id!r}, {state}", cites="RFC 8628, 3.3"
        )
    request = Authorization(params=Params(), issuer=issuer, try_out_uri="", device=device)
    request.client = client
    request.scopes = device.scope
    return request
