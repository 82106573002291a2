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


FEATURES = (
    Feature("client_credentials", "client credentials grant", "RFC 6749, 4.4"),
    Feature("authorization_code", "authorization code grant", "RFC 6749, 4.1.3"),
    Feature("refresh_token", "refresh tokens, with rotation and reuse detection", "RFC 6749, 6"),
    Feature("password", "resource owner password credentials grant", "RFC 6749, 4.3"),
    Feature("code", "response type code", "RFC 6749, 4.1.1"),
    Feature("id_token", "response type id_token, alone and in hybrids", "OpenID Connect Core 1.0, 3"),
    Feature("implicit", "response type token", "RFC 6749, 4.2"),
    Feature("query", "response mode query", "RFC 6749, 4.1.2"),
    Feature("fragment", "response mode fragment", "RFC 6749, 4.2.2"),
    Feature("form_post", "response mode form_post", "OAuth 2.0 Form Post Response Mode, 2"),
    Feature("S256", "PKCE with S256", "RFC 7636, 4.2"),
    Feature("plain", "PKCE without a hash", "RFC 7636, 4.2"),
    Feature(
        "client_secret_basic", "client authentication by HTTP Basic", "RFC 6749, 2.3.1; RFC 7617"
    ),
    Feature("client_secret_post", "client authentication in the body", "RFC 6749, 2.3.1"),
    Feature("none", "public clients", "OpenID Connect Core 1.0, 9"),
    Feature("token", "token endpoint", "RFC 6749, 3.2"),
    Feature("authorize", "authorization endpoint", "RFC 6749, 3.1; OpenID Connect Core 1.0, 3.1.2"),
    Feature("login", "a page to sign in on", "OpenID Connect Core 1.0, 3.1.2.3"),
    Feature("consent", "a page to say yes or no on", "OpenID Connect Core 1.0, 3.1.2.4"),
    Feature("sign_out", "a page that ends the session", "OpenID Connect Core 1.0, 3.1.2.3"),
    Feature("callback", "a page that shows what a client would get", "RFC 6749, 3.1.2"),
    Feature("iss", "`iss` in authorization responses", "RFC 9207"),
    Feature("userinfo", "userinfo endpoint", "OpenID Connect Core 1.0, 5.3"),
    Feature("jwt", "access tokens as signed JWTs", "RFC 7519; RFC 9068"),
    Feature("opaque", "access tokens as random texts", "RFC 6749, 1.4"),
    Feature("jwks", "public keys as a JWK Set, with rotation", "RFC 7517"),
    Feature("discovery", "provider metadata", "OpenID Connect Discovery 1.0; RFC 8414"),
    Feature("api", "the provider's own API as a stub that checks bearer tokens", "RFC 6750"),
    Feature(
        "rate_limiter",
        "answers 429 with Retry-After after too many failures",
        "RFC 6585, 4; RFC 9110, 10.2.3",
    ),
)
