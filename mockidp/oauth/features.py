"""The table of features: what is served, by which specification. The command line, the docs and
tests read it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    #: The wire name where it has one.
    name: str
    title: str
    specification: str
    #: Dotted path of the fact that switches it; "": every provider has it; None: the fact of the
    #: registry that its name is in, such as ``token.grant_types``, or the path of its endpoint.
    switch: str | None = None
    #: What the fact must be, or hold, where that is not the name (``*``: anything); or what it must
    #: not be.
    value: str | None = None
    unless: str | None = None


FEATURES = (
    Feature("client_credentials", "client credentials grant", "RFC 6749, 4.4"),
    Feature("authorization_code", "authorization code grant", "RFC 6749, 4.1.3"),
    Feature("refresh_token", "refresh tokens, with rotation and reuse detection", "RFC 6749, 6"),
    Feature("password", "resource owner password credentials grant", "RFC 6749, 4.3"),
    Feature(
        "urn:ietf:params:oauth:grant-type:device_code",
        "device authorization grant, with slow_down",
        "RFC 8628, 3.4 and 3.5",
    ),
    Feature("code", "response type code", "RFC 6749, 4.1.1", "authorize.response_types"),
    Feature(
        "id_token",
        "response type id_token, alone and in hybrids",
        "OpenID Connect Core 1.0, 3",
        "authorize.response_types",
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
    ),
    Feature(
        "private_key_jwt",
        "client authentication by an assertion signed with a key, from jwks or jwks_uri",
        "OpenID Connect Core 1.0, 9; RFC 7523, 2.2",
    ),
    Feature("none", "public clients", "OpenID Connect Core 1.0, 9"),
    Feature(
        "request",
        "request objects by value, unsigned or signed",
        "OpenID Connect Core 1.0, 6.1; RFC 9101",
        "request_object.given",
    ),
    Feature(
        "request_uri",
        "request objects by reference",
        "OpenID Connect Core 1.0, 6.2; RFC 9101",
        "request_object.given",
    ),
    Feature("token", "token endpoint", "RFC 6749, 3.2"),
    Feature(
        "authorize",
        "authorization endpoint",
        "RFC 6749, 3.1; OpenID Connect Core 1.0, 3.1.2",
        "authorize.response_types",
        "*",
    ),
    Feature(
        "login",
        "a page to sign in on",
        "OpenID Connect Core 1.0, 3.1.2.3",
        "authorize.response_types",
        "*",
    ),
    Feature(
        "consent",
        "a page to say yes or no on",
        "OpenID Connect Core 1.0, 3.1.2.4",
        "authorize.response_types",
        "*",
    ),
    Feature(
        "sign_out",
        "a page that ends the session",
        "OpenID Connect Core 1.0, 3.1.2.3",
        "authorize.response_types",
        "*",
    ),
    Feature(
        "error",
        "a page for what cannot be told to the client",
        "RFC 6749, 4.1.2.1",
        "authorize.response_types",
        "*",
    ),
    Feature(
        "callback",
        "a page that shows what a client would get",
        "RFC 6749, 3.1.2",
        "authorize.response_types",
        "*",
    ),
    Feature("iss", "`iss` in authorization responses", "RFC 9207", "authorize.members"),
    Feature("par", "pushed authorization requests", "RFC 9126"),
    Feature(
        "dpop",
        "access tokens bound to a key of the client, with nonces",
        "RFC 9449",
        "dpop.algs",
        "*",
    ),
    Feature(
        "resource_indicators",
        "tokens for the resources that a client names",
        "RFC 8707",
        "resource_indicators.accepted",
        "*",
    ),
    Feature("userinfo", "userinfo endpoint", "OpenID Connect Core 1.0, 5.3"),
    Feature("introspection", "introspection of access and refresh tokens", "RFC 7662"),
    Feature("revocation", "revocation of access and refresh tokens", "RFC 7009"),
    Feature("device_authorization", "device authorization endpoint", "RFC 8628, 3.1"),
    Feature(
        "device",
        "a page to type the code of a device on",
        "RFC 8628, 3.3",
        "device_authorization.path",
    ),
    Feature(
        "end_session",
        "logout that a client asks for",
        "OpenID Connect RP-Initiated Logout 1.0",
        "logout.path",
    ),
    Feature(
        "frontchannel_logout",
        "clients of a session are told in iframes that it has ended",
        "OpenID Connect Front-Channel Logout 1.0",
        "logout.channels",
        "frontchannel",
    ),
    Feature(
        "backchannel_logout",
        "clients of a session are told with logout tokens that it has ended",
        "OpenID Connect Back-Channel Logout 1.0",
        "logout.channels",
        "backchannel",
    ),
    Feature(
        "check_session",
        "session management: an iframe that tells clients whether the session has changed",
        "OpenID Connect Session Management 1.0",
        "session_management.path",
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
    ),
    Feature(
        "unsigned_id_token",
        "ID tokens without a signature, from the token endpoint",
        "OpenID Connect Core 1.0, 2",
        "signing.id_token",
        "none",
    ),
    Feature(
        "userinfo_signed_response_alg",
        "userinfo signed as the client chooses",
        "OpenID Connect Core 1.0, 5.3.2",
        "signing.userinfo",
        "*",
    ),
    Feature(
        "claims",
        "claims asked for one by one, essential or with a value, in userinfo or in the ID token",
        "OpenID Connect Core 1.0, 5.5",
        "authentication.parameters",
    ),
    Feature(
        "claims_locales",
        "claims in several languages",
        "OpenID Connect Core 1.0, 5.2",
        "authentication.parameters",
    ),
    Feature(
        "id_token_hint",
        "an ID token that says whom an authentication request is about",
        "OpenID Connect Core 1.0, 3.1.2.1",
        "authentication.parameters",
    ),
    Feature(
        "acr_values",
        "classes of authentication, wished or essential, with acr and amr",
        "OpenID Connect Core 1.0, 3.1.2.1 and 5.5.1.1; RFC 8176",
        "authentication.acr_values",
        "*",
    ),
    Feature(
        "pairwise",
        "subjects of a client's own, by its sector",
        "OpenID Connect Core 1.0, 8",
        "authentication.subject_types",
    ),
    Feature(
        "registration",
        "clients register themselves, and manage their registration",
        "OpenID Connect Dynamic Client Registration 1.0; RFC 7591; RFC 7592",
    ),
    Feature("jwks", "public keys as a JWK Set, with rotation", "RFC 7517"),
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
    ),
    Feature(
        "rate_limiter",
        "answers 429 with Retry-After after too many failures",
        "RFC 6585, 4; RFC 9110, 10.2.3",
        "limiter.allowed",
    ),
)
