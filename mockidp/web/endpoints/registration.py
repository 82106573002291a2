"""The registration endpoint (OpenID Connect Dynamic Client Registration 1.0, section 3; RFC 7591,
section 3), and at the same path with ``client_id`` in the query the configuration endpoint of each
client (section 4; RFC 7592, section 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from mockidp.flows.registration.members import parse_metadata
from mockidp.flows.registration.register import (
    Registration as Registered,
)
from mockidp.flows.registration.register import (
    check_initial_token,
    delete,
    describe,
    find,
    register,
    replace_metadata,
)
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.json_text import write_json
from mockidp.oauth.names import JSON_TYPE
from mockidp.oauth.params import PLAUSIBLE_NAME, Params, format_urlencoded, parse_urlencoded
from mockidp.profiles.schema import Profile
from mockidp.records import dataclass
from mockidp.tokens.lookup import TokenRefused
from mockidp.web.bearer import NoToken, token_in_header, unauthorized
from mockidp.web.message import Answer, Request
from mockidp.web.noting import LONGEST_SHOWN, note
from mockidp.web.respond import json_answer

_MANAGEMENT = ("GET", "HEAD", "PUT", "DELETE")
_WITH_METADATA = ("POST", "PUT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it was read; what is wrong with its metadata only who may register is told."""

    request: Request
    client_id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problem: OAuthError | None = None


class Registration:
    name = "registration"

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> Asked:
        if request.method not in _methods(lane.profile):
            return Asked(request=request)
        client_id, metadata, problem = None, dict[str, Any](), None
        if request.method in _MANAGEMENT:
            query = parse_urlencoded(request.query)
            query.refuse_repeated()
            client_id = query.get("client_id")
        if request.method in _WITH_METADATA:
            try:
                metadata = _metadata(request)
            except OAuthError as error:
                problem = error
        note(lane, entry, _shown(metadata), client_id)
        return Asked(request=request, client_id=client_id, metadata=metadata, problem=problem)

    def limit_key(self, lane: Issuer, request: Request, parsed: Asked | None) -> None:
        return None

    def answer(self, lane: Issuer, parsed: Asked, entry: Exchange) -> Answer:
        allowed = _methods(lane.profile)
        if parsed.request.method not in allowed:
            entry.error, entry.cites = "invalid_request", "RFC 9110, 15.5.6"
            entry.hint = f"ask with {', '.join(allowed)}"
            return Answer(405, [(b"allow", ", ".join(allowed).encode())])
        try:
            if parsed.request.method == "POST":
                return _register(lane, parsed, entry)
            return _manage(lane, parsed, entry)
        except (NoToken, TokenRefused) as problem:
            return unauthorized(lane, problem, entry)


def _methods(profile: Profile) -> tuple[str, ...]:
    return ("POST", *_MANAGEMENT) if profile.registration.management else ("POST",)


def _register(lane: Issuer, asked: Asked, entry: Exchange) -> Answer:
    if lane.profile.registration.access != "open":
        check_initial_token(lane, token_in_header(lane, asked.request))
    registered = register(lane, _checked(asked))
    answer = _told(lane, asked, registered, entry)
    answer.status = 201  # RFC 7591, 3.2.1
    return answer


def _manage(lane: Issuer, asked: Asked, entry: Exchange) -> Answer:
    token = token_in_header(lane, asked.request)
    found = find(lane, asked.client_id, token)
    if asked.request.method == "DELETE":
        delete(lane, found)
        return Answer(204, [(b"cache-control", b"no-store")])
    if asked.request.method == "PUT":
        found = replace_metadata(lane, found, _checked(asked))
    return _told(lane, asked, found, entry)


def _checked(asked: Asked) -> Mapping[str, Any]:
    if asked.problem is not None:
        raise asked.problem
    return asked.metadata


def _told(lane: Issuer, asked: Asked, registered: Registered, entry: Exchange) -> Answer:
    client_id = registered.client.client_id
    entry.client_id = client_id
    if registered.ignored:
        named = [name for name in registered.ignored if PLAUSIBLE_NAME.fullmatch(name)]
        names = ", ".join(named)[:LONGEST_SHOWN] or "names that are none"
        entry.hint, entry.cites = f"these members are passed over: {names}", "RFC 7591, 2"
    path = asked.request.place.origin + lane.profile.registration.path
    uri = f"{path}?{format_urlencoded({'client_id': client_id})}"
    return json_answer(lane, describe(registered, uri))


def _metadata(request: Request) -> dict[str, Any]:
    if request.media_type != JSON_TYPE:
        sent = request.media_type[:LONGEST_SHOWN] or "missing"
        hint = f"Content-Type is {sent}; send {JSON_TYPE}"
        raise invalid_request(hint, cites="RFC 7591, 3.1", case="wrong_body_type")
    return parse_metadata(request.body)


def _shown(metadata: Mapping[str, Any]) -> Params:
    """The members as the journal keeps parameters."""
    return Params.of(
        {
            name: value if isinstance(value, str) else write_json(value)
            for name, value in metadata.items()
        }
    )
