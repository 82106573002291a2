"""A hundred who spend one code, or one refresh token, of a real provider: one wins, and the others
hear what that provider says; what becomes of the winner's tokens is the profile's (RFC 9700,
4.14.2). Over sockets, and from threads that really race.
"""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest

from mockidp import MockIdP
from mockidp.flows.grant import TokenRequest
from mockidp.flows.token import answer_token_request
from mockidp.flows.wording import wording
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.params import Params

if TYPE_CHECKING:
    from tests.features.races.conftest import Race

PATIENCE = 60
CALLBACK = "https://app.example/cb"
APP = {"client_id": "app", "client_secret": "secret-of-the-app", "redirect_uris": [CALLBACK]}

#: Status, error, and what else tells the refusal from others.
Refusal = tuple[int, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    profile: str
    user: str
    api: str
    spent_code: Refusal
    spent_refresh_token: Refusal
    #: Whether a refresh ends the access token that was given before.
    ends_access_token: bool

    def refusal(self, grant_type: str) -> Refusal:
        is_code = grant_type == "authorization_code"
        return self.spent_code if is_code else self.spent_refresh_token


PROZ = Provider(
    profile="proz",
    user="alice",
    api="/v2/user",
    spent_code=(
        400,
        "invalid_grant",
        "Authorization code doesn't exist or is invalid for the client",
    ),
    spent_refresh_token=(400, "invalid_grant", "Invalid refresh token"),
    ends_access_token=False,
)
EASYTRANSLATE = Provider(
    profile="easytranslate",
    user="alice@example.com",
    api="/api/v1/user",
    spent_code=(400, "invalid_request", "Authorization code has been revoked"),
    spent_refresh_token=(401, "invalid_request", "Token has been revoked"),
    ends_access_token=True,
)

GRANT_TYPES = ("authorization_code", "refresh_token")
REVOKING = {"authorize_code_reuse": "revoke", "refresh_token_reuse": "revoke"}


@pytest.fixture(params=[PROZ, EASYTRANSLATE], ids=lambda provider: provider.profile)
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.param
    return found


@pytest.fixture(params=[{}, REVOKING], ids=["as documented", "revoking"])
def idp(provider: Provider, request: pytest.FixtureRequest) -> Iterator[MockIdP]:
    settings: dict[str, Any] = {"clients": [APP], "auto_login": provider.user, **request.param}
    with MockIdP(provider.profile, config={}, **settings) as idp:
        yield idp
        assert idp.journal.failures == []


def send(
    idp: MockIdP, method: str, path: str, *, form: Mapping[str, str] | None = None, token: str = ""
) -> tuple[int, bytes]:
    parts = urlsplit(idp.base_url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=PATIENCE)
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, path, urlencode(form or {}) or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def fetch(idp: MockIdP, form: Mapping[str, str]) -> tuple[int, Any]:
    status, body = send(idp, "POST", "/oauth/token", form={**credentials(), **form})
    return status, json.loads(body)


def credentials() -> dict[str, str]:
    return {"client_id": str(APP["client_id"]), "client_secret": str(APP["client_secret"])}


def code_of(idp: MockIdP) -> dict[str, str]:
    asked = {"response_type": "code", "client_id": "app", "redirect_uri": CALLBACK}
    callback = idp.robot.login(f"{idp.url('authorize')}?{urlencode(asked)}")
    assert callback.code is not None
    return {"grant_type": "authorization_code", "code": callback.code, "redirect_uri": CALLBACK}


def prize(idp: MockIdP, grant_type: str) -> tuple[dict[str, str], str]:
    """The form that only one may send, and the access token that was given before, if any."""
    form = code_of(idp)
    if grant_type == "authorization_code":
        return form, ""
    status, tokens = fetch(idp, form)
    assert status == 200
    return {"grant_type": grant_type, "refresh_token": tokens["refresh_token"]}, tokens[
        "access_token"
    ]


def is_good(idp: MockIdP, provider: Provider, token: str) -> bool:
    return send(idp, "GET", provider.api, token=token)[0] == 200


def check_the_tokens(idp: MockIdP, provider: Provider, won: Mapping[str, Any], before: str) -> None:
    revokes = idp._lane.profile.authorize.code_reuse == "revoke"
    assert is_good(idp, provider, won["access_token"]) is not revokes
    if before:
        is_over = revokes or provider.ends_access_token
        assert is_good(idp, provider, before) is not is_over
    again = {"grant_type": "refresh_token", "refresh_token": won["refresh_token"]}
    assert (fetch(idp, again)[0] == 200) is not revokes


@pytest.mark.parametrize("grant_type", GRANT_TYPES)
def test_one_connection_of_a_hundred_wins(
    idp: MockIdP, provider: Provider, race: Race[tuple[int, Any]], grant_type: str
) -> None:
    form, before = prize(idp, grant_type)
    answers = race(lambda: fetch(idp, form))
    (won,) = [document for status, document in answers if status == 200]
    lost = [(status, document) for status, document in answers if status != 200]
    said = Counter(
        (status, document["error"], document.get("hint", document["error_description"]))
        for status, document in lost
    )
    assert said == {provider.refusal(grant_type): 99}
    check_the_tokens(idp, provider, won, before)


@pytest.mark.parametrize("grant_type", GRANT_TYPES)
def test_one_thread_of_a_hundred_wins(
    idp: MockIdP, provider: Provider, race: Race[Any], grant_type: str
) -> None:
    lane = idp._lane
    form, before = prize(idp, grant_type)
    asked = TokenRequest(params=Params.of({**credentials(), **form}), issuer=idp.issuer)

    def ask() -> Mapping[str, Any] | OAuthError:
        try:
            return answer_token_request(lane, asked)
        except OAuthError as error:
            return error

    answers = race(ask)
    (won,) = [answer for answer in answers if not isinstance(answer, OAuthError)]
    lost = [wording(lane.profile, answer) for answer in answers if isinstance(answer, OAuthError)]
    said = Counter((words.status, words.error, words.hint or words.description) for words in lost)
    assert said == {provider.refusal(grant_type): 99}
    check_the_tokens(idp, provider, won, before)
