"""How to test that an application signs its users in, without a browser: the robot does what they
would do at the provider, and the test hands its callback back to the application.
"""

from __future__ import annotations

from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from mockidp import MockIdP

CALLBACK = "http://app.test/callback"


def make_app(idp: MockIdP, response_mode: str) -> Starlette:
    """The application under test."""

    async def login(request: Request) -> Response:
        asked = {
            "response_type": "code",
            "response_mode": response_mode,
            "client_id": idp.client.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid email",
        }
        return RedirectResponse(f"{idp.url('authorize')}?{urlencode(asked)}")

    async def callback(request: Request) -> Response:
        sent = await request.form() if request.method == "POST" else request.query_params
        if "error" in sent:
            return PlainTextResponse(f"not signed in: {sent['error']}", 403)
        form = {
            "grant_type": "authorization_code",
            "code": str(sent["code"]),
            "redirect_uri": CALLBACK,
        }
        async with httpx.AsyncClient() as http:
            tokens = (await http.post(idp.url("token"), data=form, auth=idp.client.auth)).json()
            header = {"Authorization": f"Bearer {tokens['access_token']}"}
            user = (await http.get(idp.url("userinfo"), headers=header)).json()
        return PlainTextResponse(f"hello {user['email']}")

    return Starlette(
        routes=[
            Route("/login", login),
            Route("/callback", callback, methods=["GET", "POST"]),
        ]
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("response_mode", ["query", "form_post"])
@pytest.mark.parametrize(
    ("deny", "said"), [(False, "hello bob@example.com"), (True, "not signed in: access_denied")]
)
async def test_sign_in(mockidp: MockIdP, response_mode: str, deny: bool, said: str) -> None:
    mockidp.client.update(redirect_uris=[CALLBACK])
    transport = httpx.ASGITransport(make_app(mockidp, response_mode))
    async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as app:
        start = await app.get("/login")
        callback = await mockidp.robot.alogin(start.headers["location"], user="bob", deny=deny)
        # A redirect is a GET; with form_post the browser posts what is in `data`.
        answer = await app.request(callback.method, callback, data=callback.data)
    assert answer.text == said
