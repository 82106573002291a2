"""The wire values this package understands, each list once.

A profile may only use these; a contract test holds every registry (grants, client authentication
methods, endpoints …) equal to its list, so that a name cannot exist without the code behind it.
"""

from __future__ import annotations

from types import MappingProxyType

#: Endpoints of a provider that a lane serves (RFC 6749, 3; OpenID Connect Core 1.0, 5.3; RFC 7662,
#: 2; RFC 7009, 2; RFC 7591, 3; RFC 8628, 3.1; RFC 9126, 2; OpenID Connect RP-Initiated Logout 1.0,
#: 2; OpenID Connect Session Management 1.0, 3.3; OpenID Connect Discovery 1.0, 4), the pages on the
#: way through them, and the provider's own API.
ENDPOINTS = (
    "token",
    "authorize",
    "par",
    "userinfo",
    "introspection",
    "revocation",
    "device_authorization",
    "device",
    "end_session",
    "check_session",
    "registration",
    "jwks",
    "discovery",
    "protected_resource",
    "login",
    "consent",
    "sign_out",
    "error",
    "callback",
    "api",
)

#: The grant of RFC 8628, 3.4.
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"

#: Those that scripts in a browser call, and where CORS therefore has a meaning (RFC 9700, 2.6:
#: never the authorization endpoint).
SCRIPT_ENDPOINTS = (
    "token",
    "par",
    "userinfo",
    "revocation",
    "device_authorization",
    "registration",
    "jwks",
    "discovery",
    "protected_resource",
    "api",
)

#: Methods that public documents are asked for with (RFC 9110, 9.3.1 and 9.3.2).
DOCUMENT_METHODS = ("GET", "HEAD")

#: Values of ``grant_type`` with code behind them (RFC 6749, 4.1.3, 4.3.2, 4.4.2 and 6; RFC 8628,
#: 3.4).
GRANT_TYPES = (
    "client_credentials",
    "authorization_code",
    "refresh_token",
    "password",
    DEVICE_CODE,
)

#: Parameters of a token request whose length a provider may look at.
LIMITED_PARAMETERS = ("client_id", "client_secret", "grant_type", "scope")

#: Grants that end with a token for a user, and so can give a refresh token.
USER_GRANTS = ("authorization_code", "password", DEVICE_CODE)

#: The words of ``response_type`` with code behind them (RFC 6749, 3.1.1; OAuth 2.0 Multiple
#: Response Type Encoding Practices, 3).
RESPONSE_WORDS = ("code", "token", "id_token")

#: Values of ``response_type``; the order of their words does not matter (RFC 6749, 3.1.1).
RESPONSE_TYPES = (
    "code",
    "token",
    "id_token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
)

#: Values of ``response_mode`` with code behind them (OAuth 2.0 Multiple Response Type Encoding
#: Practices, 2.1; OAuth 2.0 Form Post Response Mode, 2).
RESPONSE_MODES = ("query", "fragment", "form_post")

#: Members of an authorization response (RFC 6749, 4.1.2 and 4.2.2; RFC 9207, 2; OpenID Connect
#: Session Management 1.0, 2).
RESPONSE_MEMBERS = (
    "code",
    "access_token",
    "token_type",
    "expires_in",
    "scope",
    "id_token",
    "state",
    "iss",
    "session_state",
)

#: Members of a refused authorization request (RFC 6749, 4.1.2.1; RFC 9207, 2), with what some
#: server products add.
REFUSED_MEMBERS = (
    "error",
    "error_description",
    "error_uri",
    "hint",
    "message",
    "state",
    "iss",
)

#: Values of ``code_challenge_method`` (RFC 7636, 4.3).
CODE_CHALLENGE_METHODS = ("S256", "plain")

#: Values of ``prompt`` (OpenID Connect Core 1.0, 3.1.2.1).
PROMPTS = ("none", "login", "consent", "select_account")

#: Values of ``display`` that the pages of our own know (OpenID Connect Core 1.0, 3.1.2.1): they fit
#: any screen, and are no ``wap``.
DISPLAYS = ("page", "popup", "touch")

#: The languages that these pages are written in.
UI_LOCALES = ("en",)

#: Parameters of an authentication request with code behind them that a provider may also pass over
#: (OpenID Connect Core 1.0, 3.1.2.1, 5.2 and 5.5).
AUTHENTICATION_PARAMETERS = ("claims", "claims_locales", "id_token_hint")

#: How claims are given (OpenID Connect Core 1.0, 5.6): neither aggregated nor distributed.
CLAIM_TYPES = ("normal",)

