"""The gate every request to a lane passes: body limit, journal entry, faults, limits, and no
exception out.
"""

from __future__ import annotations

from typing import Literal

from starlette.types import Receive, Scope, Send

from mockidp.flows.wording import wording
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.errors import OAuthError
from mockidp.web.endpoints import places_of
from mockidp.web.endpoints.endpoint import Endpoint
from mockidp.web.message import Answer, Request, host_of, without_secrets
from mockidp.web.respond import (
    error_answer,
    fault_answer,
    fresh,
    limiter_headers,
    not_found,
    refusal,
    rejection,
)

MAX_BODY = 1024 * 1024
_LONGEST_PATH = 500


class _BodyTooLarge(Exception):
    """What of the body has not been read: ``nothing``, or the ``rest`` that is on its way, or
    ``all`` of it, which the client sends only when it is told to.
    """

    def __init__(self, unread: Literal["nothing", "rest", "all"]) -> None:
        super().__init__()
        self.unread = unread


class _HungUp(Exception):
    pass


async def pass_gate(
    lane: Issuer, endpoint: Endpoint | None, path: str, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer one request. ``endpoint`` is None for a path where the provider has nothing."""
    entry = Exchange(
        at=lane.clock.now(),
        method=scope["method"],
        path=path[:_LONGEST_PATH],
        endpoint=endpoint.name if endpoint else "",
    )
    answer: Answer | None = None
    rest: Receive | None = None
    try:
        body = await _read_body(scope, receive)
    except _HungUp:
        entry.hint = "the client hung up before its request was complete"
    except _BodyTooLarge as refused:
        answer = _too_large(lane, entry)
        if refused.unread == "all":
            answer.headers.append((b"connection", b"close"))  # RFC 9110, 10.1.1
        elif refused.unread == "rest":
            rest = receive
    else:
        client = scope.get("client")
        request = Request(
            method=scope["method"],
            path=path,
            query=scope["query_string"],
            headers=scope["headers"],
            body=body,
            place=lane.place(host_of(scope)),
            ip=client[0] if client else None,
        )
        answer = _answer(lane, endpoint, request, entry)
    entry.status = answer.status if answer else 0
    # Before the answer leaves: who has read it finds it in the journal.
    lane.journal.add(entry)
    if answer is not None:
        await answer.send(send, rest)


async def _read_body(scope: Scope, receive: Receive) -> bytes:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value[:20]) > MAX_BODY:
            waits = any(name == b"expect" for name, _ in scope["headers"])
            raise _BodyTooLarge("all" if waits else "rest")
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _HungUp
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            raise _BodyTooLarge("rest" if message.get("more_body", False) else "nothing")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _answer(lane: Issuer, endpoint: Endpoint | None, request: Request, entry: Exchange) -> Answer:
    if endpoint is None:
        return _nothing_here(lane, request, entry)
    try:
        fault = lane.faults.take(endpoint.name)
        if fault is not None:
            entry.by = str(fault)
            return fault_answer(lane.profile, fault)
        if lane.limits.policy is None:
            return _serve(lane, endpoint, request, entry)
        return _serve_limited(lane, endpoint, request, entry)
    except Exception as problem:  # noqa: BLE001 - a defect of ours: the test that caused it shall hear of it
        lane.journal.failures.append(problem)
        entry.hint = f"mockidp failed: {type(problem).__name__}: {problem}"
        return error_answer(lane.profile, 500, "server_error")


def _serve(lane: Issuer, endpoint: Endpoint, request: Request, entry: Exchange) -> Answer:
    try:
        return endpoint.answer(lane, endpoint.read(lane, request, entry), entry)
    except OAuthError as error:
        return _refuse(lane, request, error, entry)


def _serve_limited(lane: Issuer, endpoint: Endpoint, request: Request, entry: Exchange) -> Answer:
    parsed, refused = None, None
    try:
        parsed = endpoint.read(lane, request, entry)
    except OAuthError as error:
        refused = error
    # Finding the key costs as much as serving a document: it waits until somebody has failed.
    if lane.limits.has_callers:
        key = endpoint.limit_key(lane, request, parsed)
        left = lane.limits.rejection(key) if key is not None else None
        if key is not None and left is not None:
            return _reject(lane, key, left, entry)
    try:
        if refused is not None:
            raise refused
        answer = endpoint.answer(lane, parsed, entry)
    except OAuthError as error:
        answer = _refuse(lane, request, error, entry)
    policy = lane.limits.policy
    counts = lane.limits.counts(answer.status)
    if counts or (policy is not None and policy.headers):
        key = endpoint.limit_key(lane, request, parsed)
        if key is not None:
            if counts:
                lane.limits.count(key)
            answer.headers += limiter_headers(lane, key)
    return answer


def _refuse(lane: Issuer, request: Request, error: OAuthError, entry: Exchange) -> Answer:
    _note(lane, error, entry)
    has_authorization = request.header(b"authorization") is not None
    return fresh(lane, refusal(lane.profile, error, has_authorization=has_authorization))


def _note(lane: Issuer, error: OAuthError, entry: Exchange) -> None:
    entry.error, entry.cites = wording(lane.profile, error).error, error.cites
    entry.hint = without_secrets(error.hint, lane.clients.all())


def _reject(lane: Issuer, key: bytes, left: float, entry: Exchange) -> Answer:
    policy = lane.limits.policy
    assert policy is not None
    entry.error, entry.by = policy.error, "rate limiter"
    entry.hint = (
        f"{policy.allowed} counted answers within {policy.window:g} s: "
        f"rejected for {left:.0f} more seconds; advance the lane's clock, "
        f"or use another {' and '.join(policy.key)}"
    )
    return rejection(lane, key, left)


def _too_large(lane: Issuer, entry: Exchange) -> Answer:
    hint = f"the body is larger than {MAX_BODY} bytes"
    error = OAuthError("invalid_request", hint=hint, cites="RFC 9110, 15.5.14", status=413)
    _note(lane, error, entry)
    return fresh(lane, refusal(lane.profile, error, has_authorization=False))


def _nothing_here(lane: Issuer, request: Request, entry: Exchange) -> Answer:
    profile = lane.profile
    fold = (lambda path: path) if profile.routing.case_sensitive else str.lower
    if fold(request.path) in map(fold, profile.routing.not_served):
        entry.hint = (
            f"{profile.title} has {request.path}, but mockidp does not serve it for this profile"
        )
    else:
        entry.hint = f"nothing is at this path; there are {', '.join(places_of(profile))}"
    return not_found()
