"""The provider's metadata (OpenID Connect Discovery 1.0, section 4; RFC 8414, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from mockidp.config.people import grant_types_of
from mockidp.issuer import Issuer, Place
from mockidp.model.event import Exchange
from mockidp.oauth.features import FEATURES
from mockidp.oauth.json_text import to_json
from mockidp.oauth.names import CLAIM_TYPES, DISPLAYS, PROMPTS, SECRET_ALGORITHMS, UI_LOCALES
from mockidp.profiles.features import lists_of, response_types_of
from mockidp.profiles.schema import Profile
from mockidp.profiles.schema.clients import ClientAssertion
from mockidp.profiles.schema.requests import RequestObject
from mockidp.tokens.claims import Values, prepare
from mockidp.tokens.user_claims import SCOPE_CLAIMS
from mockidp.web.endpoints.document import Document
from mockidp.web.message import Answer, Request
from mockidp.web.respond import encoded_headers

#: Members that say something of a feature: nobody names them where it is off.
_OWNED = frozenset(member for feature in FEATURES for member in feature.members)


class Discovery(Document):
    name = "discovery"

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
    known = {
        "issuer": place.issuer,
        "origin": place.origin,
        "scopes_supported": scopes_supported(lane),
        "signing_alg": lane.alg,
        "id_token_alg": lane.id_token_alg,
        **lists_of(profile),
        "grant_types_supported": grant_types_of(profile),
        # For providers whose list is the same whatever they serve, but for this one.
        "password_grant": [name for name in profile.token.grant_types if name == "password"],
        "response_types_supported": response_types_of(profile),
        **_of_tokens(lane),
        **_of_requests(profile),
        **_of_clients(lane),
        **_places(profile, place.origin),
    }
    return _document_of(profile)(_served(lane, known))


@lru_cache(maxsize=64)
def _document_of(profile: Profile) -> Callable[[Values], dict[str, Any]]:
    return prepare(profile.discovery.document)


def _served(lane: Issuer, known: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of features that are on; what they say with true or false, and no empty
    lists (RFC 8414, 3.2).
    """
    told = {member for feature in FEATURES if lane.has(feature.name) for member in feature.members}
    values = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in known.items()
        if name in told or name not in _OWNED
    }
    flags = {flag: lane.has(feature.name) for feature in FEATURES for flag in feature.flags}
    return {name: value for name, value in values.items() if value not in ([], "")} | flags


def _of_tokens(lane: Issuer) -> dict[str, Any]:
    authentication = lane.profile.authentication
    return {
        "id_token_algs": lane.id_token_algs,
        "subject_types_supported": authentication.subject_types,
        "claim_types_supported": CLAIM_TYPES,
        "claims_supported": claims_supported(lane),
        "claims_locales_supported": claims_locales(lane),
        "acr_values_supported": authentication.acr_values,
        "userinfo_signing_alg_values_supported": lane.userinfo_algs,
        "dpop_signing_alg_values_supported": lane.profile.dpop.algs,
    }


def _of_requests(profile: Profile) -> dict[str, Any]:
    objects = profile.request_object or RequestObject()
    return {
        "prompt_values_supported": PROMPTS,
        "display_values_supported": DISPLAYS,
        "ui_locales_supported": UI_LOCALES,
        "require_request_uri_registration": objects.registered_uris,
        "request_object_signing_alg_values_supported": objects.algs,
        "require_pushed_authorization_requests": profile.par.required,
    }


def _of_clients(lane: Issuer) -> dict[str, Any]:
    """How clients prove who they are at the endpoints that ask for it."""
    methods = lists_of(lane.profile)["token_endpoint_auth_methods_supported"]
    assertions = lane.profile.client_assertion or ClientAssertion()
    algs = [
        alg
        for alg in assertions.algs
        if lane.has("client_secret_jwt" if alg in SECRET_ALGORITHMS else "private_key_jwt")
    ]
    return {
        "introspection_endpoint_auth_methods_supported": [m for m in methods if m != "none"],
        "revocation_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algs,
        "introspection_endpoint_auth_signing_alg_values_supported": algs,
        "revocation_endpoint_auth_signing_alg_values_supported": algs,
    }


def _places(profile: Profile, origin: str) -> dict[str, str]:
    paths = {
        "authorization_endpoint": profile.authorize.path,
        "token_endpoint": profile.token.path,
        "pushed_authorization_request_endpoint": profile.par.path,
        "userinfo_endpoint": profile.userinfo.path,
        "introspection_endpoint": profile.introspection.path,
        "revocation_endpoint": profile.revocation.path,
        "device_authorization_endpoint": profile.device_authorization.path,
        "registration_endpoint": profile.registration.path,
        "end_session_endpoint": profile.logout.path,
        "check_session_iframe": profile.session_management.path,
        "jwks_uri": profile.jwks.path,
    }
    return {name: origin + path for name, path in paths.items()}


def scopes_supported(lane: Issuer) -> list[str]:
    """Those that mean something here."""
    known = lane.profile.scopes.supported
    return [scope for scope in known if scope != "offline_access" or lane.has(scope)]


def claims_locales(lane: Issuer) -> list[str]:
    """Languages of which a claim of some user is there (OpenID Connect Core 1.0, 5.2)."""
    if "claims_locales" not in lane.profile.authentication.parameters:
        return []
    tags = {name.partition("#")[2] for user in lane.users.all() for name in user.claims}
    return sorted(tags - {""})


def claims_supported(lane: Issuer) -> list[str]:
    """Claims about the user that the provider's scopes give, and those that ID tokens can have."""
    profile = lane.profile
    of_users = [
        claim
        for scope, claims in SCOPE_CLAIMS.items()
        if scope in profile.scopes.supported
        for claim in claims
    ]
    kinds = [kind.split(" ") for kind in response_types_of(profile)]
    #: What not every provider has to fill a claim with.
    can_be_filled = {
        "{absent}": False,
        "{acr}": lane.has("acr_values"),
        "{amr}": lane.has("claims"),
        "{azp}": profile.id_token.has_other_audiences,
        "{c_hash}": any("code" in words and "id_token" in words for words in kinds),
        "{sid}": lane.has("sid"),
    }
    of_tokens = [
        claim
        for claim, written in profile.id_token.claims.items()
        if can_be_filled.get(str(written), True)
    ]
    return [*of_tokens, *of_users]
