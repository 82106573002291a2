"""How to test an application that is started once for all tests, against the session's server."""

from __future__ import annotations

import pytest
import requests

from mockidp import MockServer


class Application:
    """What takes long to start, and is told its provider's address only then."""

    def __init__(self, token_url: str, client_id: str, client_secret: str) -> None:
        self.token_url = token_url
        self.auth = (client_id, client_secret)

    def log_in(self) -> int:
        form = {"grant_type": "client_credentials"}
        return requests.post(self.token_url, data=form, auth=self.auth, timeout=60).status_code


@pytest.fixture(scope="session")
def application(mockidp_server: MockServer) -> Application:
    idp = mockidp_server["openid"]
    return Application(idp.url("token"), *idp.client.auth)


@pytest.fixture(autouse=True)
def clean(mockidp_server: MockServer) -> None:
    """Each test finds the provider as it was configured."""
    mockidp_server["openid"].reset()


def test_it_reports_an_outage(application: Application, mockidp_server: MockServer) -> None:
    mockidp_server["openid"].faults.next("token", status=503)
    assert application.log_in() == 503


def test_it_logs_in(application: Application, mockidp_server: MockServer) -> None:
    assert application.log_in() == 200
    mockidp_server["openid"].journal.assert_called("token", times=1, client_id="mockidp-client")
