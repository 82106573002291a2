"""Who may control a server over HTTP: whoever knows its token, on the same machine, and no page in
a browser (RFC 6750; no CORS, and a Host that no other site can take: DNS rebinding).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import field
from ipaddress import ip_address
from urllib.parse import parse_qsl

from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from mockidp.clock import Clock
from mockidp.control.journal import Journal
from mockidp.model.event import Exchange
from mockidp.oauth.json_text import to_json
from mockidp.records import dataclass
from mockidp.web.admin import ACTIONS, Action, Controlled
from mockidp.web.forwarded import was_forwarded
from mockidp.web.message import Answer, RawHeaders, host_of
from mockidp.web.noting import shown_path

OWN = "/_mockidp/"
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_LONGEST_QUERY = 1000
_HEADERS: RawHeaders = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """What is controlled, and with which token."""

    token: str = field(repr=False)
    providers: Mapping[str, Controlled]
    journal: Journal
    clock: Clock


class _Refused(Exception):
    def __init__(self, status: int, problem: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(problem)
        self.status = status
        self.headers = headers


class AdminRoute(BaseRoute):
    """The actions on each provider. An action is named ``/_mockidp/<profile>/<action>``."""

    def __init__(self, admin: Admin) -> None:
        self.admin = admin
        self._actions = {action.name: action for action in ACTIONS}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # Two segments: what has one is another of our own pages.
        is_ours = scope["type"] == "http" and scope["path"].startswith(OWN)
        return (Match.FULL, {}) if is_ours and scope["path"].count("/") == 3 else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        entry = Exchange(
            at=self.admin.clock.now(),
            method=scope["method"],
            path=shown_path(scope["path"].replace(self.admin.token, "***")),
        )
        try:
            answer = self._answer(scope)
        except _Refused as refused:
            entry.hint = str(refused)
            body = to_json({"error": str(refused)})
            answer = Answer(refused.status, [*_HEADERS, *refused.headers], body)
        entry.status = answer.status
        self.admin.journal.add(entry)
        await answer.send(send, is_head=entry.method == "HEAD")

    def _answer(self, scope: Scope) -> Answer:
        self._check_caller(scope)
        if scope["method"] != "POST":
            raise _Refused(405, f"ask with POST, not {scope['method']}", (b"allow", b"POST"))
        _, _, profile, name = scope["path"].split("/")
        provider = self.admin.providers.get(profile)
        if provider is None:
            raise _Refused(404, f"no such provider; there are {', '.join(self.admin.providers)}")
        action = self._actions.get(name)
        if action is None:
            raise _Refused(404, f"no such action; there are {', '.join(self._actions)}")
        return Answer(200, [*_HEADERS], to_json(action.run(provider, _given(action, scope))))

    def _check_caller(self, scope: Scope) -> None:
        headers: RawHeaders = scope["headers"]
        client = scope.get("client")
        if client is None or not _is_loopback(client[0]) or was_forwarded(headers):
            raise _Refused(
                403, "the server is controlled from its own machine only, without a proxy"
            )
        name = host_of(scope).lower().removesuffix(f":{(scope.get('server') or ('', ''))[1]}")
        if name not in _LOOPBACK_NAMES:
            raise _Refused(
                403, f"ask as one of {', '.join(_LOOPBACK_NAMES)}, with the server's port"
            )
        if any(key == b"origin" for key, _ in headers):
            raise _Refused(403, "no page may control the server: the request has an Origin header")
        sent = [value for key, value in headers if key == b"authorization"]
        wanted = f"Bearer {self.admin.token}".encode()
        if len(sent) != 1 or not hmac.compare_digest(_scheme_first(sent[0]), wanted):
            raise _Refused(
                401,
                "send Authorization: Bearer with the token that `mockidp serve --admin` printed, "
                "or that of MOCKIDP_ADMIN_TOKEN",
                (b"www-authenticate", b'Bearer realm="mockidp admin"'),
            )


def _scheme_first(header: bytes) -> bytes:
    """The header with its scheme as we write it: its case means nothing (RFC 9110, 11.1)."""
    scheme, space, rest = header.partition(b" ")
    return scheme.capitalize() + space + rest.strip()


def _given(action: Action, scope: Scope) -> Mapping[str, str]:
    query: bytes = scope["query_string"]
    pairs = parse_qsl(query[:_LONGEST_QUERY].decode("latin-1"), keep_blank_values=True)
    for name, value in pairs:
        known = action.parameters.get(name)
        if known is None:
            wanted = ", ".join(action.parameters) or "none"
            raise _Refused(400, f"an unknown parameter; {action.name} has: {wanted}")
        if value not in known:
            raise _Refused(400, f"{name} must be one of: {', '.join(known)}")
    return dict(pairs)


def _is_loopback(ip: str) -> bool:
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
