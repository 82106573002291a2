"""The table of features: what is served, by which specification, what switches it, and which
members of the metadata tell of it. Discovery, the command line, the docs and tests read it.
"""

from __future__ import annotations

from mockidp.oauth.names import DEVICE_CODE, FOREIGN_ALGORITHMS, SECRET_ALGORITHMS, USER_GRANTS
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    #: The wire name where it has one.
    name: str
    title: str
    specification: str
    #: Dotted path of the fact that switches it; "": that of the registry that its name is in, such
    #: as ``token.grant_types``, or the path of its endpoint, or none at all.
    switch: str = ""
    #: What the fact must be, or hold, where that is not the name (``*``: anything); or what it must
    #: not be.
    value: str | None = None
    unless: str | None = None
    #: A second fact that must hold the same.
    also: str = ""
    #: Names of which that second fact must have one, instead.
    also_one: tuple[str, ...] = ()
    #: Features without which it is nothing, and such of which it needs one.
    needs: tuple[str, ...] = ()
    needs_one: tuple[str, ...] = ()
    #: Dotted path of the fact that names those of ``needs_one`` that count; "": all do.
    counts: str = ""
    #: Placeholders of metadata that are there where it is on; those of several are there where one
    #: of them is.
    members: tuple[str, ...] = ()
    #: And those that are true or false.
    flags: tuple[str, ...] = ()


#: The one switch that is no fact of a profile but a setting of the lane.
OUTGOING = "outgoing.allowed"


