"""The one place that writes answers: members, order, headers and status in the manner of the
profile.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from mockidp.clock import Clock
from mockidp.control.faults import Fault
from mockidp.oauth.errors import DESCRIPTIONS, OAuthError
from mockidp.profiles.schema import Profile
from mockidp.web.message import Answer, RawHeaders

# `json.dumps` would set up an encoder for each answer.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(separators=(",", ":")).encode


def to_json(value: Any) -> bytes:
    """Compact JSON in UTF-8, as the emulated servers write it."""
    text = _encode(value)
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair has no UTF-8 (RFC 8259, 8.2)
        return _encode_ascii(value).encode()


def token_answer(profile: Profile, members: Mapping[str, Any]) -> Answer:
    """A served token request (RFC 6749, 5.1): the profile's members in its order, none of them
    null.
    """
    policy = profile.token
    body = {name: members[name] for name in policy.members if members.get(name) is not None}
    if not policy.scope_member:
        body.pop("scope", None)
    return Answer(200, _wire_headers(profile), to_json(body))


def refusal(profile: Profile, error: OAuthError) -> Answer:
    """A refused token request (RFC 6749, 5.2) in the profile's manner."""
    policy = profile.errors
    status = error.status or (
        policy.invalid_client_status if error.code == "invalid_client" else policy.status
    )
    answer = error_answer(
        profile, status, error.code, error.description or DESCRIPTIONS.get(error.code, "")
    )
    if error.code == "invalid_client" and policy.challenge:
        answer.headers.append((b"www-authenticate", policy.challenge.encode("latin-1", "replace")))
    if status == 405:
        answer.headers.append((b"allow", b"POST"))  # RFC 9110, 15.5.6
    return answer


def error_answer(profile: Profile, status: int, code: str, description: str = "") -> Answer:
    """A body with an error code, in the profile's members and headers."""
    texts = {"error": code, "error_description": _describable(description)}
    body = {name: texts[name] for name in profile.errors.members if texts.get(name)}
    return Answer(status, _wire_headers(profile), to_json(body))


def not_found() -> Answer:
    """An unknown path: 404 and nothing else."""
    return Answer(404)


def fault_answer(profile: Profile, fault: Fault) -> Answer:
    """What a fault says, in the profile's manner where it says nothing of its own."""
    if fault.json is not None:
        answer = Answer(fault.status, [(b"content-type", b"application/json")], to_json(fault.json))
    elif fault.body is not None:
        answer = Answer(fault.status, [], fault.body)
    else:
        answer = error_answer(profile, fault.status, fault.error or _code_for(fault.status))
    if fault.retry_after is not None:
        answer.headers.append((b"retry-after", str(fault.retry_after).encode("latin-1")))
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


def _wire_headers(profile: Profile) -> RawHeaders:
    return list(_encoded_headers(profile))


@lru_cache(maxsize=64)
def _encoded_headers(profile: Profile) -> tuple[tuple[bytes, bytes], ...]:
    wire = profile.wire
    named = [("content-type", wire.content_type), *wire.headers.items()]
    return tuple((n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in named)


def _describable(text: str) -> str:
    # RFC 6749, 5.2: %x20-21 / %x23-5B / %x5D-7E, so neither quotes nor backslashes
    shown = text.replace('"', "'").replace("\\", "/")
    return "".join(char if " " <= char <= "~" else "?" for char in shown)


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
