"""A server of tools that is made with the MCP Python SDK and names mockidp as its authorization
server, and what its clients get of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import jwt
import pytest

from mockidp import MockIdP

pytest.importorskip("mcp", reason="the MCP SDK is not installed")

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.transport_security import TransportSecuritySettings

from fixtures.mcp_application import PATIENCE, Application, Refused, Storage, registered_before

Factory = Callable[..., MockIdP]

pytestmark = pytest.mark.asyncio

TOOLS = "http://tools.example/mcp"


class Verifier:
    """What such a server does with a token: by the published keys, or by introspection."""

    def __init__(self, idp: MockIdP, *, by_introspection: bool) -> None:
        self._idp = idp
        self._by_introspection = by_introspection
        self._keys = jwt.PyJWKClient(idp.url("jwks"))

    async def verify_token(self, token: str) -> AccessToken | None:
        claims = await self._introspected(token) if self._by_introspection else self._read(token)
        if claims is None:
            return None
        return AccessToken(
            token=token,
            client_id=claims["client_id"],
            scopes=claims.get("scope", "").split(),
            expires_at=claims["exp"],
            resource=claims["aud"],
            subject=claims["sub"],
        )

    def _read(self, token: str) -> dict[str, Any] | None:
        try:
            key = self._keys.get_signing_key_from_jwt(token)
            claims: dict[str, Any] = jwt.decode(
                token, key, ["RS256"], audience=TOOLS, issuer=self._idp.issuer
            )
        except jwt.PyJWTError:
            return None
        return claims

    async def _introspected(self, token: str) -> dict[str, Any] | None:
        async with httpx2.AsyncClient(timeout=PATIENCE) as http:
            answer = await http.post(
                self._idp.url("introspection"), data={"token": token}, auth=self._idp.client.auth
            )
        claims: dict[str, Any] = answer.raise_for_status().json()
        return claims if claims["active"] else None


@asynccontextmanager
async def tool_server(idp: MockIdP, verifier: Verifier, *scopes: str) -> AsyncIterator[Any]:
    """A server with one tool, in process, at ``TOOLS``; gives how its clients reach it."""
    server = MCPServer(
        "tools",
        token_verifier=verifier,
        # As texts, which keep their form: AnyHttpUrl would end the issuer with a slash.
        auth=AuthSettings.model_validate(
            {
                "issuer_url": idp.issuer,
                "resource_server_url": TOOLS,
                "required_scopes": scopes,
                "validate_token_resource": True,
            }
        ),
    )

    @server.tool()
    def who_am_i() -> str:
        token = get_access_token()
        assert token is not None
        return f"{token.subject} by {token.client_id}"

    app = server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    async with server.session_manager.run():
        yield {"mounts": {"all://tools.example": httpx2.ASGITransport(app=app)}}


async def call_tool(app: Application, reach: Any) -> str:
    async with (
        httpx2.AsyncClient(auth=app.auth, timeout=PATIENCE, **reach) as http,
        Client(streamable_http_client(TOOLS, http_client=http)) as client,
    ):
        result = await client.call_tool("who_am_i", {})
    assert result.structured_content is not None
    return str(result.structured_content["result"])


@pytest.mark.parametrize("by_introspection", [False, True], ids=["keys", "introspection"])
async def test_a_tool_is_called_in_the_name_of_the_user(
    mockidp_factory: Factory, by_introspection: bool
) -> None:
    # The tool server asks about tokens that are another client's.
    idp = mockidp_factory("openid", introspection_tells="all" if by_introspection else "own")
    verifier = Verifier(idp, by_introspection=by_introspection)
    app = Application(idp, TOOLS)
    async with tool_server(idp, verifier, "read") as reach:
        told = await call_tool(app, reach)
    assert app.storage.client is not None
    assert told == f"{idp.user.sub} by {app.storage.client.client_id}"
    assert (app.storage.claims["aud"], app.storage.claims["scope"]) == (
        TOOLS,
        "read offline_access",
    )


@pytest.mark.parametrize("is_limited", [False, True], ids=["any scope", "registered scopes"])
async def test_the_user_is_asked_for_more_when_a_scope_is_missing(
    mockidp: MockIdP, is_limited: bool
) -> None:
    """A registration of the SDK's own names the scopes of its first request, and so its client may
    not ask for others later (RFC 7591, 2).
    """
    verifier = Verifier(mockidp, by_introspection=False)
    storage = Storage() if is_limited else registered_before(mockidp)
    async with tool_server(mockidp, verifier, "read") as reach:
        await call_tool(Application(mockidp, TOOLS, storage), reach)
    again = Application(mockidp, TOOLS, storage)
    async with tool_server(mockidp, verifier, "write") as reach:
        if is_limited:
            with pytest.RaisesGroup(
                pytest.RaisesExc(Refused, match="invalid_scope"), flatten_subgroups=True
            ):
                await call_tool(again, reach)
        else:
            await call_tool(again, reach)
            assert {"read", "write"} < {*storage.claims["scope"].split()}
    (visit,) = again.visits
    assert {*visit["scope"].split()} == {"read", "offline_access", "write"}
    if is_limited:
        (refused,) = mockidp.journal.find("authorize", error="invalid_scope")
        assert "write" in refused.hint


async def test_a_tool_server_refuses_a_token_for_another_resource(mockidp: MockIdP) -> None:
    verifier = Verifier(mockidp, by_introspection=False)
    async with (
        tool_server(mockidp, verifier, "read") as reach,
        httpx2.AsyncClient(timeout=PATIENCE, **reach) as http,
    ):
        token = mockidp.issue_token(user="alice", scope="read")
        answer = await http.post(TOOLS, headers={"Authorization": f"Bearer {token}"}, json={})
    assert answer.status_code == 401
    assert 'resource_metadata="http://tools.example/' in answer.headers["WWW-Authenticate"]
