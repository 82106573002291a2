"""The provider's metadata (OpenID Connect Discovery 1.0, section 4; RFC 8414, section 3)."""

from __future__ import annotations

from typing import Any

from mockidp.config.people import grant_types_of
from mockidp.issuer import Issuer, Place
from mockidp.model.event import Exchange
from mockidp.oauth.json_text import to_json
from mockidp.oauth.names import DISPLAYS, LOGOUT_CHANNELS, PROMPTS, UI_LOCALES
from mockidp.profiles.schema import Profile
from mockidp.tokens.claims import fill
from mockidp.tokens.user_claims import SCOPE_CLAIMS
from mockidp.web.endpoints.document import Document
from mockidp.web.message import Answer, Request
from mockidp.web.respond import encoded_headers


class Discovery(Document):
    name = "discovery"

    def paths(self, profile: Profile) -> tuple[str, ...]:
        places = (profile.discovery.path, profile.oauth_metadata.path)
        return tuple(path for path in places if path)

    def answer(self, lane: Issuer, parsed: Request, entry: Exchange) -> Answer:
        refused = self.wrong_method(lane, parsed, entry)
        policy = lane.profile.discovery
        return refused or Answer(
            200,
            encoded_headers(policy.content_type, policy.headers),
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
        "introspection_endpoint_auth_methods_supported": [
            method for method in profile.client_auth.methods if method != "none"
        ],
        "response_types_supported": list(authorize.response_types),
        "response_modes_supported": list(authorize.response_modes),
        "code_challenge_methods_supported": list(authorize.code_challenge_methods),
        "prompt_values_supported": list(PROMPTS),
        "display_values_supported": list(DISPLAYS),
        "ui_locales_supported": list(UI_LOCALES),
        "claims_supported": claims_supported(profile),
        "claims_parameter_supported": "claims" in profile.authentication.parameters,
        "subject_types_supported": list(profile.authentication.subject_types),
        "signing_alg": lane.alg,
        "id_token_alg": lane.id_token_alg,
        "id_token_algs": list(lane.id_token_algs),
    }
    known |= _of_proofs(profile)
    lists = {
        "acr_values_supported": profile.authentication.acr_values,
        "userinfo_signing_alg_values_supported": lane.userinfo_algs,
        "claims_locales_supported": claims_locales(lane),
    }
    known |= {name: list(values) for name, values in lists.items() if values}
    for channel in LOGOUT_CHANNELS:
        known[f"{channel}_logout_supported"] = channel in profile.logout.channels
    if authorize.response_types:
        known["authorization_endpoint"] = place.origin + authorize.path
    if profile.dpop.algs:
        known["dpop_signing_alg_values_supported"] = list(profile.dpop.algs)
    if profile.par.path:
        known["require_pushed_authorization_requests"] = profile.par.required
    optional = {
        "pushed_authorization_request_endpoint": profile.par.path,
        "userinfo_endpoint": profile.userinfo.path,
        "introspection_endpoint": profile.introspection.path,
        "revocation_endpoint": profile.revocation.path,
        "device_authorization_endpoint": profile.device_authorization.path,
        "registration_endpoint": profile.registration.path,
        "end_session_endpoint": profile.logout.path,
        "check_session_iframe": profile.session_management.path,
    }
    known |= {name: place.origin + path for name, path in optional.items() if path}
    return fill(profile.discovery.document, known)


def _of_proofs(profile: Profile) -> dict[str, Any]:
    """What clients may sign (OpenID Connect Discovery 1.0, 3)."""
    known: dict[str, Any] = {}
    assertions, objects = profile.client_assertion, profile.request_object
    if assertions and any(method.endswith("_jwt") for method in profile.client_auth.methods):
        known["token_endpoint_auth_signing_alg_values_supported"] = list(assertions.algs)
    given = objects.given if objects else ()
    known["request_parameter_supported"] = "request" in given
    known["request_uri_parameter_supported"] = "request_uri" in given
    if objects and given:
        known["request_object_signing_alg_values_supported"] = list(objects.algs)
    if objects and "request_uri" in given:
        known["require_request_uri_registration"] = objects.registered_uris
    return known


def claims_locales(lane: Issuer) -> list[str]:
    """Languages of which a claim of some user is there (OpenID Connect Core 1.0, 5.2)."""
    if "claims_locales" not in lane.profile.authentication.parameters:
        return []
    tags = {name.partition("#")[2] for user in lane.users.all() for name in user.claims}
    return sorted(tags - {""})


def claims_supported(profile: Profile) -> list[str]:
    """Claims about the user that the provider's scopes give, and those of every ID token."""
    of_users = [
        claim
        for scope, claims in SCOPE_CLAIMS.items()
        if scope in profile.scopes.supported
        for claim in claims
    ]
    return [*profile.id_token.claims, *of_users]
