"""The gate every request to a lane passes: body limit, journal entry, faults, limits, and no
exception out.
"""

from __future__ import annotations

from typing import Any, Literal

from starlette.types import Receive, Scope, Send

from mockidp.control.faults import Fault
from mockidp.control.outgoing import NeedsDocument
from mockidp.flows.wording import wording
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.errors import OAuthError
from mockidp.profiles.paths import paths_of
from mockidp.profiles.schema import Profile
from mockidp.web.bearer import invalid_token
from mockidp.web.cors import allow, has_scripts, preflight
from mockidp.web.endpoints.endpoint import Endpoint
from mockidp.web.forwarded import asked
from mockidp.web.message import Answer, Request, without_secrets
from mockidp.web.noting import shown_path
from mockidp.web.resource import metadata_url
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
#: Endpoints that are called with an access token (RFC 6750).
_TAKING_TOKENS = ("api", "userinfo")
#: So many documents of others one request may need.
_MOST_DOCUMENTS = 4


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
        # The path of an endpoint is the provider's own; any other may hold anything.
        path=path if endpoint and endpoint.name != "api" else shown_path(path, lane),
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
        where = asked(lane, scope)
        request = Request(
            method=scope["method"],
            path=path,
            query=scope["query_string"],
            headers=scope["headers"],
            body=body,
            place=where.place,
            ip=where.ip,
        )
        try:
            answer = _answer(lane, endpoint, request, entry)
        except NeedsDocument as needed:
            answer = await _answer_with_documents(lane, endpoint, request, entry, needed)
        if answer.posts:
            from mockidp.web.outgoing import post_all

            await post_all(lane, answer.posts, entry)
    if answer is not None and entry.endpoint and has_scripts(lane.profile, entry.endpoint):
        allow(lane, entry.endpoint, scope["headers"], answer, entry)
    entry.status = answer.status if answer else 0
    if entry.hint:  # it may repeat what was sent, such as the kid of a token
        entry.hint = without_secrets(entry.hint.replace(path, entry.path), lane.clients.all())
    # Before the answer leaves: who has read it finds it in the journal.
    lane.journal.add(entry)
    if answer is not None:
        await answer.send(send, rest, is_head=entry.method == "HEAD")


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


async def _answer_with_documents(
    lane: Issuer,
    endpoint: Endpoint | None,
    request: Request,
    entry: Exchange,
    needed: NeedsDocument,
) -> Answer:
    """Fetch what is missing and ask again, each time from where the request has been read."""
    from mockidp.web.outgoing import fetch  # few lanes ask anybody anything

    fetched: list[NeedsDocument] = []
    try:
        for _ in range(_MOST_DOCUMENTS):
            fetched.append(needed)
            await fetch(lane, needed, entry)
            try:
                with lane.documents.in_hand(fetched):
                    return _answer(lane, endpoint, request, entry, needed)
            except NeedsDocument as another:
                needed = another
    finally:
        for document in fetched:
            if document.key.once:
                lane.documents.forget(document)
    lane.journal.failures.append(needed)
    entry.hint = f"mockidp failed: the request needs more than {_MOST_DOCUMENTS} documents"
    return fresh(lane, error_answer(lane.profile, 500, "server_error"))


def _answer(
    lane: Issuer,
    endpoint: Endpoint | None,
    request: Request,
    entry: Exchange,
    again: NeedsDocument | None = None,
) -> Answer:
    if endpoint is None:
        return _nothing_here(lane, request, entry)
    try:
        if request.method == "OPTIONS" and has_scripts(lane.profile, endpoint.name):
            ready = preflight(lane, endpoint.name, request)
            if ready is not None:
                return ready
        fault = lane.faults.take(endpoint.name) if again is None else None
        if fault is not None:
            entry.by = str(fault)
            return fresh(lane, _faulty(lane, request, fault))
        parsed = again.parsed if again is not None else None
        if lane.limits.policy is None:
            return _serve(lane, endpoint, request, entry, parsed)
        return _serve_limited(lane, endpoint, request, entry, parsed)
    except NeedsDocument:
        raise
    except Exception as problem:  # noqa: BLE001 - a defect of ours: the test that caused it shall hear of it
        lane.journal.failures.append(problem)
        entry.hint = f"mockidp failed: {type(problem).__name__}: {problem}"
        return fresh(lane, error_answer(lane.profile, 500, "server_error"))


def _faulty(lane: Issuer, request: Request, fault: Fault) -> Answer:
    """What a fault says; where tokens are taken, 401 is what a bad one gets."""
    usual = None
    if fault.status == 401 and fault.endpoint in _TAKING_TOKENS:
        is_api = fault.endpoint == "api"
        about = metadata_url(lane.profile, request.place, request.path) if is_api else ""
        usual = invalid_token(lane, about=about)
    return fault_answer(lane.profile, fault, usual)


def _serve(
    lane: Issuer, endpoint: Endpoint, request: Request, entry: Exchange, parsed: Any = None
) -> Answer:
    try:
        if parsed is None:
            parsed = endpoint.read(lane, request, entry)
        return endpoint.answer(lane, parsed, entry)
    except OAuthError as error:
        return _refuse(lane, request, error, entry)
    except NeedsDocument as needed:
        needed.parsed = parsed
        raise


def _serve_limited(
    lane: Issuer, endpoint: Endpoint, request: Request, entry: Exchange, parsed: Any = None
) -> Answer:
    refused = None
    try:
        if parsed is None:
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
    except NeedsDocument as needed:
        needed.parsed = parsed
        raise
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
        below = f" below {base}" if (base := lane.settings.base_path) else ""
        entry.hint = f"nothing is at this path; there are{below} {', '.join(_places(profile))}"
        host = (request.header(b"host") or "").lower().removesuffix(":443")
        served = [s for s in profile.routing.serves if s.lower().startswith(f"{host}/")]
        if served and len(profile.routing.serves) > 1:
            entry.hint += f"; of these the real provider has at {host} what is below {served[0]}"
            inner = [s for s in profile.routing.serves if s.partition("/")[2]]
            if inner and served[0] not in inner:
                entry.hint += f", and at another host what is below {', '.join(inner)}"
    return not_found()


def _places(profile: Profile) -> list[str]:
    return [
        *(paths[0] for paths in paths_of(profile).values()),
        *(f"{prefix}/…" for prefix in profile.api.prefixes),
    ]
