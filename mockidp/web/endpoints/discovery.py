"""The provider's metadata (OpenID Connect Discovery 1.0, section 4; RFC 8414, section 3)."""

from __future__ import annotations

from typing import Any

from mockidp.issuer import Issuer, Place
from mockidp.model.event import Exchange
from mockidp.profiles.schema import Profile
from mockidp.tokens.claims import fill
from mockidp.web.endpoints.document import Document
from mockidp.web.message import Answer, Request
from mockidp.web.respond import to_json


class Discovery(Document):
    name = "discovery"

    def paths(self, profile: Profile) -> tuple[str, ...]:
        return (profile.discovery.path,)

    def answer(self, lane: Issuer, parsed: Request, entry: Exchange) -> Answer:
        refused = self.wrong_method(parsed, entry)
        return refused or Answer(
            200,
            [(b"content-type", lane.profile.discovery.content_type.encode("latin-1"))],
            to_json(metadata(lane, parsed.place)),
        )


def metadata(lane: Issuer, place: Place) -> dict[str, Any]:
    """The document as it is seen at ``place``: what the profile names, filled from what is
    served.
    """
    profile = lane.profile
    return fill(
        profile.discovery.document,
        {
            "issuer": place.issuer,
            "origin": place.origin,
            "token_endpoint": place.origin + profile.token.path,
            "jwks_uri": place.origin + profile.jwks.path,
            "scopes_supported": list(profile.scopes.supported),
            "grant_types_supported": list(profile.token.grant_types),
            "token_endpoint_auth_methods_supported": list(profile.client_auth.methods),
            "signing_alg": lane.alg,
        },
    )
