"""Where a provider is, and how it writes its answers and refusals (RFC 9110)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mockidp.oauth import names
from mockidp.profiles import answer_rules, rules
from mockidp.profiles.schema.facts import Template, fact, header_table
from mockidp.records import dataclass

if TYPE_CHECKING:
    from mockidp.profiles.schema.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    serves: tuple[str, ...] = fact(
        (),
        "the real host names, each with the path prefix that belongs to this provider",
        rule=rules.host_and_prefix,
    )
    issuer: str = fact("", "the `iss` that the real provider writes into its tokens")
    system: str = fact("", "profiles of one system share clients and keys in one server")
    case_sensitive: bool = fact(True, "whether /Token is another path than /token")
    not_served: tuple[str, ...] = fact(
        (),
        "paths that the real provider has and this mock has not: they answer 404, with a hint",
        rule=rules.path,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    content_type: str = fact(
        "application/json", "media type of token answers", rule=rules.header_text
    )
    headers: Mapping[str, str] = header_table(
        "headers of token answers; looks such as {hex:26} are made anew for each"
    )
    json: str = fact(
        "compact",
        "how JSON is written: without white space, or as PHP does, with \\/ and \\u00e9",
        choices=("compact", "php"),
    )


def _has_whole_bodies(profile: Profile) -> bool:
    said = any("body" in case for case in profile.errors.cases.values())
    return said or (profile.limiter is not None and bool(profile.limiter.body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    members: tuple[str, ...] = fact(
        ("error", "error_description"),
        "members of a refusal, in this order; those without a text are left out",
        choices=("error", "error_description", "error_uri", "hint", "message"),
        ordered=True,
    )
    status: int = fact(400, "status of a refusal", rule=rules.status)
    invalid_client_status: int = fact(401, "status of `invalid_client`", rule=rules.status)
    challenge_header: str = fact(
        "",
        "WWW-Authenticate of an `invalid_client` when the request has an Authorization header; "
        "empty: none",
        rule=rules.header_text,
    )
    challenge_body: str = fact("", "the same when it has none; empty: none", rule=rules.header_text)
    content_type: str = fact("application/json", "media type of a refusal", rule=rules.header_text)
    headers: Mapping[str, str] = header_table("headers of a refusal")
    cases: Template = fact(
        {},
        "what a provider says in a certain case: `error`, `description`, `hint`, `uri`, `status`, "
        "or a whole `body`",
        open=True,
        rule=answer_rules.error_case,
        key_rule=rules.error_case_name,
        own_rule=answer_rules.error_texts,
    )
    body_json: str = fact(
        "compact",
        "how such a body, and that of a limiter, is written; see wire.json, or with indents of 4",
        choices=("compact", "php", "pretty"),
        applies=_has_whole_bodies,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    endpoints: tuple[str, ...] = fact(
        (),
        "endpoints that scripts of other origins may call (CORS); none of the pages is among them",
        choices=names.SCRIPT_ENDPOINTS,
    )
    origins: str = fact(
        "clients",
        "whose scripts: those of the origins that clients have redirect URIs at, or any; metadata "
        "and keys are for any",
        choices=("clients", "any"),
    )
    exposed: tuple[str, ...] = fact(
        (), "headers of the answers that such scripts may read", rule=rules.header_name
    )
    max_age: float = fact(600.0, "seconds for which a browser may remember what it may do")
