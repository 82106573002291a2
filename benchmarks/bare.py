"""What a token costs without mockidp: an application that only reads a form and signs, on mockidp's
own host. ``python -m benchmarks.bare starlette`` or ``asgi`` serves it until it is ended, made with
Starlette, or without anything.
"""

from __future__ import annotations

import sys
import threading
import time
from urllib.parse import parse_qsl

import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.measure import CLIENT_ID, PATH
from mockidp.clock import Clock
from mockidp.hosting.host import Host
from mockidp.keys.pool import shared_pool
from mockidp.oauth.json_text import to_json
from mockidp.web.respond import http_date

_ISSUER = "http://127.0.0.1"
_SCOPES = ["api.billing", "api.identity", "api.products", "api.storage"]
_NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


def with_starlette(private_key: object) -> ASGIApp:
    """A token endpoint whose tokens and answers are as long as those of groupdocs-total."""

    async def token(request: Request) -> Response:
        answer = _answer(await request.body(), private_key)
        return Response(answer, media_type="application/json", headers=_NO_STORE)

    return Starlette(routes=[Route(PATH, token, methods=["POST"])])


def without_anything(private_key: object) -> ASGIApp:
    """The same at every path, in one function: nobody is below that on this server."""

    async def token(scope: Scope, receive: Receive, send: Send) -> None:
        answer = _answer((await receive())["body"], private_key)
        headers = [
            (b"content-length", str(len(answer)).encode()),
            (b"content-type", b"application/json"),
            *((name.encode(), value.encode()) for name, value in _NO_STORE.items()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return token


KINDS = {"starlette": with_starlette, "asgi": without_anything}


def _answer(body: bytes, private_key: object) -> bytes:
    form = dict(parse_qsl(body.decode()))
    claims = _claims(form["client_id"])
    members = {
        "access_token": jwt.encode(claims, private_key, algorithm="RS256"),  # type: ignore[arg-type]
        "expires_in": 86400,
        "token_type": "Bearer",
    }
    return to_json(members)


def _claims(client_id: str) -> dict[str, object]:
    now = int(time.time())
    return {
        "nbf": now,
        "exp": now + 86400,
        "iss": _ISSUER,
        "aud": [f"{_ISSUER}/resources", *_SCOPES],
        "client_id": client_id,
        "client_default_storage": CLIENT_ID,
        "client_identity_user_id": "792001",
        "scope": _SCOPES,
    }


def main() -> None:
    with shared_pool().lease("RS256") as lease:
        app = KINDS[sys.argv[1]](lease.key.private_key)
        lane = Host().open(app, on_refusal=print, http_date=http_date(Clock()))
        print(lane.origin, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
