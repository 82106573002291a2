"""``POST /_mockidp/<profile>/<action>``: what it does, and for whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from fixtures.asgi import Reply, call
from mockidp import ConfigError, MockServer
from mockidp.web.admin import ACTIONS

TOKEN = "a-token-that-is-long-enough"
BEARER = ("authorization", f"Bearer {TOKEN}")


@contextmanager
def running(**settings: object) -> Iterator[MockServer]:
    with MockServer(["openid", "groupdocs-total"], admin_token=TOKEN, **settings) as server:  # type: ignore[arg-type]  # any settings
        yield server


@pytest.fixture
def server() -> Iterator[MockServer]:
    with running() as server:
        yield server


def post(server: MockServer, path: str, **options: object) -> requests.Response:
    options = {"headers": dict([BEARER]), **options}
    return requests.post(f"{server.base_url}/_mockidp{path}", timeout=60, **options)  # type: ignore[arg-type]


def test_rotate_keys(server: MockServer) -> None:
    old = server["openid"].jwks()["keys"][0]["kid"]
    others = server["groupdocs-total"].jwks()
    answer = post(server, "/openid/rotate-keys")
    assert answer.status_code == 200
    published = [key["kid"] for key in server["openid"].jwks()["keys"]]
    assert published[0] == answer.json()["kid"] != old
    assert old in published
    assert server["groupdocs-total"].jwks() == others


def test_rotate_keys_without_overlap(server: MockServer) -> None:
    old = server["openid"].jwks()["keys"][0]["kid"]
    assert post(server, "/openid/rotate-keys", params={"overlap": "false"}).status_code == 200
    assert old not in str(server["openid"].jwks())


def test_reset(server: MockServer) -> None:
    idp = server["openid"]
    before = idp.jwks()
    idp.rotate_keys()
    idp.clock.advance(days=1)
    idp.add_client(client_id="added")
    answer = post(server, "/openid/reset")
    assert (answer.status_code, answer.json()) == (200, {"reset": True})
    assert idp.jwks() == before
    assert idp._lane.clients.get("added") is None


def test_it_is_not_there_unless_it_is_switched_on() -> None:
    with MockServer(["openid"]) as server:
        assert post(server, "/openid/reset").status_code == 404


def test_over_https() -> None:
    with running(tls=True) as server:
        assert post(server, "/openid/reset", verify=server.ca_file).status_code == 200


# -- who may not ---------------------------------------------------------------------------------


def ask(
    server: MockServer,
    *headers: tuple[str, str],
    path: str = "/openid/rotate-keys",
    method: str = "POST",
    host: str = "127.0.0.1:8400",
    ip: str = "127.0.0.1",
    given: tuple[tuple[str, str], ...] = (BEARER,),
) -> Reply:
    from mockidp.clock import Clock
    from mockidp.web.admin.door import Admin
    from mockidp.web.app import server_app

    providers = {name: server[name] for name in server}
    admin = Admin(token=TOKEN, providers=providers, journal=server.journal, clock=Clock())
    app = server_app(server.lanes, admin=admin)
    url = f"http://{host}/_mockidp{path}"
    return call(app, method, url, headers=[*given, *headers], ip=ip)


@pytest.fixture
def kids(server: MockServer) -> list[str]:
    return [key["kid"] for key in server["openid"].jwks()["keys"]]


def test_the_door_opens(server: MockServer) -> None:
    assert ask(server).status == 200
    assert ask(server, host="localhost:8400").status == 200
    assert ask(server, host="[::1]:8400", ip="::1").status == 200
    assert ask(server, given=(("authorization", f"bearer {TOKEN}"),)).status == 200


@pytest.mark.parametrize("ip", ["192.0.2.1", "10.0.0.1", "::ffff:192.0.2.1", "nobody"])
def test_another_machine_is_refused(server: MockServer, kids: list[str], ip: str) -> None:
    assert ask(server, ip=ip).status == 403
    assert [key["kid"] for key in server["openid"].jwks()["keys"]] == kids


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8400",
        "127.0.0.1.evil.example:8400",
        "127.0.0.2:8400",
        "",
    ],
)
def test_another_host_is_refused(server: MockServer, kids: list[str], host: str) -> None:
    """DNS rebinding: a page of another site has the name of its own site in Host."""
    assert ask(server, host=host).status == 403
    assert [key["kid"] for key in server["openid"].jwks()["keys"]] == kids


def test_another_port_is_another_site(server: MockServer) -> None:
    for host, status in (("localhost:9", 403), (server.base_url.removeprefix("http://"), 200)):
        headers = {**dict([BEARER]), "Host": host}
        assert post(server, "/openid/rotate-keys", headers=headers).status_code == status


@pytest.mark.parametrize(
    "header",
    [
        ("origin", "https://evil.example"),
        ("origin", "http://127.0.0.1:8400"),
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("x-forwarded-host", "127.0.0.1:8400"),
    ],
)
def test_pages_and_proxies_are_refused(
    server: MockServer, kids: list[str], header: tuple[str, str]
) -> None:
    assert ask(server, header).status == 403
    assert [key["kid"] for key in server["openid"].jwks()["keys"]] == kids


def test_a_proxy_is_refused_even_if_it_is_trusted() -> None:
    with running(trusted_proxies=["127.0.0.1"]) as server:
        assert ask(server, ("x-forwarded-for", "127.0.0.1")).status == 403


@pytest.mark.parametrize(
    "given",
    [
        (),
        (("authorization", "Bearer "),),
        (("authorization", f"Bearer {TOKEN}x"),),
        (("authorization", f"Bearer {TOKEN[:-1]}"),),
        (("authorization", f"Basic {TOKEN}"),),
        (("authorization", TOKEN),),
        (BEARER, BEARER),
    ],
    ids=["none", "empty", "longer", "shorter", "Basic", "no scheme", "twice"],
)
def test_without_the_token_nothing_happens(
    server: MockServer, kids: list[str], given: tuple[tuple[str, str], ...]
) -> None:
    reply = ask(server, given=given)
    assert reply.status == 401
    assert dict(reply.headers)["www-authenticate"] == 'Bearer realm="mockidp admin"'
    assert [key["kid"] for key in server["openid"].jwks()["keys"]] == kids


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "GET"])
def test_no_answer_is_for_scripts(server: MockServer, method: str) -> None:
    asked = ("access-control-request-method", "POST")
    for headers in ((), (("origin", "https://a.example"), asked)):
        reply = ask(server, *headers, method=method)
        assert not [name for name, _ in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_only_post_acts(server: MockServer, kids: list[str], method: str) -> None:
    reply = ask(server, method=method)
    assert (reply.status, dict(reply.headers)["allow"]) == (405, "POST")
    assert [key["kid"] for key in server["openid"].jwks()["keys"]] == kids


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/openid/nope", 404, "no such action; there are rotate-keys, reset"),
        ("/nope/reset", 404, "no such provider; there are openid, groupdocs-total"),
        ("/openid/reset?overlap=true", 400, "an unknown parameter; reset has: none"),
        ("/openid/rotate-keys?overlap=no", 400, "overlap must be one of: true, false"),
    ],
)
def test_a_mistake_is_explained(server: MockServer, path: str, status: int, said: str) -> None:
    reply = ask(server, path=path)
    assert (reply.status, json.loads(reply.body)) == (status, {"error": said})
    assert server.journal.last.hint == said


def test_the_token_is_nowhere_to_be_read(server: MockServer) -> None:
    for path in ("/openid/rotate-keys", "/openid/nope"):
        assert TOKEN.encode() not in ask(server, path=path).body
    ask(server, given=())
    for path in (f"/openid/{TOKEN}", f"/{TOKEN}/reset", "/openid/reset?access_token=eyJ"):
        ask(server, path=path)
    assert TOKEN not in server.journal.render()
    assert TOKEN not in repr(server)


def test_the_actions_have_names_of_their_own() -> None:
    assert [action.name for action in ACTIONS] == ["rotate-keys", "reset"]


@pytest.mark.parametrize(
    "token", ["", "short", "with a space in it, and long", "ümläut-and-long-enough"]
)
def test_a_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(ConfigError, match="admin_token = <str>: must have at least 16"):
        MockServer(["openid"], admin_token=token)


@pytest.mark.parametrize("path", ["/openid/reset/", "/openid//reset", "//openid/reset"])
def test_no_other_path_leads_there_by_a_redirect(server: MockServer, path: str) -> None:
    headers = {"Host": "evil.example", **dict([BEARER])}
    answer = post(server, path, headers=headers, allow_redirects=False)
    assert answer.status_code in (403, 404)
    assert "location" not in answer.headers
