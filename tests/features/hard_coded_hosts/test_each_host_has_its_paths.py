"""A provider with two host names has at each of them what the real one has there, and no more."""

from __future__ import annotations

import json

import pytest

from fixtures.asgi import call
from mockidp import MockIdP, MockServer
from mockidp.web.app import server_app

JSON = [("Accept", "application/json")]


@pytest.mark.parametrize(
    ("profile", "url", "status"),
    [
        ("proz", "https://www.proz.com/oauth/token", 405),
        ("proz", "https://api.proz.com/oauth/token", 404),
        ("proz", "https://api.proz.com/v2/user", 401),
        ("proz", "https://www.proz.com/v2/user", 404),
        ("proz", "https://heb.proz.com/v2/user", 404),
        ("proz", "https://heb.proz.com/oauth/token", 405),
        ("proz", "https://ita.proz.com/oauth/token", 405),
        ("proz", "https://www.proz.com:443/v2/user", 404),
        ("proz", "https://www.proz.com/v2x", 404),
        ("proz", "http://127.0.0.1/v2/user", 401),
        ("groupdocs-translation", "https://id.groupdocs.cloud/connect/token", 400),
        ("groupdocs-translation", "https://api.groupdocs.cloud/connect/token", 404),
        ("groupdocs-translation", "https://api.groupdocs.cloud/v2.0/translation/text", 401),
        ("groupdocs-translation", "https://id.groupdocs.cloud/v2.0/translation/text", 404),
    ],
)
def test_a_path_of_the_other_host_is_not_there(profile: str, url: str, status: int) -> None:
    idp = MockIdP(profile)
    try:
        assert call(idp.app, "GET", url, headers=JSON).status == status
        is_hinted = "the real provider has at" in idp.journal.last.hint
        assert is_hinted is (status == 404)
    finally:
        idp.close()


@pytest.mark.parametrize("profiles", [["groupdocs-total", "mine"], ["mine", "groupdocs-total"]])
def test_of_two_with_one_host_the_users_own_provider_has_it(profiles: list[str]) -> None:
    mine = {"extends": "groupdocs-total", "title": "Mine", "access_token": {"lifetime": 7}}
    with MockServer(profiles, config={"profiles": {"mine": mine}}) as server:
        app = server_app(server.lanes)
        url = "https://api.groupdocs.cloud/connect/token"
        client = server["mine"].client
        form = f"grant_type=client_credentials&client_id={client.client_id}"
        body = f"{form}&client_secret={client.client_secret}".encode()
        headers = [("content-type", "application/x-www-form-urlencoded")]
        reply = call(app, "POST", url, headers=headers, body=body)
        assert json.loads(reply.body)["expires_in"] == 7
