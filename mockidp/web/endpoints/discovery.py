"""The provider's metadata (OpenID Connect Discovery 1.0, section 4; RFC 8414, section 3)."""

from __future__ import annotations

from typing import Any

from mockidp.config.people import grant_types_of
from mockidp.issuer import Issuer, Place
from mockidp.model.event import Exchange
from mockidp.oauth.json_text import to_json
from mockidp.oauth.names import PROMPTS
from mockidp.profiles.schema import Profile
from mockidp.tokens.claims import fill
from mockidp.tokens.user_claims import SCOPE_CLAIMS
from mockidp.web.endpoints.document import Document
from mockidp.web.message import Answer, Request


class Discovery(Document):
    name = "discovery"

    def paths(self, profile: Profile) -> tuple[str, ...]:
        return (profile.discovery.path,) if profile.discovery.path else ()

    def answer(self, lane: Issuer, parsed: Request, entry: Exchange) -> Answer:
        refused = self.wrong_method(parsed, entry)
        return refused or Answer(
            200,
            [(b"content-type", lane.profile.discovery.content_type.encode("latin-1"))],
            to_json(metadata(lane, parsed.place), lane.profile.wire.json),
        )


def metadata(lane: Issuer, place: Place) -> dict[str, Any]:
    """The document as it is seen at ``place``: what the profile names, filled from what is
    served.
    """
    profile = lane.profile
    authorize = profile.authorize
    known: dict[str, Any] = {
        "issuer": place.issuer,
        "origin": place.origin,
        "token_endpoint": place.origin + profile.token.path,
        "jwks_uri": place.origin + profile.jwks.path,
        "scopes_supported": list(profile.scopes.supported),
        "grant_types_supported": list(grant_types_of(profile)),
        "token_endpoint_auth_methods_supported": list(profile.client_auth.methods),
        "response_types_supported": list(authorize.response_types),
        "response_modes_supported": list(authorize.response_modes),
        "code_challenge_methods_supported": list(authorize.code_challenge_methods),
        "prompt_values_supported": list(PROMPTS),
        "claims_supported": claims_supported(profile),
        "signing_alg": lane.alg,
        "id_token_alg": lane.id_token_alg,
    }
    if authorize.response_types:
        known["authorization_endpoint"] = place.origin + authorize.path
    if profile.userinfo.path:
        known["userinfo_endpoint"] = place.origin + profile.userinfo.path
    return fill(profile.discovery.document, known)


def claims_supported(profile: Profile) -> list[str]:
    """Claims about the user that the provider's scopes give, and those of every ID token."""
    of_users = [
        claim
        for scope, claims in SCOPE_CLAIMS.items()
        if scope in profile.scopes.supported
        for claim in claims
    ]
    return [*profile.id_token.claims, *of_users]