#: Values of ``subject_type`` (OpenID Connect Core 1.0, 8).
SUBJECT_TYPES = ("public", "pairwise")

#: Values of ``grant_type`` that a client may be registered for, served or not (RFC 7591, 2; RFC
#: 8628, 3.4).
REGISTERED_GRANT_TYPES = (
    "authorization_code",
    "client_credentials",
    "implicit",
    "password",
    "refresh_token",
    DEVICE_CODE,
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
)

#: Client authentication methods (OpenID Connect Core 1.0, 9), in the order of the registry.
CLIENT_AUTH_METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
)

#: Forms of an access token.
TOKEN_FORMATS = ("jwt", "opaque")

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

#: Those of signatures that others make: EdDSA with Ed25519 has a second name (RFC 9864, 2.2).
FOREIGN_ALGORITHMS = (*SIGNING_ALGORITHMS, "Ed25519")

#: Algorithms of a shared secret (RFC 7518, 3.2).
SECRET_ALGORITHMS = ("HS256", "HS384", "HS512")

#: Algorithms of a client's assertion, with its secret or with its key (OpenID Connect Core 1.0, 9).
ASSERTION_ALGORITHMS = (*SECRET_ALGORITHMS, *FOREIGN_ALGORITHMS)

#: How a request object may come: as itself, or as the address where it is (OpenID Connect Core 1.0,
#: 6.1 and 6.2).
REQUEST_OBJECTS = ("request", "request_uri")

#: Algorithms of a request object, which need not be signed (OpenID Connect Core 1.0, 6.1).
REQUEST_OBJECT_ALGORITHMS = ("none", *FOREIGN_ALGORITHMS)

#: How the body of a token request may be written.
FORM_TYPE = "application/x-www-form-urlencoded"
MULTIPART_TYPE = "multipart/form-data"
JSON_TYPE = "application/json"
#: A multipart body under the type of a form, with the boundary: what ``curl --form`` sends when the
#: type is set by hand.
MISLABELLED_TYPE = f"{FORM_TYPE}; boundary"
BODY_TYPES = (FORM_TYPE, MULTIPART_TYPE, JSON_TYPE, MISLABELLED_TYPE)

#: Members of a public key that is served (RFC 7517, 4; RFC 7518, 6; RFC 8037, 2).
JWK_MEMBERS = ("kty", "use", "kid", "alg", "n", "e", "crv", "x", "y")

#: Members of a signed token's header (RFC 7515, 4.1).
JOSE_MEMBERS = ("alg", "kid", "typ")

#: The shared phases of a token request; a profile says in which order its provider runs them.
TOKEN_PHASES = ("client", "grant_type")

#: What is checked once client and grant are known; a profile says in which order.
TOKEN_CHECKS = ("grant_allowed", "parameters", "scope")

#: Members of a token answer with code behind them (RFC 6749, 5.1; OpenID Connect Core 1.0,
#: 3.1.3.3), in the order of these sections.
TOKEN_MEMBERS = (
    "access_token",
    "token_type",
    "expires_in",
    "refresh_token",
    "scope",
    "id_token",
)

#: What introspection says of a good token besides ``active`` (RFC 7662, 2.2; RFC 8705, 3.2), in
#: the order of these sections.
INTROSPECTION_MEMBERS = (
    "scope",
    "client_id",
    "username",
    "token_type",
    "exp",
    "iat",
    "nbf",
    "sub",
    "aud",
    "iss",
    "jti",
    "cnf",
)

#: Values of ``token_type_hint`` with code behind them (RFC 7009, 2.1).
TOKEN_TYPES = ("refresh_token", "access_token")

#: Error codes of the token endpoint (RFC 6749, 5.2), and what limiters and faults answer.
TOKEN_ERRORS = (
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
)

#: How the clients of a session are told that it has ended (OpenID Connect Front-Channel Logout 1.0;
#: OpenID Connect Back-Channel Logout 1.0).
LOGOUT_CHANNELS = ("frontchannel", "backchannel")

