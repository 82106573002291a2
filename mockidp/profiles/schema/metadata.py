"""What a provider publishes of itself: metadata and keys (RFC 8414, RFC 7517)."""

from __future__ import annotations

from collections.abc import Mapping

from mockidp.oauth import names
from mockidp.profiles import rules
from mockidp.profiles.schema.facts import Template, fact, header_table
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    path: str = fact(
        "/.well-known/openid-configuration",
        "where the metadata is; empty: nowhere",
        rule=rules.path_or_nothing,
    )
    content_type: str = fact(
        "application/json",
        "its media type",
        rule=rules.header_text,
        applies=lambda p: p.discovery.path,
    )
    headers: Mapping[str, str] = header_table("further headers of it, such as Cache-Control")
    document: Template = fact({}, "its members, in this order", open=True, sparse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class OauthMetadata:
    path: str = fact(
        "",
        "where the same metadata is for clients that know OAuth alone (RFC 8414); empty: nowhere",
        rule=rules.path_or_nothing,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    methods: tuple[str, ...] = fact(
        ("GET",),
        "methods that metadata and keys may be asked for with",
        choices=names.DOCUMENT_METHODS,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwks:
    path: str = fact("/jwks", "where the public keys are", rule=rules.path)
    content_type: str = fact("application/json", "their media type", rule=rules.header_text)
    headers: Mapping[str, str] = header_table("further headers of them, such as Cache-Control")
    members: tuple[str, ...] = fact(
        names.JWK_MEMBERS,
        "members of a key, in this order; those that a key has not are left out",
        choices=names.JWK_MEMBERS,
        ordered=True,
    )
    kid: bool = fact(True, "whether keys and token headers carry a `kid`")
