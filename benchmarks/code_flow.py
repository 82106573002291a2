"""The authorization code flow as a browser and a client do it: what it costs the server in all.

Each flow is four requests of a person (authorize, the login page, signing in with a click, and the
redirect back) and the client's token request, whose answer has an access token and an ID token.
"""

from __future__ import annotations

import http.client
import json
import re
import statistics
import subprocess
import sys
import time
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.measure import (
    ROUNDS,
    Figure,
    on_processor,
    pinned_to,
    processors,
    serving,
    signature_seconds,
)

FLOWS = 150
_SETTINGS = ("--set", "authorize_consent=skip")
_COMMAND = ("mockidp", "serve", "openid", "--port", "0", *_SETTINGS)
_REDIRECT_URI = "http://127.0.0.1/callback"
_FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


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
                ratios.append(cpu / signature_seconds(clock=time.process_time))
    ratio = statistics.median(ratios[1:])
    return [Figure("authorization code flow, server CPU / one signature", ratio, 6.0)]


def _flow(connection: http.client.HTTPConnection) -> None:
    asked = {
        "response_type": "code",
        "client_id": "mockidp-client",
        "redirect_uri": _REDIRECT_URI,
        "scope": "openid",
        "state": "s",
    }
    login, cookies = _redirect(connection, "GET", f"/openid/authorize?{urlencode(asked)}")
    jar = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    connection.request("GET", login, headers=jar)
    page = connection.getresponse().read().decode()
    fields = {name: _hidden(page, name) for name in ("interaction", "csrf")}
    form = urlencode({**fields, "user": "alice"})
    back, _ = _redirect(connection, "POST", urlsplit(login).path, form, {**jar, **_FORM_TYPE})
    code = parse_qs(urlsplit(back).query)["code"][0]
    redeem = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _REDIRECT_URI,
        "client_id": "mockidp-client",
        "client_secret": "mockidp-secret",
    }
    connection.request("POST", "/openid/token", urlencode(redeem), _FORM_TYPE)
    answer = json.loads(connection.getresponse().read())
    if "id_token" not in answer:
        raise RuntimeError(answer)


def _redirect(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[str, dict[str, str]]:
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    response.read()
    if response.status != 303:
        raise RuntimeError(f"{method} {path}: {response.status}")
    cookies: dict[str, str] = {}
    for header in response.headers.get_all("Set-Cookie") or ():
        cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    return response.headers["Location"], cookies


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    if found is None:
        raise RuntimeError(f"the page has no {name}")
    return found[1]


if __name__ == "__main__":
    opened = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
    for _ in range(FLOWS):
        _flow(opened)
