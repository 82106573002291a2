"""The provider's own API and the ways into it (RFC 6750, RFC 9728)."""

from __future__ import annotations

from collections.abc import Mapping

from mockidp.profiles import answer_rules, rules
from mockidp.profiles.schema.facts import Template, fact, header_table
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    prefixes: tuple[str, ...] = fact(
        (),
        "path prefixes of the provider's own API, which asks for a bearer token",
        rule=rules.path,
    )
    token_in: tuple[str, ...] = fact(
        ("header",),
        "where a bearer token may be: in the Authorization header, in a form body, in the query",
        choices=("header", "form", "query"),
    )
    challenges: Mapping[str, str] = fact(
        {},
        "WWW-Authenticate of a call that is refused as missing, malformed (400; or else as "
        "missing), several (400; or else as invalid), invalid, expired (with {expired_at}, the "
        "`exp` of the token) or insufficient_scope (with {scope_asked})",
        open=True,
        rule=rules.header_text,
        key_rule=rules.api_case,
    )
    date_format: str = fact(
        "%Y-%m-%dT%H:%M:%SZ",
        "how {expired_at} is written (strftime, UTC)",
        rule=rules.header_text,
        applies=lambda p: "{expired_at}" in p.api.challenges.get("expired", ""),
    )
    content_type: str = fact("application/json", "media type of a refusal", rule=rules.header_text)
    headers: Mapping[str, str] = header_table("headers of a refusal")
    body: Template = fact({}, "members of a refusal; {message} says why", open=True)
    bodies: Template = fact(
        {},
        "members of the refusal in one case, in the place of `body`; an empty table: no body",
        open=True,
        rule=rules.table,
        key_rule=rules.api_case,
    )
    answer_headers: Mapping[str, str] = header_table("headers of the answers in `resources`")
    login_redirect: str = fact(
        "",
        "where a call without a good token is redirected that does not accept JSON; empty: nowhere",
        rule=rules.path_or_nothing,
    )
    needs_content_type: bool = fact(
        False, "whether POST, PUT and PATCH without a Content-Type are answered 415"
    )
    scopes: Mapping[str, str] = fact(
        {},
        "the scope that a call such as `POST /v2/messages` needs; `:name` stands for one segment "
        "of a path",
        open=True,
        key_rule=rules.call,
    )
    resources: Template = fact(
        {},
        "what a call such as `GET /v2/user` or `GET /teams/:team`, and those in `also`, is "
        "answered: `body` with {user.<claim>} in it, null where the user has no such claim; the "
        "`scope` it needs; `hidden`: members that are null without a scope, and `public`: the "
        "claim that shows them all the same; `userless`: how a token without a user is refused, "
        "or else as invalid",
        open=True,
        rule=answer_rules.resource,
        key_rule=rules.call,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedResource:
    path: str = fact(
        "",
        "where the metadata of the API is (RFC 9728), followed by the API's own path; empty: "
        "nowhere",
        rule=rules.path_or_nothing,
    )
    document: Template = fact({}, "its members, in this order", open=True, sparse=True)
    audiences: tuple[str, ...] = fact(
        (),
        "what the `aud` of a token, where it has one, must name for the API: {issuer}, {resource} "
        "for the address of the API, or another text; none: the API does not look",
        rule=rules.audience,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    header: str = fact("X-API-Key", "the header that holds an API key", rule=rules.header_name)
    content_type: str = fact("application/json", "media type of a refusal", rule=rules.header_text)
    headers: Mapping[str, str] = header_table("headers of a refusal")
    status: int = fact(401, "status of a refusal", rule=rules.status)
    body: Template = fact({}, "members of a refusal", open=True)
