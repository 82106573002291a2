"""EasyTranslate as a shop's plugin uses it, for years: the password once, then refresh tokens, and
the password again when a refresh is answered 401 (easytranslate-com/shopware-6-plugin).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt
import pytest
import requests

if TYPE_CHECKING:
    from mockidp import MockIdP

USER, PASSWORD = "alice@example.com", "alice"
REFUSED = {
    "error": "invalid_request",
    "error_description": "The refresh token is invalid.",
    "hint": "Token has been revoked",
    "message": "The refresh token is invalid.",
}


@dataclass
class Plugin:
    """What the plugin does, in a few lines; it reads the expiry from the token, as a JWT."""

    idp: MockIdP
    tokens: dict[str, Any] = field(default_factory=dict)

    def user(self) -> requests.Response:
        return self.call(self.access_token())

    def call(self, token: str) -> requests.Response:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
        return requests.get(f"{self.idp.base_url}/api/v1/user", headers=headers, timeout=60)

    def access_token(self) -> str:
        token: str = self.tokens.get("access_token", "")
        if not token or self.expiry(token) <= self.idp.clock.now():
            self.renew()
        return str(self.tokens["access_token"])

    def expiry(self, token: str) -> float:
        claims: dict[str, float] = jwt.decode(token, options={"verify_signature": False})
        return claims["exp"]

    def renew(self) -> None:
        answer = None
        if self.tokens:
            refresh_token = self.tokens["refresh_token"]
            answer = self.ask(grant_type="refresh_token", refresh_token=refresh_token)
        if answer is None or answer.status_code == 401:
            answer = self.ask(grant_type="password", username=USER, password=PASSWORD)
        answer.raise_for_status()
        self.tokens = answer.json()

    def ask(self, **form: str) -> requests.Response:
        client_id, client_secret = self.idp.client.auth
        sent = {
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": "dashboard",
            **form,
        }
        return requests.post(self.idp.url("token"), data=sent, timeout=60)


@pytest.fixture
def plugin(mockidp_easytranslate: MockIdP) -> Plugin:
    mockidp_easytranslate.clock.freeze()
    return Plugin(mockidp_easytranslate)


def grants(idp: MockIdP) -> list[str]:
    """The grants that were asked for, with the status of each."""
    return [
        f"{entry.params['grant_type']} {entry.status}"
        for entry in idp.journal.entries
        if entry.endpoint == "token"
    ]


@pytest.mark.mockidp(access_token_lifetime=3600)
def test_a_year_in_the_life_of_a_plugin(plugin: Plugin) -> None:
    idp = plugin.idp
    account = plugin.user().json()
    assert account["data"]["attributes"]["email"] == USER
    assert account["included"][0]["attributes"]["team_identifier"] == "alice-example"
    assert plugin.user().ok
    assert grants(idp) == ["password 200"]

    idp.clock.advance(hours=1)
    old = dict(plugin.tokens)
    assert plugin.call(old["access_token"]).status_code == 401
    assert plugin.user().ok
    assert grants(idp) == ["password 200", "refresh_token 200"]
    assert plugin.tokens.keys() == old.keys()
    assert plugin.tokens["refresh_token"] != old["refresh_token"]

    idp.clock.advance(days=366)  # the refresh token has expired, too
    assert plugin.user().ok
    assert grants(idp)[2:] == ["refresh_token 401", "password 200"]


def test_two_plugins_with_one_refresh_token(plugin: Plugin) -> None:
    """As after a shop was copied with its configuration: each refresh ends the other's tokens."""
    plugin.renew()
    copy = Plugin(plugin.idp, dict(plugin.tokens))
    first = plugin.access_token()
    plugin.renew()
    assert copy.call(first).json() == {
        "message": "Unauthenticated.",
        "errors": {"token": ["Unauthenticated."]},
        "data": {"message": "Unauthenticated."},
    }
    late = copy.ask(grant_type="refresh_token", refresh_token=copy.tokens["refresh_token"])
    assert (late.status_code, late.json()) == (401, REFUSED)
    assert plugin.user().ok  # a second use takes nothing from the one who was first
    copy.renew()
    assert copy.user().ok
    assert plugin.user().ok


def test_a_wrong_password_is_told_as_one_and_shown_nowhere(plugin: Plugin) -> None:
    refused = plugin.ask(grant_type="password", username=USER, password="not-the-one")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert plugin.idp.journal.last.hint == f"wrong password for user {USER!r}"
    assert "not-the-one" not in plugin.idp.journal.render()


@pytest.mark.mockidp(limiter_allowed=60)
def test_a_token_for_every_call_meets_the_throttle(plugin: Plugin) -> None:
    """The official client fetches one for each call; the sixty-first of a minute is too many."""
    for _ in range(60):
        assert plugin.ask(grant_type="password", username=USER, password=PASSWORD).ok
    refused = plugin.ask(grant_type="password", username=USER, password=PASSWORD)
    assert (refused.status_code, refused.json()) == (429, {"message": "Too Many Attempts."})
    assert refused.headers["Retry-After"] == "60"
    plugin.idp.clock.advance(seconds=60)
    served = plugin.ask(grant_type="password", username=USER, password=PASSWORD)
    assert served.headers["X-RateLimit-Remaining"] == "59"
