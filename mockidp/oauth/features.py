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
    Feature(
        "client_secret_basic", "client authentication by HTTP Basic", "RFC 6749, 2.3.1; RFC 7617"
    ),
    Feature("client_secret_post", "client authentication in the body", "RFC 6749, 2.3.1"),
    Feature("none", "public clients", "OpenID Connect Core 1.0, 9"),
    Feature("token", "token endpoint", "RFC 6749, 3.2"),
    Feature("jwt", "access tokens as signed JWTs", "RFC 7519; RFC 9068"),
    Feature("jwks", "public keys as a JWK Set, with rotation", "RFC 7517"),
    Feature("discovery", "provider metadata", "OpenID Connect Discovery 1.0; RFC 8414"),
    Feature("api", "the provider's own API as a stub that checks bearer tokens", "RFC 6750"),
    Feature(
        "rate_limiter",
        "answers 429 with Retry-After after too many failures",
        "RFC 6585, 4; RFC 9110, 10.2.3",
    ),
)