FEATURES = (
    Feature("client_credentials", "client credentials grant", "RFC 6749, 4.4"),
    Feature("authorization_code", "authorization code grant", "RFC 6749, 4.1.3", needs=("code",)),
    Feature(
        "refresh_token",
        "refresh tokens, with rotation and reuse detection",
        "RFC 6749, 6",
        needs_one=USER_GRANTS,
        counts="refresh_token.given_by",
    ),
    Feature(
        "refresh_token_grace",
        "a used refresh token is good again for a while",
        "RFC 9700, 4.14.2",
        "refresh_token.grace",
        "*",
        needs=("refresh_token",),
    ),
    Feature(
        "offline_access",
        "refresh tokens for who asks for them with a scope",
        "OpenID Connect Core 1.0, 11",
        "scopes.supported",
        needs=("refresh_token",),
    ),
    Feature("password", "resource owner password credentials grant", "RFC 6749, 4.3"),
    Feature(
        DEVICE_CODE,
        "device authorization grant, with slow_down",
        "RFC 8628, 3.4 and 3.5",
        needs=("device_authorization",),
    ),
    Feature(
        "openid",
        "ID tokens",
        "OpenID Connect Core 1.0, 2",
        "scopes.supported",
        members=(
            "id_token_algs",
            "subject_types_supported",
            "claim_types_supported",
            "claims_supported",
        ),
    ),
    Feature(
        "code",
        "response type code",
        "RFC 6749, 4.1.1",
        "authorize.response_types",
        needs=("authorization_code",),
    ),
    Feature(
        "id_token",
        "response type id_token, alone and in hybrids",
        "OpenID Connect Core 1.0, 3",
        "authorize.response_types",
        needs=("openid",),
    ),
    Feature(
        "implicit", "response type token", "RFC 6749, 4.2", "authorize.response_types", "token"
    ),
    Feature("query", "response mode query", "RFC 6749, 4.1.2"),
    Feature("fragment", "response mode fragment", "RFC 6749, 4.2.2"),
    Feature("form_post", "response mode form_post", "OAuth 2.0 Form Post Response Mode, 2"),
    Feature("S256", "PKCE with S256", "RFC 7636, 4.2"),
    Feature("plain", "PKCE without a hash", "RFC 7636, 4.2"),
    Feature(
        "client_secret_basic", "client authentication by HTTP Basic", "RFC 6749, 2.3.1; RFC 7617"
    ),
    Feature("client_secret_post", "client authentication in the body", "RFC 6749, 2.3.1"),
    Feature(
        "client_secret_jwt",
        "client authentication by an assertion signed with the secret",
        "OpenID Connect Core 1.0, 9; RFC 7523, 2.2",
        also="client_assertion.algs",
        also_one=SECRET_ALGORITHMS,
        members=("token_endpoint_auth_signing_alg_values_supported",),
    ),
    Feature(
        "private_key_jwt",
        "client authentication by an assertion signed with a key, from jwks or jwks_uri",
        "OpenID Connect Core 1.0, 9; RFC 7523, 2.2",
        also="client_assertion.algs",
        also_one=FOREIGN_ALGORITHMS,
        members=("token_endpoint_auth_signing_alg_values_supported",),
    ),
    Feature("none", "public clients", "OpenID Connect Core 1.0, 9"),
    Feature(
        "request",
        "request objects by value, unsigned or signed",
        "OpenID Connect Core 1.0, 6.1; RFC 9101",
        "request_object.given",
        needs=("authorize",),
        members=("request_object_signing_alg_values_supported",),
        flags=("request_parameter_supported",),
    ),
    Feature(
        "request_uri",
        "request objects by reference",
        "OpenID Connect Core 1.0, 6.2; RFC 9101",
        "request_object.given",
        needs=("authorize", "outgoing"),
        members=(
            "request_object_signing_alg_values_supported",
            "require_request_uri_registration",
        ),
        flags=("request_uri_parameter_supported",),
    ),
    Feature("token", "token endpoint", "RFC 6749, 3.2", members=("token_endpoint",)),
    Feature(
        "authorize",
        "authorization endpoint",
        "RFC 6749, 3.1; OpenID Connect Core 1.0, 3.1.2",
        "authorize.response_types",
        "*",
        needs_one=("code", "id_token", "implicit"),
        members=("authorization_endpoint",),
    ),
    Feature(
        "prompt",
        "whether the user is asked: none, login, consent, select_account",
        "OpenID Connect Core 1.0, 3.1.2.1",
        needs=("authorize",),
        members=("prompt_values_supported",),
    ),
    Feature(
        "max_age",
        "how long ago the user may have signed in, with auth_time",
        "OpenID Connect Core 1.0, 3.1.2.1",
        needs=("authorize",),
    ),
    Feature(
        "login_hint",
        "who is about to sign in: a username, an e-mail address or a `sub`",
        "OpenID Connect Core 1.0, 3.1.2.1",
        needs=("authorize",),
    ),
    Feature(
        "display",
        "how the pages are shown",
        "OpenID Connect Core 1.0, 3.1.2.1",
        needs=("authorize",),
        members=("display_values_supported",),
    ),
    Feature(
        "ui_locales",
        "the language of the pages",
        "OpenID Connect Core 1.0, 3.1.2.1",
        needs=("authorize",),
        members=("ui_locales_supported",),
    ),
    Feature(
        "login",
        "a page to sign in on",
        "OpenID Connect Core 1.0, 3.1.2.3",
        needs_one=("authorize", "device_authorization"),
    ),
    Feature(
        "consent",
        "a page to say yes or no on",
        "OpenID Connect Core 1.0, 3.1.2.4",
        needs_one=("authorize", "device_authorization"),
    ),
    Feature(
        "sign_out",
        "a page that ends the session",
        "OpenID Connect Core 1.0, 3.1.2.3",
        needs_one=("authorize", "device_authorization"),
    ),
    Feature(
        "error",
        "a page for what cannot be told to the client",
        "RFC 6749, 4.1.2.1",
        needs_one=("authorize", "device_authorization"),
    ),
    Feature(
        "callback",
        "a page that shows what a client would get",
        "RFC 6749, 3.1.2",
        needs=("authorize",),
    ),
    Feature(
        "iss",
        "`iss` in authorization responses",
        "RFC 9207",
        "authorize.members",
        also="authorize.refused_members",
        needs=("authorize",),
        flags=("authorization_response_iss_parameter_supported",),
    ),
    Feature(
        "par",
        "pushed authorization requests",
        "RFC 9126",
        needs=("authorize",),
        members=("pushed_authorization_request_endpoint", "require_pushed_authorization_requests"),
    ),
    Feature(
        "dpop",
        "access tokens bound to a key of the client, with nonces",
        "RFC 9449",
        "dpop.algs",
        "*",
        members=("dpop_signing_alg_values_supported",),
    ),
    Feature(
        "resource_indicators",
        "tokens for the resources that a client names",
        "RFC 8707",
        "resource_indicators.accepted",
        "*",
    ),
    Feature(
        "userinfo",
        "userinfo endpoint",
        "OpenID Connect Core 1.0, 5.3",
        needs=("openid",),
        members=("userinfo_endpoint",),
    ),
    Feature(
        "introspection",
        "introspection of access and refresh tokens",
        "RFC 7662",
        members=(
            "introspection_endpoint",
            "introspection_endpoint_auth_methods_supported",
            "introspection_endpoint_auth_signing_alg_values_supported",
        ),
    ),
    Feature(
        "revocation",
        "revocation of access and refresh tokens",
        "RFC 7009",
        members=(
            "revocation_endpoint",
            "revocation_endpoint_auth_methods_supported",
            "revocation_endpoint_auth_signing_alg_values_supported",
        ),
    ),
    Feature(
        "device_authorization",
        "device authorization endpoint",
        "RFC 8628, 3.1",
        needs=(DEVICE_CODE,),
        members=("device_authorization_endpoint",),
    ),
    Feature(
        "device",
        "a page to type the code of a device on",
        "RFC 8628, 3.3",
        "device_authorization.path",
        needs=("device_authorization",),
    ),
    Feature(
        "end_session",
        "logout that a client asks for",
        "OpenID Connect RP-Initiated Logout 1.0",
        "logout.path",
        needs=("authorize",),
        members=("end_session_endpoint",),
    ),
    Feature(
        "frontchannel_logout",
        "clients of a session are told in iframes that it has ended",
        "OpenID Connect Front-Channel Logout 1.0",
        "logout.channels",
        "frontchannel",
        needs=("authorize", "openid"),
        flags=("frontchannel_logout_supported",),
    ),
    Feature(
        "frontchannel_logout_session",
        "and in these iframes of which session, by iss and sid",
        "OpenID Connect Front-Channel Logout 1.0, 3",
        needs=("frontchannel_logout", "sid"),
        flags=("frontchannel_logout_session_supported",),
    ),
    Feature(
        "backchannel_logout",
        "clients of a session are told with logout tokens that it has ended",
        "OpenID Connect Back-Channel Logout 1.0",
        "logout.channels",
        "backchannel",
        needs=("authorize", "openid", "outgoing"),
        flags=("backchannel_logout_supported",),
    ),
    Feature(
        "backchannel_logout_session",
        "and in logout tokens of which session, by sid",
        "OpenID Connect Back-Channel Logout 1.0, 2.1",
        needs=("backchannel_logout", "sid"),
        flags=("backchannel_logout_session_supported",),
    ),
    Feature(
        "sid",
        "the id of the session in ID tokens",
        "OpenID Connect Front-Channel Logout 1.0, 3",
        "id_token.claims",
        needs=("authorize", "openid"),
    ),
    Feature(
        "check_session",
        "session management: an iframe that tells clients whether the session has changed",
        "OpenID Connect Session Management 1.0",
        "session_management.path",
        needs=("session_state",),
        members=("check_session_iframe",),
    ),
    Feature(
        "session_state",
        "`session_state` in authorization responses",
        "OpenID Connect Session Management 1.0, 2",
        "authorize.members",
        needs=("authorize", "openid", "check_session"),
    ),
    Feature(
        "jwt", "access tokens as signed JWTs", "RFC 7519; RFC 9068", "access_token.format", "jwt"
    ),
    Feature(
        "opaque",
        "access tokens as random texts",
        "RFC 6749, 1.4",
        "access_token.format",
        unless="jwt",
    ),
    Feature(
        "id_token_signed_response_alg",
        "ID tokens signed as the client chooses, with RS, PS, ES and EdDSA algorithms",
        "OpenID Connect Dynamic Client Registration 1.0, 2; RFC 7518, 3.1; RFC 8037, 3.1",
        "signing.id_token",
        "*",
        needs=("openid",),
    ),
    Feature(
        "unsigned_id_token",
        "ID tokens without a signature, from the token endpoint",
        "OpenID Connect Core 1.0, 2",
        "signing.id_token",
        "none",
        needs=("openid",),
    ),
    Feature(
        "userinfo_signed_response_alg",
        "userinfo signed as the client chooses",
        "OpenID Connect Core 1.0, 5.3.2",
        "signing.userinfo",
        "*",
        needs=("userinfo",),
        members=("userinfo_signing_alg_values_supported",),
    ),
    Feature(
        "unsigned_userinfo",
        "userinfo as a JWT without a signature",
        "OpenID Connect Core 1.0, 5.3.2",
        "signing.userinfo",
        "none",
        needs=("userinfo",),
    ),
    Feature(
        "claims",
        "claims asked for one by one, essential or with a value, in userinfo or in the ID token",
        "OpenID Connect Core 1.0, 5.5",
        "authentication.parameters",
        needs=("authorize", "openid"),
        flags=("claims_parameter_supported",),
    ),
    Feature(
        "claims_locales",
        "claims in several languages",
        "OpenID Connect Core 1.0, 5.2",
        "authentication.parameters",
        needs=("authorize", "openid"),
        members=("claims_locales_supported",),
    ),
    Feature(
        "id_token_hint",
        "an ID token that says whom an authentication request is about",
        "OpenID Connect Core 1.0, 3.1.2.1",
        "authentication.parameters",
        needs=("authorize", "openid"),
    ),
    Feature(
        "acr_values",
        "classes of authentication, wished or essential, with acr and amr",
        "OpenID Connect Core 1.0, 3.1.2.1 and 5.5.1.1; RFC 8176",
        "authentication.acr_values",
        "*",
        needs=("authorize", "openid"),
        members=("acr_values_supported",),
    ),
    Feature(
        "pairwise",
        "subjects of a client's own, by its sector",
        "OpenID Connect Core 1.0, 8",
        "authentication.subject_types",
        needs=("openid",),
    ),
    Feature(
        "registration",
        "clients register themselves, and manage their registration",
        "OpenID Connect Dynamic Client Registration 1.0; RFC 7591; RFC 7592",
        members=("registration_endpoint",),
    ),
    Feature("jwks", "public keys as a JWK Set, with rotation", "RFC 7517", members=("jwks_uri",)),
    Feature("discovery", "provider metadata", "OpenID Connect Discovery 1.0; RFC 8414"),
    Feature("protected_resource", "metadata of the provider's own API", "RFC 9728"),
    Feature(
        "oauth_metadata",
        "the same metadata for clients that know OAuth alone",
        "RFC 8414, 3",
    ),
    Feature(
        "cors",
        "scripts of other origins may call the endpoints that are for them",
        "RFC 9700, 2.6",
        "cors.endpoints",
        "*",
    ),
    Feature(
        "api",
        "the provider's own API as a stub that checks bearer tokens",
        "RFC 6750",
        "api.prefixes",
        "*",
    ),
    Feature(
        "rate_limiter",
        "answers 429 with Retry-After after too many failures",
        "RFC 6585, 4; RFC 9110, 10.2.3",
        "limiter.allowed",
        "*",
    ),
    Feature(
        "outgoing",
        "requests of its own: for keys, request objects and sector documents of clients, and to "
        "tell them of a logout",
        "OpenID Connect Core 1.0, 6.2, 8.1 and 10.1.1; OpenID Connect Back-Channel Logout 1.0, 2.5",
        OUTGOING,
    ),
)
