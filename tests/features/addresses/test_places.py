"""An issuer below a path, under several names, and behind a proxy: configured, never guessed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from fixtures.asgi import call
from mockidp import ConfigError, MockIdP, MockServer
from mockidp.idp.configuration import open_config
from mockidp.web.app import lane_app, server_app

DISCOVERY = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
HOME = "http://127.0.0.1:8400"
Make = Callable[..., MockIdP]
Sent = list[tuple[str, str]]


@pytest.fixture
def make() -> Iterator[Make]:
    """A provider that is at ``HOME``, without a socket."""
    with ExitStack() as stack:

        def make(**settings: Any) -> MockIdP:
            idp = MockIdP("openid", **settings)
            stack.callback(idp.close)
            names = ["localhost:8400"]
            idp._lane.listen_at(HOME, names, idp._lane.settings.base_path)
            return idp

        yield make


def issuer_at(idp: MockIdP, url: str, headers: Sent | None = None, ip: str = "127.0.0.1") -> Any:
    """The issuer of the metadata that is found there, or the status."""
    reply = call(lane_app(idp._lane), "GET", url, headers=headers or [], ip=ip)
    return json.loads(reply.body)["issuer"] if reply.status == 200 else reply.status


# -- below a path --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        f"/tenant/a{DISCOVERY}",
        f"/tenant/a{OAUTH}",
        f"{DISCOVERY}/tenant/a",
        f"{OAUTH}/tenant/a",
    ],
)
def test_an_issuer_of_several_segments_has_its_metadata_in_all_places(
    make: Make, path: str
) -> None:
    idp = make(base_path="/tenant/a")
    assert issuer_at(idp, HOME + path) == f"{HOME}/tenant/a"
    assert idp.journal.last.endpoint == "discovery"


@pytest.mark.parametrize("path", [DISCOVERY, OAUTH, f"{OAUTH}/tenant", "/token", "/", "/tenant/ab"])
def test_nothing_is_beside_the_path(make: Make, path: str) -> None:
    idp = make(base_path="/tenant/a")
    assert issuer_at(idp, HOME + path) == 404
    assert "below /tenant/a" in idp.journal.last.hint


@pytest.mark.parametrize("path", [DISCOVERY, OAUTH])
def test_an_issuer_without_a_path_has_them_at_the_root(make: Make, path: str) -> None:
    idp = make()
    assert issuer_at(idp, HOME + path) == HOME
    assert issuer_at(idp, f"{HOME}{path}/tenant/a") == 404


def test_everything_is_below_the_path_for_real() -> None:
    import urllib.request

    with MockIdP("openid", base_path="/a/b/c") as idp:
        assert idp.issuer.endswith("/a/b/c")
        assert idp.base_url == idp.issuer
        origin = idp.base_url.removesuffix("/a/b/c")
        with urllib.request.urlopen(f"{origin}{OAUTH}/a/b/c") as answer:
            document = json.load(answer)
        assert document["issuer"] == idp.issuer
        assert document["token_endpoint"] == idp.url("token") == f"{idp.issuer}/token"
        with urllib.request.urlopen(document["jwks_uri"]) as answer:
            assert json.load(answer) == idp.jwks()


def test_a_server_has_each_provider_below_its_path() -> None:
    config = {"profiles": {"openid": {"base_path": "/tenants/one"}}}
    server = MockServer(["openid", "groupdocs-total"], config=config)
    try:
        server.pretend(HOME)
        app = server_app(server.lanes)
        places = {
            f"/tenants/one{DISCOVERY}": "/tenants/one",
            f"{OAUTH}/tenants/one": "/tenants/one",
            f"/groupdocs-total{DISCOVERY}": "/groupdocs-total",
            f"{DISCOVERY}/groupdocs-total": "/groupdocs-total",
        }
        for path, prefix in places.items():
            reply = call(app, "GET", HOME + path)
            assert json.loads(reply.body)["issuer"] == HOME + prefix
        for path in (f"/openid{DISCOVERY}", f"{OAUTH}/groupdocs-total", f"{OAUTH}/tenants"):
            assert call(app, "GET", HOME + path).status == 404
    finally:
        server.close()


def test_the_longest_path_wins() -> None:
    config = {
        "profiles": {
            "openid": {"base_path": "/groupdocs-total/deeper"},
            "mine": {"extends": "openid", "base_path": "/groupdocs-total/deeper/still"},
        }
    }
    server = MockServer(["groupdocs-total", "openid", "mine"], config=config)
    try:
        server.pretend(HOME)
        app = server_app(server.lanes)
        for name in server:
            path = server[name].base_url.removeprefix(HOME)
            reply = call(app, "GET", f"{HOME}{path}{DISCOVERY}")
            assert json.loads(reply.body)["issuer"] == HOME + path
            assert len(server[name].journal) == 1
    finally:
        server.close()


def test_two_providers_cannot_be_below_one_path() -> None:
    config = {"profiles": {"openid": {"base_path": "/proz"}}}
    with pytest.raises(ConfigError, match="base_path = '/proz': proz is below this path already"):
        MockServer(["proz", "openid"], config=config)


@pytest.mark.parametrize(
    "path",
    ["tenant", "/", "", "/a/", "/a//b", "/a/../b", "/.well-known/a", "/_mockidp/a", "/a b", "/a?b"],
)
def test_what_cannot_be_a_path_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match=r"keyword: base_path = .*must"):
        MockIdP("openid", base_path=path)


# -- several names -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "issuer"),
    [
        (HOME, HOME),
        ("http://localhost:8400", "http://localhost:8400"),
        ("https://idp.example:8443", "https://idp.example:8443"),
        ("https://IDP.example:8443", "https://idp.example:8443"),
        ("http://host.docker.internal", "http://host.docker.internal"),
        ("http://host.docker.internal:80", "http://host.docker.internal"),
        ("http://idp.example", HOME),
        ("http://evil.example:8443", HOME),
    ],
)
def test_each_configured_name_is_an_issuer_and_no_other(
    make: Make, asked: str, issuer: str
) -> None:
    idp = make(public=["https://idp.example:8443", "http://host.docker.internal"])
    assert issuer_at(idp, asked + DISCOVERY) == issuer


def test_tokens_of_every_name_are_good(make: Make) -> None:
    idp = make(public=["https://idp.example"], base_path="/t")
    app = lane_app(idp._lane)
    id, secret = idp.client.auth
    reply = call(
        app,
        "POST",
        "https://idp.example/t/token",
        headers=[("content-type", "application/x-www-form-urlencoded")],
        body=f"grant_type=client_credentials&client_id={id}&client_secret={secret}".encode(),
    )
    token = json.loads(reply.body)["access_token"]
    headers = [("authorization", f"Bearer {token}")]
    reply = call(app, "GET", f"{HOME}/t/api/me", headers=headers)
    assert json.loads(reply.body)["claims"]["iss"] == "https://idp.example/t"


def test_an_unknown_name_is_told_of_once(make: Make) -> None:
    idp = make()
    for _ in range(3):
        issuer_at(idp, f"http://192.0.2.7:8400{DISCOVERY}")
    text = idp.journal.render()
    assert text.count("asked as 192.0.2.7:8400, which is no name of this provider") == 1
    assert 'public = ["http://192.0.2.7:8400"]' in text


def test_no_more_than_a_few_unknown_names_are_told_of(make: Make) -> None:
    idp = make()
    for number in range(50):
        issuer_at(idp, f"http://192.0.2.{number}{DISCOVERY}")
    assert idp.journal.render().count("note: asked as ") == 10


@pytest.mark.parametrize(
    "public",
    [
        ["idp.example"],
        ["ftp://idp.example"],
        ["https://"],
        [7],
        7,
        ["https://idp.example?x=1"],
        ["https://["],
    ],
)
def test_what_is_no_address_is_refused(public: object) -> None:
    with pytest.raises(ConfigError, match=r"keyword: public = .*must be"):
        MockIdP("openid", public=public)


def test_a_variable_names_several_with_commas(monkeypatch: pytest.MonkeyPatch, make: Make) -> None:
    monkeypatch.setenv("MOCKIDP_PUBLIC", "https://one.example, https://two.example")
    idp = make(config=open_config({}))
    for name in ("one", "two"):
        assert issuer_at(idp, f"https://{name}.example{DISCOVERY}") == f"https://{name}.example"


# -- behind a proxy ------------------------------------------------------------------------------

PROXIED = "http://backend:8400"


def forwarded(**headers: str) -> Sent:
    return [(f"x-forwarded-{name}", value) for name, value in headers.items()]


@pytest.mark.parametrize(
    ("headers", "issuer"),
    [
        (forwarded(proto="https", host="idp.example"), "https://idp.example"),
        (forwarded(proto="https", host="idp.example:443"), "https://idp.example"),
        (forwarded(proto="https", host="idp.example:8443"), "https://idp.example:8443"),
        (forwarded(proto="https", host="idp.example", port="8443"), "https://idp.example:8443"),
        (forwarded(proto="https"), "https://backend:8400"),
        (forwarded(host="idp.example", prefix="/sso"), "http://idp.example/sso"),
        (
            [("forwarded", 'for=192.0.2.1;proto=https;host="idp.example:8443"')],
            "https://idp.example:8443",
        ),
        # The older headers are not asked where there is the standard's.
        (
            [("forwarded", "proto=https;host=idp.example"), *forwarded(host="other.example")],
            "https://idp.example",
        ),
        # A chain: the innermost was asked by another trusted one, which has seen the client.
        (
            [
                *forwarded(
                    proto="https, http", host="idp.example, inner", **{"for": "192.0.2.1, 10.1.1.1"}
                )
            ],
            "https://idp.example",
        ),
        # The client has written the first of these itself.
        (
            [
                *forwarded(
                    proto="http, https",
                    host="evil.example, idp.example",
                    **{"for": "10.1.1.1, 192.0.2.1"},
                )
            ],
            "https://idp.example",
        ),
        (
            [
                (
                    "forwarded",
                    "proto=http;host=evil.example, for=192.0.2.1;proto=https;host=idp.example",
                )
            ],
            "https://idp.example",
        ),
        # What cannot be an address is none.
        (forwarded(proto="https", host="evil.example/x"), HOME),
        (forwarded(proto="https", host="a b"), HOME),
        (forwarded(proto="gopher", host="idp.example"), HOME),
        (forwarded(proto="https", host="idp.example", prefix="//evil.example"), HOME),
        (forwarded(proto="https", host="idp.example", prefix="/.."), HOME),
        (forwarded(proto="https", host="idp.example", port="99999"), "https://idp.example"),
        (forwarded(proto="https", host="idp.example", port="0"), "https://idp.example"),
        ([("forwarded", 'proto=https;host="idp.example')], HOME),
        ([("forwarded", "proto=https;host=idp.example;host=evil.example")], HOME),
        ([("forwarded", "proto=https;host=idp.example;nonsense")], HOME),
        ([], HOME),
    ],
)
def test_a_trusted_proxy_is_believed(make: Make, headers: Sent, issuer: str) -> None:
    idp = make(trusted_proxies=["127.0.0.1", "10.0.0.0/8"])
    assert issuer_at(idp, PROXIED + DISCOVERY, headers) == issuer


@pytest.mark.parametrize("ip", ["10.9.9.9", "::ffff:10.9.9.9"])
def test_a_proxy_may_be_one_of_a_network(make: Make, ip: str) -> None:
    idp = make(trusted_proxies=["10.0.0.0/8"])
    headers = forwarded(proto="https", host="idp.example")
    assert issuer_at(idp, PROXIED + DISCOVERY, headers, ip=ip) == "https://idp.example"


@pytest.mark.parametrize("ip", ["127.0.0.1", "11.0.0.1", "testclient", "::1"])
def test_anybody_else_is_not(make: Make, ip: str) -> None:
    headers = forwarded(proto="https", host="idp.example", prefix="/x")
    idp = make(trusted_proxies=["10.0.0.0/8"])
    assert issuer_at(idp, HOME + DISCOVERY, headers, ip=ip) == HOME
    assert issuer_at(make(), HOME + DISCOVERY, headers, ip=ip) == HOME


@pytest.mark.parametrize(
    ("headers", "issuer"),
    [
        (forwarded(proto="https", host="one.example"), "https://one.example"),
        (forwarded(proto="https", host="two.example", prefix="/sso"), "https://two.example/sso"),
        (forwarded(proto="https", host="two.example"), "https://two.example/sso"),
        (forwarded(proto="http", host="one.example"), HOME),
        (forwarded(proto="https", host="three.example"), HOME),
    ],
)
def test_where_addresses_are_configured_a_proxy_names_one_of_them(
    make: Make, headers: Sent, issuer: str
) -> None:
    public = ["https://one.example", "https://two.example/sso"]
    idp = make(trusted_proxies=["127.0.0.1"], public=public)
    assert issuer_at(idp, PROXIED + DISCOVERY, headers) == issuer


def test_a_path_that_the_proxy_takes_away_is_part_of_the_well_known_one(make: Make) -> None:
    idp = make(trusted_proxies=["127.0.0.1"], public=["https://sso.example/auth"])
    headers = forwarded(proto="https", host="sso.example")
    issuer = "https://sso.example/auth"
    assert issuer_at(idp, f"{PROXIED}{OAUTH}/auth", headers) == issuer
    assert issuer_at(idp, f"{PROXIED}{OAUTH}/other", headers) == 404


def test_no_more_addresses_are_kept_than_are_needed(make: Make) -> None:
    idp = make(trusted_proxies=["127.0.0.1"])
    for number in range(300):
        issuer_at(idp, PROXIED + DISCOVERY, forwarded(proto="https", host=f"h{number}.example"))
    assert len(idp._lane.system.issuers) < 110
    last = forwarded(proto="https", host="h299.example")
    assert issuer_at(idp, PROXIED + DISCOVERY, last) == HOME


@pytest.mark.parametrize(
    "headers",
    [
        forwarded(**{"for": "192.0.2.1"}),
        forwarded(**{"for": "192.0.2.9, 192.0.2.1:51000"}),
        [("forwarded", 'for="192.0.2.1:4711"')],
        [("forwarded", "For=192.0.2.1, for=10.0.0.1")],
    ],
)
def test_the_limiter_counts_the_clients_of_a_proxy(make: Make, headers: Sent) -> None:
    limiter = {"allowed": 1, "key": ["ip"], "counts": [401]}
    idp = make(trusted_proxies=["127.0.0.1", "10.0.0.0/8"], limiter=limiter)
    app = lane_app(idp._lane)

    def ask(sent: Sent) -> int:
        form = [("content-type", "application/x-www-form-urlencoded"), *sent]
        return call(app, "POST", f"{HOME}/token", headers=form, body=b"client_id=x").status

    assert [ask(headers), ask(headers), ask(forwarded(**{"for": "192.0.2.2"}))] == [401, 429, 401]


@pytest.mark.parametrize("proxies", [["localhost"], ["10.0.0.1/8"], ["10.0.0.0/99"], [1], [""]])
def test_what_is_no_network_is_refused(proxies: list[Any]) -> None:
    with pytest.raises(ConfigError, match=r"keyword: trusted_proxies = .*must be"):
        MockIdP("openid", trusted_proxies=proxies)


def test_a_user_signs_in_through_a_proxy_that_has_another_name() -> None:
    """The browser's Origin is the public name, the Host is the proxy's own for the backend."""
    idp = MockIdP("openid", trusted_proxies=["127.0.0.1"], public=["https://idp.example/sso"])
    try:
        idp._lane.listen_at(HOME, [])
        headers = [*forwarded(proto="https", host="idp.example", prefix="/sso")]
        query = (
            "response_type=code&client_id=mockidp-client&scope=openid&state=s"
            "&redirect_uri=http://localhost/callback"
        )
        app = lane_app(idp._lane)
        reply = call(app, "GET", f"{PROXIED}/authorize?{query}", headers=headers)
        location = dict(reply.headers)["location"]
        assert location.startswith("/sso/_mockidp/login?")
        assert "Path=/sso" in dict(reply.headers)["set-cookie"]
        posted = call(
            app,
            "POST",
            PROXIED + location.removeprefix("/sso"),
            headers=[
                *headers,
                ("origin", "https://idp.example"),
                ("content-type", "application/x-www-form-urlencoded"),
            ],
            body=b"interaction=x",
        )
        assert "comes from the origin" not in posted.body.decode()
        assert "comes from the origin" not in idp.journal.last.hint
    finally:
        idp.close()


@pytest.mark.parametrize("settings", [{"base_path": "/a/b"}, {"base_path": "/a/b", "tls": True}])
def test_a_user_signs_in_below_a_path(settings: dict[str, Any]) -> None:
    with MockIdP("openid", **settings) as idp:
        client = idp.add_client(redirect_uris=["https://app.example/cb"])
        callback = idp.robot.login(
            f"{idp.url('authorize')}?response_type=code&client_id={client.client_id}"
            "&redirect_uri=https://app.example/cb&scope=openid",
            user="alice",
        )
        assert callback.params["code"]
        assert callback.params["iss"] == idp.issuer
