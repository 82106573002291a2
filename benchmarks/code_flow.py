"""The authorization code flow as a browser and a client do it: what it costs the server in all.

Each flow is three requests of a person (authorize, the login page, signing in with a click, which
redirects back) and the client's token request, whose answer has an access token and an ID token.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.connection import Connection, request_of
from benchmarks.measure import (
    ROUNDS,
    Figure,
    bare_signature,
    on_processor,
    pinned_to,
    processors,
    serving,
)

FLOWS = 150
_SETTINGS = ("--set", "authorize_consent=skip")
_COMMAND = ("mockidp", "serve", "openid", "--port", "0", *_SETTINGS)
_REDIRECT_URI = "http://127.0.0.1/callback"
_LOCATION = re.compile(rb"\r\nlocation: ([^\r]+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: ([^;\r]+)", re.IGNORECASE)
_NO_HEADERS: Mapping[str, str] = {}


def measure() -> list[Figure]:
    server_processor, load_processor = processors()
    ratios = []
    with serving(server_processor, _COMMAND) as server:
        for _ in range(ROUNDS + 1):
            before = server.cpu_seconds()
            subprocess.run(
                [sys.executable, "-m", "benchmarks.code_flow", str(server.port)],
                check=True,
                preexec_fn=pinned_to(load_processor),
            )
            cpu = (server.cpu_seconds() - before) / FLOWS
            with on_processor(server_processor):
                ratios.append(cpu / bare_signature().cpu)
    ratio = statistics.median(ratios[1:])
    return [Figure("authorization code flow, server CPU / one signature", ratio, 6.0)]


class _Browser:
    """A browser with its cookies, and the client that it comes back to."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = Connection(port)

    def flow(self) -> None:
        asked = {
            "response_type": "code",
            "client_id": "mockidp-client",
            "redirect_uri": _REDIRECT_URI,
            "scope": "openid",
            "state": "s",
        }
        head, _ = self._ask("GET", f"/openid/authorize?{urlencode(asked)}")
        login = _found(_LOCATION, head)
        cookies = {"Cookie": b"; ".join(_COOKIE.findall(head)).decode()}
        _, page = self._ask("GET", login, cookies)
        fields = {name: _found(_hidden(name), page) for name in ("interaction", "csrf")}
        form = {**fields, "user": "alice"}
        head, _ = self._ask("POST", urlsplit(login).path, cookies, form)
        code = parse_qs(urlsplit(_found(_LOCATION, head)).query)["code"][0]
        redeem = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": _REDIRECT_URI,
            "client_id": "mockidp-client",
            "client_secret": "mockidp-secret",
        }
        _, answer = self._ask("POST", "/openid/token", {}, redeem)
        if "id_token" not in json.loads(answer):
            raise RuntimeError(answer)

    def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] = _NO_HEADERS,
        form: Mapping[str, str] | None = None,
    ) -> tuple[bytes, bytes]:
        body = None if form is None else urlencode(form)
        self._connection.send(request_of(method, path, self._port, headers, body))
        return self._connection.receive()


def _found(pattern: re.Pattern[bytes], text: bytes) -> str:
    found = pattern.search(text)
    if found is None:
        raise RuntimeError(f"no {pattern.pattern!r} in {text!r}")
    return found[1].decode()


def _hidden(name: str) -> re.Pattern[bytes]:
    return re.compile(rb'name="%s" value="([^"]+)"' % name.encode())


if __name__ == "__main__":
    browser = _Browser(int(sys.argv[1]))
    for _ in range(FLOWS):
        browser.flow()
