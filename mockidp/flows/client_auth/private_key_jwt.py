"""An assertion that the client has signed with its private key (OpenID Connect Core 1.0, section 9;
RFC 7523, section 2.2).
"""

from __future__ import annotations

from mockidp.flows.client_auth.method import CarriesCredentials, Presented
from mockidp.flows.proof.assertion import claimed_client, find_assertion
from mockidp.keys.foreign import HMAC_ALGS
from mockidp.profiles.schema import Profile


class PrivateKeyJwt:
    name = "private_key_jwt"

    def find(self, profile: Profile, request: CarriesCredentials) -> Presented | None:
        assertion = find_assertion(request.params)
        # Whatever is no algorithm at all is refused as what it would have to be.
        if assertion is None or assertion.alg in HMAC_ALGS:
            return None
        return Presented(
            method=self.name, client_ids=(claimed_client(assertion),), assertion=assertion
        )
