"""What a token costs without mockidp: a bare Starlette application that only reads a form and
signs, on mockidp's own host. ``python -m benchmarks.bare`` serves it until it is ended.
"""

from __future__ import annotations

import json
import threading
import time
from urllib.parse import parse_qsl

import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.measure import CLIENT_ID, PATH
from mockidp.clock import Clock
from mockidp.hosting.host import Host
from mockidp.keys.pool import shared_pool
from mockidp.web.respond import http_date

_ISSUER = "http://127.0.0.1"
_SCOPES = ["api.billing", "api.identity", "api.products", "api.storage"]
_NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


def bare_app(private_key: object) -> Starlette:
    """A token endpoint whose tokens and answers are as long as those of groupdocs-total."""

    async def token(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        claims = _claims(form["client_id"])
        answer = {
            "access_token": jwt.encode(claims, private_key, algorithm="RS256"),  # type: ignore[arg-type]
            "expires_in": 86400,
            "token_type": "Bearer",
        }
        return Response(json.dumps(answer), media_type="application/json", headers=_NO_STORE)

    return Starlette(routes=[Route(PATH, token, methods=["POST"])])


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
        app = bare_app(lease.key.private_key)
        lane = Host().open(app, on_refusal=print, http_date=http_date(Clock()))
        print(lane.origin, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
