"""Id and secret as parameters of the body (RFC 6749, section 2.3.1)."""

from __future__ import annotations

from mockidp.flows.client_auth.method import CarriesCredentials, Presented, fits
from mockidp.profiles.schema import Profile


class ClientSecretPost:
    name = "client_secret_post"

    def find(self, profile: Profile, request: CarriesCredentials) -> Presented | None:
        client_id = request.params.get("client_id")
        secret = request.params.get("client_secret")
        if not client_id or not secret or not fits(profile, client_id, secret):
            return None
        return Presented(method=self.name, client_ids=(client_id,), secrets=(secret,))
