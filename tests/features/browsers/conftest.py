"""A provider with an application whose users sign in, and the address it sends them to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from mockidp import MockIdP

REDIRECT_URI = "http://127.0.0.1:9/cb"
APP = {
    "client_id": "app",
    "client_secret": "secret-of-the-app",
    "client_name": "My app",
    # A loopback address is good for any port (RFC 8252, 7.3).
    "redirect_uris": ["http://127.0.0.1/cb"],
}


@pytest.fixture
def mockidp_config() -> dict[str, Any]:
    return {"clients": [APP]}


@pytest.fixture
def address() -> Callable[..., str]:
    """``address(idp, prompt="login")``: the authorization URL, with further parameters; None
    leaves one out.
    """

    def make(idp: MockIdP, **further: object) -> str:
        asked: dict[str, object] = {
            "response_type": "code",
            "client_id": "app",
            "redirect_uri": REDIRECT_URI,
            "scope": "openid profile",
            "state": "st",
            "nonce": "n",
        }
        sent = {name: value for name, value in (asked | further).items() if value is not None}
        return f"{idp.url('authorize')}?{urlencode(sent)}"

    return make
