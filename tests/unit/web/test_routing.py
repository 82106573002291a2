"""From host and path to a lane and its endpoint."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from fixtures.asgi import Reply, call
from mockidp import MockServer
from mockidp.oauth.paths import is_below
from mockidp.profiles.load import load_profile
from mockidp.web.app import server_app
from mockidp.web.routing import Paths

TOTAL, TRANSLATION, OPENID = "groupdocs-total", "groupdocs-translation", "openid"


@pytest.mark.parametrize(
    ("profile", "path", "endpoint"),
    [
        (TOTAL, "/connect/token", "token"),
        (TOTAL, "/Connect/TOKEN", "token"),
        (TOTAL, "/connect/to\u212aen", None),
        (TOTAL, "/connect/token/", None),
        (TOTAL, "/v4.0/words/connect/token", "token"),
        (TOTAL, "/.well-known/openid-configuration", "discovery"),
        (TOTAL, "/.well-known/openid-configuration/jwks", "jwks"),
        (TOTAL, "/v1", "api"),
        (TOTAL, "/V1/viewer", "api"),
        (TOTAL, "/v1.0/viewer", "api"),
        (TOTAL, "/v11/viewer", None),
        (TOTAL, "/connect/authorize", None),
        (TRANSLATION, "/v2.0/translation/text", "api"),
        (TRANSLATION, "/v2.0/translations", None),
        (TRANSLATION, "/v4.0/words/connect/token", None),
        (OPENID, "/token", "token"),
        (OPENID, "/Token", None),
        (OPENID, "/api/me", "api"),
        (OPENID, "/API/me", None),
        (OPENID, "", None),
    ],
)
def test_the_endpoint_of_a_path(profile: str, path: str, endpoint: str | None) -> None:
    found = Paths(load_profile(profile)).find(path)
    assert (found.name if found else None) == endpoint


@pytest.mark.parametrize(
    ("path", "prefix", "expected"),
    [
        ("/a", "/a", True),
        ("/a/b", "/a", True),
        ("/a/", "/a/", True),
        ("/ab", "/a", False),
        ("/", "/a", False),
        ("/anything", "", True),
    ],
)
def test_below_a_prefix(path: str, prefix: str, expected: bool) -> None:
    assert is_below(path, prefix) is expected


class Server:
    """All three providers at once, in process."""

    def __init__(self, server: MockServer) -> None:
        self.server = server
        self.app = server_app(server.lanes)

    def ask(self, url: str, method: str = "GET") -> tuple[Reply, str | None]:
        """The answer, and which provider has the request in its journal."""
        reply = call(self.app, method, url)
        named = [name for name in self.server if len(self.server[name].journal)]
        return reply, named[0] if named else None


@pytest.fixture
def server() -> Iterator[Server]:
    server = MockServer([TOTAL, TRANSLATION, OPENID])
    yield Server(server)
    server.close()


@pytest.mark.parametrize(
    ("url", "profile"),
    [
        ("https://api.groupdocs.cloud/connect/token", TOTAL),
        ("https://id.groupdocs.cloud/connect/token", TRANSLATION),
        ("https://api.groupdocs.cloud/v2.0/translation", TRANSLATION),
        ("https://api.groupdocs.cloud/v2.0/translation/text", TRANSLATION),
        ("https://api.groupdocs.cloud/V2.0/Translation/text", TRANSLATION),
        ("https://api.groupdocs.cloud/v2.0/translations", TOTAL),
        ("https://api.groupdocs.cloud/v2.0/viewer/formats", TOTAL),
        ("https://api.groupdocs.cloud/nothing", TOTAL),
        ("https://API.GroupDocs.Cloud/connect/token", TOTAL),
        ("https://api.groupdocs.cloud:443/connect/token", TOTAL),
        ("https://mockidp.example/token", OPENID),
        ("http://127.0.0.1:8400/groupdocs-total/connect/token", TOTAL),
        ("http://127.0.0.1:8400/groupdocs-translation/connect/token", TRANSLATION),
        ("http://127.0.0.1:8400/groupdocs-total/v2.0/translation/text", TOTAL),
        ("http://other.example/openid/token", OPENID),
        ("http://api.groupdocs.cloud:8400/openid/token", OPENID),
        ("http://127.0.0.1:8400/connect/token", None),
        ("http://127.0.0.1:8400/groupdocs-totally/connect/token", None),
        ("http://127.0.0.1:8400/", None),
    ],
)
def test_the_provider_of_a_url(server: Server, url: str, profile: str | None) -> None:
    assert server.ask(url)[1] == profile


def test_the_path_of_the_journal_is_the_providers_own(server: Server) -> None:
    server.ask("http://127.0.0.1/groupdocs-total/connect/token")
    assert server.server[TOTAL].journal.last.path == "/connect/token"


def test_nowhere_names_the_places_that_exist(server: Server) -> None:
    reply, _ = server.ask("http://127.0.0.1/nothing")
    assert reply.status == 404
    assert b"/groupdocs-total/, /groupdocs-translation/, /openid/" in reply.body


def test_health(server: Server) -> None:
    assert json.loads(server.ask("http://127.0.0.1/_mockidp/health")[0].body) == {"status": "ok"}


def test_the_index_may_run_nothing(server: Server) -> None:
    reply, _ = server.ask("http://127.0.0.1/")
    assert reply.status == 200
    assert "default-src 'none'" in dict(reply.headers)["content-security-policy"]


@pytest.mark.parametrize("port", ["", ":443"])
def test_a_real_host_gets_the_real_issuer(server: Server, port: str) -> None:
    server.server.pretend("http://127.0.0.1:8400")
    idp = server.server[TOTAL]
    assert idp.issuer == "http://127.0.0.1:8400/groupdocs-total"
    id, secret = idp.client.auth
    reply = call(
        server.app,
        "POST",
        f"https://api.groupdocs.cloud{port}/connect/token",
        headers=[("content-type", "application/x-www-form-urlencoded")],
        body=f"grant_type=client_credentials&client_id={id}&client_secret={secret}".encode(),
    )
    middle = json.loads(reply.body)["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    assert claims["iss"] == "https://api.groupdocs.cloud"
