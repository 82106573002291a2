"""A small client of the real thing: no proxies, no exceptions for refusals."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from mockidp import MockIdP

#: Status and JSON body.
Answer = tuple[int, Any]


def _send(
    method: str, url: str, body: str | None = None, headers: dict[str, str] | None = None
) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request(method, parts.path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None
    finally:
        connection.close()


@pytest.fixture
def ask() -> Callable[..., Answer]:
    """``ask(idp, host=…, url=…, **form)``: a token request with the first client's credentials."""

    def token_request(idp: MockIdP, host: str = "", url: str = "", **form: str) -> Answer:
        known = {"client_id": idp.client.client_id, "client_secret": idp.client.client_secret}
        body = urlencode({"grant_type": "client_credentials", **known, **form})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if host:
            headers["Host"] = host
        return _send("POST", url or idp.url("token"), body, headers)

    return token_request


@pytest.fixture
def call_api() -> Callable[..., Answer]:
    """``call_api(idp, token)``: a call of the provider's API stub."""

    def call(idp: MockIdP, token: str, path: str = "") -> Answer:
        prefix = path or idp._lane.profile.api.prefixes[0]
        return _send("GET", idp.base_url + prefix, None, {"Authorization": f"Bearer {token}"})

    return call


@pytest.fixture
def get() -> Callable[[str], Answer]:
    return lambda url: _send("GET", url)
