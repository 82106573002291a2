"""``MockServer``: many providers on one port, what they share, and what survives a restart."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest

from mockidp import ConfigError, MockServer
from mockidp.idp.server import key_slot
from mockidp.profiles import PROFILES
from mockidp.profiles.load import load_profile

Ask = Callable[..., tuple[int, Any]]
Get = Callable[[str], tuple[int, Any]]

TOTAL, TRANSLATION = "groupdocs-total", "groupdocs-translation"


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


def test_each_provider_is_below_its_name(server: MockServer, get: Get) -> None:
    assert tuple(server) == PROFILES
    for name in server:
        assert server[name].base_url == f"{server.base_url}/{name}"
        status, document = get(server[name].url("jwks"))
        assert status == 200
        assert document == server[name].jwks()


def test_a_provider_that_is_not_served_names_those_that_are() -> None:
    with (
        MockServer([TOTAL]) as server,
        pytest.raises(ConfigError, match=f"unknown profile 'openid'.*valid: {TOTAL}"),
    ):
        _ = server["openid"]


def test_one_provider_may_be_named_without_a_list() -> None:
    assert list(MockServer("openid")) == ["openid"]


@pytest.mark.parametrize("profiles", [[], ()])
def test_a_server_needs_a_provider(profiles: list[str]) -> None:
    with pytest.raises(ConfigError, match="no profile to serve"):
        MockServer(profiles)


def test_an_unknown_profile_is_refused_before_anything_listens() -> None:
    with pytest.raises(ConfigError, match="unknown profile 'nope'"):
        MockServer(["openid", "nope"])


def test_a_name_given_twice_is_served_once() -> None:
    with MockServer(["openid", "openid"]) as server:
        assert list(server) == ["openid"]


def test_settings_are_for_all(ask: Ask) -> None:
    with MockServer(access_token_lifetime=5) as server:
        assert {ask(server[name])[1]["expires_in"] for name in server} == {5}


@pytest.mark.parametrize(
    ("host", "profile"), [("id.groupdocs.cloud", TRANSLATION), ("api.groupdocs.cloud", TOTAL)]
)
def test_the_real_host_reaches_its_provider_with_its_issuer(
    server: MockServer, ask: Ask, call_api: Ask, host: str, profile: str
) -> None:
    idp = server[profile]
    status, answer = ask(idp, host=host, url=f"{server.base_url}/connect/token")
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert (status, claims["iss"]) == (200, f"https://{host}")
    idp.journal.assert_called("token", times=1)
    assert call_api(idp, answer["access_token"])[0] == 200


def test_a_token_of_either_face_is_good_at_both(
    server: MockServer, ask: Ask, call_api: Ask
) -> None:
    for one in (TOTAL, TRANSLATION):
        token = ask(server[one])[1]["access_token"]
        for other in (TOTAL, TRANSLATION):
            assert call_api(server[other], token)[0] == 200
        assert call_api(server["openid"], token)[0] == 401


def test_a_client_changed_at_one_face_is_changed_at_the_other(server: MockServer, ask: Ask) -> None:
    old = server[TOTAL].client.client_secret
    new = server[TOTAL].client.rotate_secret()
    assert server[TRANSLATION].client.client_secret == new
    assert ask(server[TRANSLATION], client_secret=old)[0] == 400
    assert ask(server[TRANSLATION])[0] == 200
    server[TRANSLATION].add_client(client_id="third", client_secret="s")
    assert ask(server[TOTAL], client_id="third", client_secret="s")[0] == 200


def test_keys_rotated_at_one_face_are_rotated_at_the_other(server: MockServer) -> None:
    before = server["openid"].jwks()
    server[TOTAL].rotate_keys(overlap=False)
    assert server[TRANSLATION].jwks() == server[TOTAL].jwks()
    assert server["openid"].jwks() == before


def test_clock_journal_and_limits_are_of_each_provider(server: MockServer, ask: Ask) -> None:
    for _ in range(20):
        ask(server[TOTAL], client_secret="wrong")
    assert ask(server[TOTAL], client_secret="wrong")[0] == 429
    assert ask(server[TRANSLATION], client_secret="wrong")[0] == 400
    server[TOTAL].clock.advance(hours=2)
    assert len(server[TRANSLATION].journal) == 1
    token = ask(server[TRANSLATION])[1]["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert server[TOTAL].clock.now() - claims["nbf"] > 7000


def test_tokens_keys_and_secrets_survive_a_restart_on_the_same_port(
    ask: Ask, call_api: Ask
) -> None:
    with MockServer() as first:
        port = int(first.base_url.rpartition(":")[2])
        tokens = {name: ask(first[name])[1]["access_token"] for name in first}
        known = {name: (first[name].jwks(), first[name].client.auth) for name in first}
    with MockServer(port=port) as second:
        assert second.base_url.endswith(f":{port}")
        for name in second:
            assert (second[name].jwks(), second[name].client.auth) == known[name]
            # An opaque token is nothing but the name of what the first server has kept.
            says_all = load_profile(name).access_token.format == "jwt"
            assert call_api(second[name], tokens[name])[0] == (200 if says_all else 401)


def test_a_token_survives_a_restart_with_fewer_providers(ask: Ask, call_api: Ask) -> None:
    with MockServer() as first:
        port = int(first.base_url.rpartition(":")[2])
        token = ask(first[TRANSLATION])[1]["access_token"]
    with MockServer([TRANSLATION], port=port) as second:
        assert call_api(second[TRANSLATION], token)[0] == 200


def test_each_system_has_a_key_slot_of_its_own() -> None:
    assert key_slot("openid", "openid") == 0
    assert key_slot(TOTAL, "groupdocs") == key_slot(TRANSLATION, "groupdocs") == 1
    assert key_slot("my-idp", "my-idp") >= 32


def test_providers_of_the_users_own_are_served_too(ask: Ask) -> None:
    config = {"profiles": {"mine": {"extends": TOTAL, "access_token": {"lifetime": 5}}}}
    with MockServer(config=config) as server:
        assert list(server) == [*PROFILES, "mine"]
        assert ask(server["mine"])[1]["expires_in"] == 5
        # A profile of one's own is a system of its own.
        assert server["mine"].jwks() != server[TOTAL].jwks()


def test_a_port_in_use_is_an_os_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = MockServer(["openid"], port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            server.start()


def test_it_closes_any_number_of_times_and_does_not_start_again() -> None:
    server = MockServer(["openid"]).start()
    assert server.start() is server
    port = int(server.base_url.rpartition(":")[2])
    server.close()
    server.close()
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) != 0
    with pytest.raises(RuntimeError, match="has been closed: make a new one"):
        server.start()


def test_closing_or_entering_a_provider_of_a_server_changes_nothing(
    server: MockServer, ask: Ask
) -> None:
    with server["openid"] as idp:
        assert idp.base_url == f"{server.base_url}/openid"
    idp.close()
    assert ask(idp)[0] == 200


def test_the_representation_says_what_is_served_and_where() -> None:
    server = MockServer(["openid"])
    assert repr(server) == "<MockServer of openid: not started>"
    with server:
        assert repr(server) == f"<MockServer of openid: {server.base_url}>"
        assert repr(server["openid"]) == f"<MockIdP openid at {server.base_url}/openid>"
    assert repr(server) == "<MockServer of openid: closed>"


def test_health_and_unknown_paths(server: MockServer) -> None:
    import urllib.error
    import urllib.request

    with urllib.request.urlopen(f"{server.base_url}/_mockidp/health") as answer:
        assert answer.read() == b'{"status":"ok"}'
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(f"{server.base_url}/token")
    with missing.value as answer:
        assert answer.code == 404
        assert b"Providers are at: /openid/, /groupdocs-total/" in answer.read()


def test_what_http_refuses_is_in_the_journal_of_the_server(server: MockServer) -> None:
    host, _, port = server.base_url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"nonsense\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")
    assert server.journal.last.status == 400
    assert server.journal.last.hint


def test_a_defect_outside_the_providers_is_kept_for_the_test(
    get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(lanes: object) -> str:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("mockidp.web.pages.index.render_index", render)
    with (
        MockServer(["openid"]) as server,
        pytest.raises(ValueError, match="Expecting value"),  # "Internal Server Error" is no JSON
    ):
        get(f"{server.base_url}/")
    # Only now, because the answer leaves before the exception arrives.
    assert [type(failure) for failure in server.journal.failures] == [ZeroDivisionError]
