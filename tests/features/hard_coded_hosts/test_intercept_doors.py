"""Who intercepts: a provider, one of a server, a whole server; and who cannot."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import freezegun
import pytest
import requests
import time_machine

from mockidp import ConfigError, MockIdP, MockServer

if TYPE_CHECKING:
    from collections.abc import Callable

API = "https://api.groupdocs.cloud"
ID = "https://id.groupdocs.cloud"
DISCOVERY = "/.well-known/openid-configuration"


def fetch(idp: MockIdP, base: str) -> dict[str, Any]:
    form = {
        "grant_type": "client_credentials",
        "client_id": idp.client.client_id,
        "client_secret": idp.client.client_secret,
    }
    answer: dict[str, Any] = requests.post(f"{base}/connect/token", data=form).json()
    return answer


def test_a_token_is_the_real_issuers_and_good_at_the_real_api(
    idp: MockIdP, claims_of: Callable[[str], dict[str, Any]]
) -> None:
    with idp.intercept() as same:
        assert same is idp
        token = fetch(idp, API)["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        assert requests.get(f"{API}/v2.0/viewer/formats", headers=headers).status_code == 200
    assert claims_of(token)["iss"] == API


@pytest.fixture
def claims_of() -> Callable[[str], dict[str, Any]]:
    import jwt

    return lambda token: jwt.decode(token, options={"verify_signature": False})


def test_a_whole_server() -> None:
    with MockServer(["groupdocs-total", "groupdocs-translation"]) as server:
        with server.intercept() as same:
            assert same is server
            assert requests.get(API + DISCOVERY).json()["issuer"] == API
            assert requests.get(ID + DISCOVERY).json()["issuer"] == ID
            # 001: a path of Translation on the host of Total.
            assert requests.get(f"{API}/v2.0/translation/languages").status_code == 401
        total, translation = server["groupdocs-total"], server["groupdocs-translation"]
        total.journal.assert_called("discovery", times=1)
        translation.journal.assert_called("discovery", times=1)
        translation.journal.assert_called("api", times=1)


def test_one_provider_of_a_server(outside: list[str]) -> None:
    profiles = ["groupdocs-total", "groupdocs-translation"]
    with MockServer(profiles) as server, server["groupdocs-total"].intercept():
        assert requests.get(API + DISCOVERY).json()["issuer"] == API
        with pytest.raises(requests.ConnectionError):
            requests.get(ID + DISCOVERY)
    assert outside == ["id.groupdocs.cloud"]


def test_a_provider_that_speaks_https_at_its_own_address(outside: list[str]) -> None:
    with MockIdP("groupdocs-total", tls=True) as idp, idp.intercept():
        assert requests.get(API + DISCOVERY).json()["issuer"] == API
        own = requests.get(idp.url("discovery"), verify=idp.ca_file).json()
        assert own["issuer"] == idp.base_url


def test_hosts_of_ones_own() -> None:
    serves = ["login.example.com/", "api.example.com/v1", "API.example.com/v2"]
    with MockIdP(routing_serves=serves) as idp, idp.intercept():
        assert requests.get(f"https://login.example.com{DISCOVERY}").status_code == 200
        assert requests.get("https://api.example.com/v2").headers
    assert len(idp.journal) == 2


def test_a_profile_without_real_hosts() -> None:
    said = r"openid .* has no real host names .* routing\.serves"
    with MockIdP(routing_serves=[]) as idp, pytest.raises(ConfigError, match=said):
        idp.intercept()


def test_a_provider_that_does_not_run() -> None:
    idp = MockIdP("groupdocs-total")
    with pytest.raises(RuntimeError, match="not running"):
        idp.intercept()
    with idp:
        pass
    with pytest.raises(RuntimeError, match="not running"):
        idp.intercept()


def test_a_server_that_does_not_run() -> None:
    with pytest.raises(RuntimeError, match="not running"):
        MockServer(["groupdocs-total"]).intercept()


START = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "frozen",
    [
        pytest.param(lambda: freezegun.freeze_time(START), id="freezegun"),
        pytest.param(lambda: time_machine.travel(START, tick=False), id="time-machine"),
    ],
)
def test_time_frozen_around_the_block_and_in_it(frozen: Callable[[], Any], idp: MockIdP) -> None:
    with frozen(), idp.intercept():
        assert requests.get(API + DISCOVERY).status_code == 200
    with idp.intercept(), frozen():
        assert requests.get(API + DISCOVERY).headers["Date"] == "Mon, 03 Feb 2031 04:05:06 GMT"
