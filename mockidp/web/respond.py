"""The one place that writes answers: members, order, headers and status in the manner of the
profile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from mockidp.clock import Clock
from mockidp.control.faults import Fault
from mockidp.flows.wording import Wording, wording
from mockidp.ids import look_problem
from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.json_text import to_json
from mockidp.profiles.schema import Profile
from mockidp.tokens.claims import fill
from mockidp.web.message import Answer, RawHeaders


def token_answer(lane: Issuer, members: Mapping[str, Any]) -> Answer:
    """A served token request (RFC 6749, 5.1): the profile's members in its order, none of them
    null.
    """
    policy = lane.profile.token
    body = {name: members[name] for name in policy.members if members.get(name) is not None}
    if not policy.scope_member:
        body.pop("scope", None)
    return json_answer(lane, body)


def json_answer(lane: Issuer, members: Mapping[str, Any]) -> Answer:
    """What an endpoint for clients says, in the headers of token answers."""
    return Answer(200, _wire_headers(lane), to_json(members, lane.profile.wire.json))


def refusal(profile: Profile, error: OAuthError, *, has_authorization: bool) -> Answer:
    """A refused request (RFC 6749, 5.2) in the profile's manner."""
    said = wording(profile, error)
    policy = profile.errors
    answer = Answer(said.status, _error_headers(profile), _error_body(profile, said))
    challenge = policy.challenge_header if has_authorization else policy.challenge_body
    if said.error == "invalid_client" and challenge:
        answer.headers.append((b"www-authenticate", challenge.encode("latin-1", "replace")))
    if said.status == 405:
        answer.headers.append((b"allow", b"POST"))  # RFC 9110, 15.5.6
    if error.headers:
        answer.headers += _encoded("", error.headers)
    return answer


def fresh(lane: Issuer, answer: Answer) -> Answer:
    """The refusal with the looks in its headers, such as a session cookie, made anew."""
    answer.headers = [(name, _made(lane, value)) for name, value in answer.headers]
    return answer


def error_answer(profile: Profile, status: int, code: str) -> Answer:
    """A body with an error code, in the profile's members and headers."""
    said = wording(profile, OAuthError(code, hint="", status=status))
    return Answer(status, _error_headers(profile), _error_body(profile, said))


def _error_body(profile: Profile, said: Wording) -> bytes:
    texts = {
        "error": said.error,
        "error_description": said.description,
        "error_uri": said.uri,
        "hint": said.hint,
        "message": said.description,
    }
    members = {name: texts[name] for name in profile.errors.members if texts[name]}
    if said.body is None:
        return to_json(members, profile.wire.json)
    return to_json(said.body, profile.errors.body_json)


def rejection(lane: Issuer, key: bytes, left: float) -> Answer:
    """What a rate limiter answers with ``left`` seconds to go (RFC 6585, 4)."""
    policy = lane.limits.policy
    assert policy is not None
    profile = lane.profile
    if policy.body:
        body = to_json(fill(policy.body, {}), profile.errors.body_json)
        answer = Answer(policy.status, _error_headers(profile), body)
    else:
        answer = error_answer(profile, policy.status, policy.error)
    fresh(lane, answer)
    retry_after = lane.limits.retry_after(left)
    if retry_after is not None:
        answer.headers.append((b"retry-after", retry_after.encode()))
    answer.headers += limiter_headers(lane, key)
    until = str(math.ceil(lane.clock.now() + left))
    answer.headers += [
        (name.lower().encode(), value.replace("{until}", until).encode("latin-1"))
        for name, value in policy.rejection_headers.items()
    ]
    return answer


def limiter_headers(lane: Issuer, key: bytes) -> RawHeaders:
    """What a rate limiter says of itself in every answer."""
    policy = lane.limits.policy
    if policy is None or not policy.headers:
        return []
    known = {"{allowed}": str(policy.allowed), "{remaining}": str(lane.limits.remaining(key))}
    headers: RawHeaders = []
    for name, value in policy.headers.items():
        for placeholder, number in known.items():
            value = value.replace(placeholder, number)
        headers.append((name.lower().encode(), value.encode("latin-1")))
    return headers


def not_found() -> Answer:
    """An unknown path: 404 and nothing else."""
    return Answer(404)


def fault_answer(profile: Profile, fault: Fault, usual: Answer | None = None) -> Answer:
    """What a fault says, in the profile's manner where it says nothing of its own: as ``usual``
    where that is not how the token endpoint refuses.
    """
    status = fault.status
    if status is None:
        status = wording(profile, OAuthError(fault.error or "", hint="")).status
    if fault.body is not None:
        answer = Answer(status, [], fault.body)
    elif usual is not None and fault.error is None:
        answer = usual
    else:
        answer = error_answer(profile, status, fault.error or _code_for(status))
    if fault.retry_after is not None:
        answer.headers.append((b"retry-after", fault.retry_after.encode("latin-1")))
    for name, value in fault.headers.items():
        lower = name.lower().encode("latin-1")
        answer.headers = [header for header in answer.headers if header[0] != lower]
        answer.headers.append((lower, value.encode("latin-1")))
    return answer


def http_date(clock: Clock) -> Callable[[], bytes]:
    """The Date header by a lane's clock (RFC 9110, 6.6.1), written anew once a second."""
    written = (-1, b"")

    def date() -> bytes:
        nonlocal written
        second = int(clock.now())
        if written[0] != second:
            try:
                written = (second, formatdate(second, usegmt=True).encode())
            except (OverflowError, OSError, ValueError):  # a clock moved out of the calendar
                written = (second, b"Thu, 01 Jan 1970 00:00:00 GMT")
        return written[1]

    return date


def _wire_headers(lane: Issuer) -> RawHeaders:
    headers = _success_headers(lane.profile)
    if _has_looks(lane.profile):
        return [(name, _made(lane, value)) for name, value in headers]
    return [*headers]


@lru_cache(maxsize=64)
def _has_looks(profile: Profile) -> bool:
    return any(b"{" in value for _, value in _success_headers(profile))


def _made(lane: Issuer, value: bytes) -> bytes:
    """A header with looks in it, such as a session cookie, each made anew."""
    if b"{" not in value:
        return value
    text = value.decode("latin-1")
    return value if look_problem(text) else lane.ids.make(text).encode("latin-1")


@lru_cache(maxsize=64)
def _success_headers(profile: Profile) -> tuple[tuple[bytes, bytes], ...]:
    return _encoded(profile.wire.content_type, profile.wire.headers)


def _error_headers(profile: Profile) -> RawHeaders:
    return list(_refusal_headers(profile))


@lru_cache(maxsize=64)
def _refusal_headers(profile: Profile) -> tuple[tuple[bytes, bytes], ...]:
    return _encoded(profile.errors.content_type, profile.errors.headers)


def _encoded(content_type: str, headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    named = [("content-type", content_type), *headers.items()]
    return tuple((n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in named if v)


def encoded_headers(content_type: str, headers: Mapping[str, str]) -> RawHeaders:
    """A media type and further headers as they are sent; an empty one is left out."""
    return list(_encoded(content_type, headers))


def _code_for(status: int) -> str:
    if status == 429:
        return "too_many_requests"
    return (
        "temporarily_unavailable"
        if status == 503
        else "server_error"
        if status >= 500
        else "invalid_request"
    )
