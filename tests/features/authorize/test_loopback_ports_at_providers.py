"""A native application listens at whatever port is free: at the real providers, too, the port of a
loopback redirect URI is not compared (RFC 8252, section 7.3), and everything else is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from mockidp import MockIdP

REGISTERED = ["http://127.0.0.1/cb", "http://[::1]:9000/cb", "http://localhost:8000/cb"]
APP = {"client_id": "app", "client_secret": "secret-of-the-app", "redirect_uris": REGISTERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    profile: str
    user: str
    #: The refusal of a redirect URI that is not registered.
    mismatch: tuple[int, str]


PROZ = Provider(profile="proz", user="alice", mismatch=(400, "redirect_uri_mismatch"))
EASYTRANSLATE = Provider(
    profile="easytranslate", user="alice@example.com", mismatch=(401, "invalid_client")
)


@pytest.fixture(params=[PROZ, EASYTRANSLATE], ids=lambda provider: provider.profile)
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.param
    return found


@pytest.fixture
def idp(provider: Provider) -> Iterator[MockIdP]:
    settings: dict[str, Any] = {"clients": [APP], "auto_login": provider.user}
    with MockIdP(provider.profile, config={}, **settings) as idp:
        yield idp


def link(idp: MockIdP, redirect_uri: str) -> str:
    asked = {"response_type": "code", "client_id": "app", "redirect_uri": redirect_uri}
    return f"{idp.url('authorize')}?{urlencode(asked)}"


def redeem(idp: MockIdP, code: str, redirect_uri: str) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    form |= {"client_id": "app", "client_secret": "secret-of-the-app"}
    return requests.post(idp.url("token"), form, timeout=60)


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://127.0.0.1/cb",
        "http://127.0.0.1:49152/cb",
        "http://127.0.0.1:1/cb",
        "http://[::1]:49152/cb",
        "http://[::1]/cb",
        "http://localhost:8000/cb",
    ],
)
def test_the_code_comes_to_the_port_that_was_asked_for(idp: MockIdP, redirect_uri: str) -> None:
    callback = idp.robot.login(link(idp, redirect_uri))
    assert callback.redirect_uri == redirect_uri
    assert callback.code is not None
    # RFC 6749, 4.1.3: the one of the request, with its port.
    assert redeem(idp, callback.code, "http://127.0.0.1:49153/cb").status_code == 400
    assert redeem(idp, callback.code, redirect_uri).status_code == 200


@pytest.mark.parametrize(
    ("redirect_uri", "hint"),
    [
        ("http://127.0.0.1:49152/cb/", "trailing slash"),
        ("http://127.0.0.1:49152/other", "path"),
        ("https://127.0.0.1:49152/cb", "is not registered"),
        ("http://localhost:49152/cb", "port"),
        ("http://127.0.0.2:49152/cb", "host"),
        ("http://127.0.0.1:99999/cb", "port"),
        ("http://127.0.0.1.evil.example/cb", "host"),
        ("http://user@127.0.0.1:49152/cb", "user"),
    ],
)
def test_all_but_the_port_is_compared(
    idp: MockIdP, provider: Provider, redirect_uri: str, hint: str
) -> None:
    answer = requests.get(link(idp, redirect_uri), allow_redirects=False, timeout=60)
    assert (answer.status_code, answer.json()["error"]) == provider.mismatch
    assert "location" not in answer.headers
    assert hint in idp.journal.last.hint
