"""A client as the Ruby gem `proz` is (diasks2/proz): literal addresses, credentials and an empty
scope in the form, and everything told apart by the word of the error.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from fixtures.proz_application import CALLBACK, ProzApplication
from mockidp import MockIdP


class OAuth:
    """``Proz::OAuth``."""

    def __init__(self, application: ProzApplication) -> None:
        self._known = {
            "redirect_uri": CALLBACK,
            "client_id": application.client_id,
            "client_secret": application.client_secret,
            "scope": "",
        }

    def _post(self, **form: str) -> Any:
        url = "https://www.proz.com/oauth/token"
        headers = {"User-Agent": "Ruby", "Accept": "*/*"}
        return requests.post(url, {**self._known, **form}, headers=headers, timeout=60).json()

    def exchange_code_for_token(self, code: str) -> Any:
        token = self._post(code=code, grant_type="authorization_code")
        if "error" in token:
            known = token["error"] == "invalid_grant"
            raise RuntimeError("the code is invalid" if known else "Invalid Request")
        return token

    def request_new_token_with_refresh_token(self, refresh_token: str) -> Any:
        return self._post(refresh_token=refresh_token, grant_type="refresh_token")


def profile(token: str) -> Any:
    """``Proz::Profile#profile``, which raises by the word of the error."""
    url = "https://api.proz.com/v2/freelancer/me"
    answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=60).json()
    if "error" in answer:
        raise PermissionError(answer["error"])
    return answer["data"]


def test_the_life_of_the_gem(proz: MockIdP, application: ProzApplication) -> None:
    oauth = OAuth(application)
    # Its link has no state.
    callback = proz.robot.login(application.link(scope="public"), user="alice")
    assert callback.code is not None
    assert callback.state is None
    token = oauth.exchange_code_for_token(callback.code)
    assert profile(token["access_token"])["uuid"] == proz.user.sub

    proz.clock.advance(days=14)
    with pytest.raises(PermissionError, match=r"^expired_token$"):
        profile(token["access_token"])
    token = oauth.request_new_token_with_refresh_token(token["refresh_token"])
    assert profile(token["access_token"])["site_name"] == "alicetranslates"

    with pytest.raises(RuntimeError, match="the code is invalid"):
        oauth.exchange_code_for_token(callback.code)
    with pytest.raises(PermissionError, match=r"^invalid_token$"):
        profile("q76470e1fb5e5c0347c3a7393f6312fd980096ae")


def test_an_error_of_another_kind_is_another(proz: MockIdP, application: ProzApplication) -> None:
    oauth = OAuth(application)
    proz.client.rotate_secret()
    with pytest.raises(RuntimeError, match="Invalid Request"):
        oauth.exchange_code_for_token("xf505e6ac620cb51bb8dc99d4bddbef2f3122e70")


def test_a_key_in_the_place_of_a_token(proz: MockIdP) -> None:
    """``Proz::Freelancer`` and ``Proz::FreelancerMatches``."""
    url = "https://api.proz.com/v2/freelancer/me"
    good = str(proz.client.record.attributes["api_key"])
    answer = requests.get(url, headers={"X-Proz-API-Key": good}, timeout=60)
    assert answer.json()["data"]["uuid"] == proz.user.sub
    refused = requests.get(url, headers={"X-Proz-API-Key": "yyyyyyyyy"}, timeout=60)
    assert refused.status_code == 401
    assert refused.json()["error_messages"] == ["Invalid API key."]
    assert "WWW-Authenticate" not in refused.headers
    assert good not in proz.journal.render()
