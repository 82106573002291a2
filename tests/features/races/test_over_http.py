"""The same over sockets: a hundred clients redeem one code, or one refresh token."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest

from fixtures.application import ALICE, APP, BOB
from mockidp import MockIdP

if TYPE_CHECKING:
    from tests.features.races.conftest import Race

PATIENCE = 60


SETTINGS: dict[str, Any] = {"clients": [APP], "users": [ALICE, BOB], "auto_login": "alice"}


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    with MockIdP("openid", config={}, **SETTINGS) as idp:
        yield idp
        assert idp.journal.failures == []


def send(
    idp: MockIdP, method: str, path: str, *, form: dict[str, str] | None = None, token: str = ""
) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(idp.base_url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=PATIENCE)
    try:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(form or {}) or None, headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def fetch(idp: MockIdP, grant_type: str, **given: str) -> tuple[int, Any]:
    credentials = {"client_id": "app", "client_secret": str(APP["client_secret"])}
    form = {**credentials, "grant_type": grant_type, **given}
    status, _, body = send(idp, "POST", "/token", form=form)
    return status, json.loads(body)


def code_of(idp: MockIdP) -> dict[str, str]:
    asked = {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": str(APP["redirect_uris"][0]),
        "scope": "openid offline_access",
    }
    status, headers, _ = send(idp, "GET", f"/authorize?{urlencode(asked)}")
    assert status == 303
    query = dict(pair.split("=") for pair in urlsplit(headers["location"]).query.split("&"))
    return {"code": query["code"], "redirect_uri": asked["redirect_uri"]}


@pytest.mark.parametrize("grant_type", ["authorization_code", "refresh_token"])
def test_one_wins_and_its_tokens_are_revoked(
    idp: MockIdP, race: Race[tuple[int, Any]], grant_type: str
) -> None:
    form = code_of(idp)
    before: list[str] = []
    if grant_type == "refresh_token":
        _, tokens = fetch(idp, "authorization_code", **form)
        before.append(tokens["access_token"])
        form = {"refresh_token": tokens["refresh_token"]}

    answers = race(lambda: fetch(idp, grant_type, **form))
    (won,) = [document for status, document in answers if status == 200]
    refused = Counter((status, d["error"]) for status, d in answers if status != 200)
    assert refused == {(400, "invalid_grant"): 99}
    for token in (won["access_token"], *before):
        assert send(idp, "GET", "/userinfo", token=token)[0] == 401
        assert send(idp, "GET", "/api/me", token=token)[0] == 401
    assert fetch(idp, "refresh_token", refresh_token=won["refresh_token"])[0] == 400
    # The journal says it of each; the one that noticed says what it did.
    entries = idp.journal.find("token", status=400, grant_type=grant_type)
    assert len(entries) == 99 + (grant_type == "refresh_token")
    assert all(entry.hint for entry in entries)
    assert sum("it may have been stolen" in entry.hint for entry in entries) >= 1


def test_another_grant_is_not_touched(idp: MockIdP, race: Race[tuple[int, Any]]) -> None:
    _, other = fetch(idp, "authorization_code", **code_of(idp))
    form = code_of(idp)
    race(lambda: fetch(idp, "authorization_code", **form))
    assert send(idp, "GET", "/userinfo", token=other["access_token"])[0] == 200
    assert fetch(idp, "refresh_token", refresh_token=other["refresh_token"])[0] == 200


def test_a_grace_period_serves_all_who_race(race: Race[tuple[int, Any]]) -> None:
    with MockIdP("openid", config={}, **SETTINGS, refresh_token_grace=60) as idp:
        idp.clock.freeze()
        _, tokens = fetch(idp, "authorization_code", **code_of(idp))
        form = {"refresh_token": tokens["refresh_token"]}

        given = [document for _, document in race(lambda: fetch(idp, "refresh_token", **form))]
        assert len({each.get("refresh_token", "none") for each in given} - {"none"}) == 100
        for each in (tokens, given[0], given[50], given[99]):
            assert send(idp, "GET", "/userinfo", token=each["access_token"])[0] == 200
            assert send(idp, "GET", "/api/me", token=each["access_token"])[0] == 200
        # Each of them is a refresh token like any other.
        statuses = [
            fetch(idp, "refresh_token", refresh_token=each["refresh_token"])[0] for each in given
        ]
        assert statuses == [200] * 100
        assert idp.journal.failures == []

        idp.clock.advance(60)
        answers = race(lambda: fetch(idp, "refresh_token", **form))
        assert Counter(status for status, _ in answers) == {400: 100}
        for each in (tokens, *given):
            assert send(idp, "GET", "/userinfo", token=each["access_token"])[0] == 401


def test_after_a_revocation_no_grace_serves_anybody(race: Race[tuple[int, Any]]) -> None:
    with MockIdP("openid", config={}, **SETTINGS, refresh_token_grace=60) as idp:
        _, tokens = fetch(idp, "authorization_code", **code_of(idp))
        form = {"refresh_token": tokens["refresh_token"]}
        turns = iter(range(100))

        def work() -> tuple[int, Any]:
            if next(turns) == 50:
                idp.revoke("alice")
                return 0, {}
            return fetch(idp, "refresh_token", **form)

        answers = race(work)
        # Whoever was served before has nothing any more, whoever comes later gets nothing.
        for status, document in answers:
            if status == 200:
                assert send(idp, "GET", "/userinfo", token=document["access_token"])[0] == 401
                again = {"refresh_token": document["refresh_token"]}
                assert fetch(idp, "refresh_token", **again)[0] == 400
        assert {status for status, _ in answers} <= {0, 200, 400}
        assert fetch(idp, "refresh_token", **form)[0] == 400
