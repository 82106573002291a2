"""The round trip with the Google OAuth 2.0 Playground, step by step as 004_b2b9f8c7614bddb6.txt
has it, under the real addresses and with certificates verified.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from mockidp import MockIdP
from mockidp.testing import Callback

PLAYGROUND = "https://developers.google.com/oauthplayground"
#: Step 5.
AUTHORIZATION_ENDPOINT = "https://www.proz.com/oauth/authorize"
TOKEN_ENDPOINT = "https://www.proz.com/oauth/token"
#: Step 8.
REQUEST_URI = "https://api.proz.com/v2/user"


def authorize_apis(idp: MockIdP, scope: str) -> Callback:
    """Steps 5 and 6: the playground knows id and secret and sends the user to the provider, with
    the parameters that it sends to any.
    """
    asked = {
        "redirect_uri": PLAYGROUND,
        "prompt": "consent",
        "response_type": "code",
        "client_id": idp.client.client_id,
        "scope": scope,
        "access_type": "offline",
    }
    return idp.robot.login(f"{AUTHORIZATION_ENDPOINT}?{urlencode(asked)}", user="alice")


def exchange_code(idp: MockIdP, callback: Callback) -> requests.Response:
    """Step 7."""
    form = {
        "code": callback.code,
        "redirect_uri": PLAYGROUND,
        "client_id": idp.client.client_id,
        "client_secret": idp.client.client_secret,
        "scope": "",
        "grant_type": "authorization_code",
    }
    return requests.post(TOKEN_ENDPOINT, form, timeout=60)


def send_the_request(token: str) -> requests.Response:
    """Step 8, with the "Authorization header w/ Bearer prefix" of step 5."""
    return requests.get(REQUEST_URI, headers={"Authorization": f"Bearer {token}"}, timeout=60)


@pytest.fixture
def registered(proz: MockIdP) -> MockIdP:
    """Step 1: the redirect_uri in the settings of the app."""
    proz.client.update(redirect_uris=[PLAYGROUND])
    return proz


def test_the_round_trip(registered: MockIdP) -> None:
    registered.clock.freeze()
    callback = authorize_apis(registered, "public")
    assert callback.redirect_uri == PLAYGROUND
    shown = [entry.endpoint for entry in registered.journal if entry.method == "GET"]
    assert shown == ["authorize", "login", "consent"]

    registered.clock.advance(29)
    exchanged = exchange_code(registered, callback)
    assert exchanged.status_code == 200
    tokens: dict[str, Any] = exchanged.json()
    assert [*tokens] == ["access_token", "expires_in", "token_type", "scope", "refresh_token"]
    assert (tokens["expires_in"], tokens["scope"]) == (14 * 24 * 3600, "public")

    answer = send_the_request(tokens["access_token"])
    assert answer.status_code == 200
    assert answer.json()["uuid"] == registered.user.sub
    assert answer.json()["site_name"] == "alicetranslates"
    assert answer.json()["email"] is None  # "public" does not show it


def test_who_waits_longer_has_to_begin_again(registered: MockIdP) -> None:
    """Step 7: "you'll need to do this within 30 seconds"."""
    callback = authorize_apis(registered, "public")
    registered.clock.advance(30)
    exchanged = exchange_code(registered, callback)
    assert exchanged.status_code == 400
    assert exchanged.json() == {
        "error": "invalid_grant",
        "error_description": "The authorization code has expired",
    }


def test_who_forgets_the_first_step_is_told_at_once(proz: MockIdP) -> None:
    asked = {
        "redirect_uri": PLAYGROUND,
        "response_type": "code",
        "client_id": proz.client.client_id,
        "scope": "public",
    }
    answer = requests.get(AUTHORIZATION_ENDPOINT, asked, timeout=60)
    assert (answer.status_code, answer.json()["error"]) == (400, "redirect_uri_mismatch")
    assert PLAYGROUND not in answer.headers.get("Location", "")
    assert "https://app.example/cb" in proz.journal.last.hint
