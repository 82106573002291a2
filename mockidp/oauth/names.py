"""The wire values this package understands, each list once.

A profile may only use these; a contract test holds every registry (grants, client authentication
methods, endpoints …) equal to its list, so that a name cannot exist without the code behind it.
"""

from __future__ import annotations

#: Endpoints of a provider that a lane serves (RFC 6749, 3; OpenID Connect Discovery 1.0, 4; the
#: provider's own API).
ENDPOINTS = ("token", "jwks", "discovery", "api")

#: Values of ``grant_type`` with code behind them (RFC 6749, 4.4.2).
GRANT_TYPES = ("client_credentials",)

#: Values of ``grant_type`` that a client may be registered for, served or not (RFC 7591, 2; RFC
#: 8628, 3.4).
REGISTERED_GRANT_TYPES = (
    "authorization_code",
    "client_credentials",
    "implicit",
    "password",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
)

#: Client authentication methods (OpenID Connect Core 1.0, 9), in the order of the registry.
CLIENT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

#: Forms of an access token.
TOKEN_FORMATS = ("jwt",)

#: Signing algorithms (RFC 7518, 3.1; RFC 8037, 3.1).
SIGNING_ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)

#: How the body of a token request may be written.
FORM_TYPE = "application/x-www-form-urlencoded"
MULTIPART_TYPE = "multipart/form-data"
BODY_TYPES = (FORM_TYPE, MULTIPART_TYPE)

#: Members of a public key that is served (RFC 7517, 4; RFC 7518, 6; RFC 8037, 2).
JWK_MEMBERS = ("kty", "use", "kid", "alg", "n", "e", "crv", "x", "y")

#: The shared phases of a token request; a profile says in which order its provider runs them.
TOKEN_PHASES = ("client", "grant_type")

#: Members of a token answer with code behind them (RFC 6749, 5.1), in the order of that section.
TOKEN_MEMBERS = ("access_token", "token_type", "expires_in", "scope")

#: Error codes of the token endpoint (RFC 6749, 5.2), and what limiters and faults answer.
TOKEN_ERRORS = (
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
)

#: Request parameters whose values never reach the journal.
SECRET_PARAMETERS = frozenset(
    {
        "access_token",
        "assertion",
        "client_assertion",
        "client_secret",
        "code",
        "code_verifier",
        "device_code",
        "id_token",
        "id_token_hint",
        "password",
        "refresh_token",
        "request",
        "subject_token",
        "token",
    }
)

#: What a template of claims, metadata members or API bodies may name in braces.
PLACEHOLDERS = (
    # claims of a token
    "now",
    "expires_at",
    "issuer",
    "subject",
    "client_id",
    "scopes",
    "scope",
    "jti",
    # members of the metadata
    "origin",
    "token_endpoint",
    "jwks_uri",
    "scopes_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "signing_alg",
    # a 401 of the API
    "message",
    # leaves the member out
    "absent",
)

#: Parameters of a token request that a test may ask the journal for before any was sent (RFC 6749,
#: appendix A).
REQUEST_PARAMETERS = ("client_id", "client_secret", "grant_type", "scope")
