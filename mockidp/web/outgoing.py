"""What the gate sends for a flow: it fetches documents and posts forms, in threads, so that a
neighbouring lane on the same event loop can be the one who answers.
"""

from __future__ import annotations

from functools import partial

import anyio
import anyio.to_thread

from mockidp.control.outgoing import NeedsDocument, Post, not_allowed, shown
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.names import FORM_TYPE
from mockidp.oauth.params import format_urlencoded
from mockidp.web.http_client import NoAnswer, Reply, ask

#: Real seconds that a thread has beyond its own timeout, which a slow name server may overrun.
_GRACE = 1.0


async def fetch(lane: Issuer, needed: NeedsDocument, entry: Exchange) -> None:
    """Bring a document to the lane, or the reason why it cannot be had."""
    try:
        reply = await _ask(lane, "GET", needed.key.url)
    except NoAnswer as problem:
        lane.documents.fail(needed, f"{shown(needed.key.url)} cannot be used: {problem}")
        _note(entry, "GET", needed.key.url, str(problem))
        return
    said = f"{reply.status}, {len(reply.body)} bytes"
    _note(entry, "GET", needed.key.url, said)
    if reply.status == 200:
        lane.documents.keep(needed, reply.body)
    else:
        hint = f"{shown(needed.key.url)} cannot be used: it answers with status {reply.status}"
        lane.documents.fail(needed, hint)


async def post_all(lane: Issuer, posts: tuple[Post, ...], entry: Exchange) -> None:
    """Send the forms, all at once; what comes of each is in the journal."""
    if not lane.settings.outgoing.allowed:
        for post in posts:
            _note(entry, "POST", post.url, not_allowed(post.url))
        return
    async with anyio.create_task_group() as group:
        for post in posts:
            group.start_soon(_post, lane, post, entry)


async def _post(lane: Issuer, post: Post, entry: Exchange) -> None:
    body = format_urlencoded(dict(post.form)).encode()
    try:
        reply = await _ask(lane, "POST", post.url, body=body, content_type=FORM_TYPE)
    except NoAnswer as problem:
        _note(entry, "POST", post.url, str(problem))
    else:
        _note(entry, "POST", post.url, str(reply.status))


async def _ask(
    lane: Issuer, method: str, url: str, *, body: bytes = b"", content_type: str = ""
) -> Reply:
    policy = lane.settings.outgoing
    job = partial(ask, policy, method, url, body=body, content_type=content_type)
    try:
        with anyio.fail_after(policy.timeout + _GRACE):
            return await anyio.to_thread.run_sync(job, abandon_on_cancel=True)
    except TimeoutError:
        hint = f"no whole answer within {policy.timeout:g} s (outgoing.timeout)"
        raise NoAnswer(hint) from None


def _note(entry: Exchange, method: str, url: str, said: str) -> None:
    entry.outgoing = (*entry.outgoing, f"{method} {shown(url)}: {said}")