#: Why a request is refused, finer than the code of RFC 6749: a profile may give each of these its
#: provider's own code, status and texts.
ERROR_CASES = (
    # an `invalid_request` that has no words of its own, anywhere
    "malformed_request",
    # the form of a token request
    "wrong_method",
    "wrong_body_type",
    "unreadable_body",
    "missing_grant_type",
    "unsupported_grant_type",
    "missing_parameter",
    # the client
    "missing_client",
    "missing_secret",
    "bad_client",
    "grant_not_allowed",
    # what the grants refuse
    "bad_scope",
    "wider_scope",
    "bad_user",
    "unknown_code",
    "expired_code",
    "foreign_code",
    "spent_code",
    "other_redirect_uri",
    "missing_code_verifier",
    "malformed_code_verifier",
    "bad_code_verifier",
    "unasked_code_verifier",
    "unknown_refresh_token",
    "expired_refresh_token",
    "foreign_refresh_token",
    "spent_refresh_token",
    "unknown_device_code",
    "expired_device_code",
    "foreign_device_code",
    "spent_device_code",
    "authorization_pending",
    "slow_down",
    "denied_device",
    # the revocation endpoint
    "foreign_token",
    "unsupported_token_type",
    # the registration endpoint
    "bad_client_metadata",
    "bad_client_redirect_uri",
    # the authorization endpoint, where no redirect can be trusted
    "missing_authorize_client",
    "authorize_client",
    "missing_redirect_uri",
    "no_redirect_uri",
    "bad_redirect_uri",
    "unregistered_redirect_uri",
    # and where one can
    "bad_pushed_request",
    "unpushed_request",
    "missing_response_type",
    "bad_response_type",
    "missing_openid",
    "missing_code_challenge",
    "bad_code_challenge",
    "bad_code_challenge_method",
    "login_needed",
    "consent_needed",
    "denied",
    "denied_openid",
)

#: The case whose words a provider uses where it has none of its own for a finer one.
WIDER_CASES = MappingProxyType(
    {
        "missing_secret": "bad_client",
        "wider_scope": "bad_scope",
        "missing_code_verifier": "bad_code_verifier",
        "malformed_code_verifier": "bad_code_verifier",
        "unasked_code_verifier": "bad_code_verifier",
        "no_redirect_uri": "missing_redirect_uri",
    }
)

#: What a profile may say of one of these cases.
CASE_KEYS = ("error", "description", "hint", "uri", "status", "body")

#: Why a call of the provider's API is refused.
API_CASES = (
    "missing",
    "malformed",
    "unreadable",
    "several",
    "invalid",
    "expired",
    "insufficient_scope",
)

#: Request parameters whose values never reach the journal.
SECRET_PARAMETERS = frozenset(
    {
        "access_token",
        "assertion",
        "client_assertion",
        "csrf",
        "client_secret",
        "code",
        "code_verifier",
        "device_code",
        "id_token",
        "id_token_hint",
        "password",
        "refresh_token",
        "registration_access_token",
        "request",
        "software_statement",
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
    "user_sub",
    "client_id",
    "scopes",
    "scope",
    "jti",
    "nonce",
    "auth_time",
    "at_hash",
    "c_hash",
    "sid",
    "acr",
    "amr",
    "azp",
    # members of the metadata
    "origin",
    "token_endpoint",
    "authorization_endpoint",
    "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests",
    "userinfo_endpoint",
    "introspection_endpoint",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "device_authorization_endpoint",
    "registration_endpoint",
    "end_session_endpoint",
    "check_session_iframe",
    "frontchannel_logout_supported",
    "frontchannel_logout_session_supported",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
    "jwks_uri",
    "scopes_supported",
    "claims_supported",
    "claim_types_supported",
    "password_grant",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "require_request_uri_registration",
    "request_object_signing_alg_values_supported",
    "dpop_signing_alg_values_supported",
    # and of those of the API
    "resource",
    "bearer_methods_supported",
    # and again of the provider
    "code_challenge_methods_supported",
    "authorization_response_iss_parameter_supported",
    "prompt_values_supported",
    "subject_types_supported",
    "acr_values_supported",
    "claims_parameter_supported",
    "claims_locales_supported",
    "display_values_supported",
    "ui_locales_supported",
    "userinfo_signing_alg_values_supported",
    "signing_alg",
    "id_token_alg",
    "id_token_algs",
    # a refusal, and one of the API
    "method",
    "parameter",
    "grant_type",
    "scope_asked",
    "message",
    # leaves the member out
    "absent",
)

#: Parameters of a request that a test may ask the journal for before any was sent (RFC 6749,
#: appendix A).
REQUEST_PARAMETERS = (
    "acr_values",
    "claims",
    "claims_locales",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "device_code",
    "display",
    "dpop_jkt",
    "grant_type",
    "id_token_hint",
    "login_hint",
    "logout_hint",
    "max_age",
    "nonce",
    "password",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "token",
    "token_type_hint",
    "ui_locales",
    "user_code",
    "username",
)
