"""The metadata of the provider's own API as a protected resource (RFC 9728, section 3)."""

from __future__ import annotations

from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.json_text import to_json
from mockidp.tokens.claims import fill
from mockidp.tokens.user_claims import SCOPE_CLAIMS
from mockidp.web.endpoints.document import Document
from mockidp.web.message import Answer, Request
from mockidp.web.respond import encoded_headers

#: The names of RFC 6750, 2 that RFC 9728, 2 has for where a token may be.
_METHODS = {"header": "header", "form": "body", "query": "query"}
#: OpenID Connect Core 1.0, 3.1.2.1, 5.4 and 11: these ask for an ID token, for claims of userinfo
#: and for a refresh token, and none of them for access to an API (RFC 9728, 2). Clients ask for all
#: that they are told of, also those without a user.
_OF_THE_PROVIDER = frozenset({"openid", "offline_access", *SCOPE_CLAIMS})


class ProtectedResource(Document):
    name = "protected_resource"

    def answer(self, lane: Issuer, parsed: Request, entry: Exchange) -> Answer:
        refused = self.wrong_method(lane, parsed, entry)
        if refused is not None:
            return refused
        profile = lane.profile
        policy = profile.protected_resource
        known = {
            "issuer": parsed.place.issuer,
            "resource": parsed.place.origin + parsed.path[len(policy.path) :],
            "bearer_methods_supported": [_METHODS[place] for place in profile.api.token_in],
        }
        scopes = [one for one in profile.scopes.supported if one not in _OF_THE_PROVIDER]
        if scopes:  # RFC 9728, 3.2: a member without values is left out
            known["scopes_supported"] = scopes
        if profile.dpop.algs:
            known["dpop_signing_alg_values_supported"] = list(profile.dpop.algs)
        # What the metadata of the provider is sent with fits here too.
        headers = encoded_headers("application/json", profile.discovery.headers)
        return Answer(200, headers, to_json(fill(policy.document, known), profile.wire.json))
