"""A public client, which only names itself (RFC 6749, section 3.2.1; OpenID Connect Core 1.0,
section 9).
"""

from __future__ import annotations

from mockidp.flows.client_auth.method import CarriesCredentials, Presented, fits
from mockidp.profiles.schema import Profile


class NoSecret:
    name = "none"

    def find(self, profile: Profile, request: CarriesCredentials) -> Presented | None:
        client_id = request.params.get("client_id")
        if not client_id or "client_secret" in request.params or not fits(profile, client_id):
            return None
        return Presented(method=self.name, client_ids=(client_id,))
