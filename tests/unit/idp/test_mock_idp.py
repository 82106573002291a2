"""``MockIdP`` from outside: its life, its addresses, and everything a test can ask of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from mockidp import ConfigError, MockIdP
from mockidp.keys.pool import shared_pool

Ask = Callable[..., tuple[int, Any]]


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def port_of(idp: MockIdP) -> int:
    return int(idp.base_url.rpartition(":")[2])


def is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


# -- its life ------------------------------------------------------------------------------------


def test_it_listens_while_the_block_runs() -> None:
    with MockIdP() as idp:
        port = port_of(idp)
        assert is_open(port)
    assert not is_open(port)


def test_start_and_close_do_the_same_and_may_be_repeated() -> None:
    idp = MockIdP()
    assert idp.start() is idp
    port = port_of(idp)
    assert idp.start() is idp
    assert port_of(idp) == port
    idp.close()
    idp.close()
    assert not is_open(port)


def test_entering_twice_is_one_provider_that_ends_with_the_inner_block() -> None:
    with MockIdP() as idp:
        with idp as again:
            assert again is idp
            port = port_of(idp)
        assert not is_open(port)


def test_a_closed_one_does_not_start_again() -> None:
    idp = MockIdP().start()
    idp.close()
    with pytest.raises(RuntimeError, match="has been closed: make a new one"):
        idp.start()


def test_what_happened_can_be_asked_after_closing(ask: Ask) -> None:
    with MockIdP() as idp:
        ask(idp)
    idp.journal.assert_called("token", times=1, status=200)
    assert idp.client.client_id == "mockidp-client"


def test_an_exception_in_the_block_closes_it() -> None:
    idp = MockIdP().start()
    port = port_of(idp)
    with pytest.raises(ZeroDivisionError), idp:
        _ = 1 / 0
    assert not is_open(port)


def test_before_the_start_it_has_no_address_to_give_away() -> None:
    idp = MockIdP("groupdocs-total")
    try:
        with pytest.raises(RuntimeError, match="no address yet"):
            _ = idp.base_url
        with pytest.raises(RuntimeError, match=r"use it as a context manager, or call start\(\)"):
            idp.url("token")
        assert repr(idp) == "<MockIdP groupdocs-total not started>"
    finally:
        idp.close()
    assert repr(idp) == "<MockIdP groupdocs-total, closed>"


def test_a_port_in_use_is_an_os_error_and_leaves_nothing_behind() -> None:
    threads = {*threading.enumerate()}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        idp = MockIdP(port=taken.getsockname()[1])
        kid = idp.jwks()["keys"][0]["kid"]
        with pytest.raises(OSError, match="in use"):
            idp.start()
    assert {*threading.enumerate()} <= threads
    held = {lease.key.kid for lease in shared_pool()._alive}
    assert kid not in held


def test_an_impossible_name_is_an_os_error_too() -> None:
    with pytest.raises(OSError, match="hostname"):
        MockIdP(host="ü" * 70).start()


def test_a_fixed_port_can_be_had_again_at_once(ask: Ask) -> None:
    with MockIdP() as first:
        port = port_of(first)
        ask(first)
    with MockIdP(port=port) as second:
        assert port_of(second) == port
        assert ask(second)[0] == 200


def test_two_of_them_share_nothing(ask: Ask) -> None:
    with MockIdP() as one, MockIdP() as other:
        one.clock.advance(hours=1)
        one.add_client(client_id="mine", client_secret="s")
        one.faults.next("token", status=503)
        one.next_token(lifetime=1)
        one.api.respond("GET", "/api/x", json={})
        assert other.clock.now() < one.clock.now() - 3000
        assert ask(other, client_id="mine", client_secret="s")[0] == 401
        assert ask(other)[1]["expires_in"] == 3600
        assert len(one.journal) == 0
        assert one.jwks() != other.jwks()


def test_the_representation_says_where_it_is() -> None:
    with MockIdP() as idp:
        assert repr(idp) == f"<MockIdP openid at {idp.base_url}>"


# -- settings ------------------------------------------------------------------------------------


def test_an_unknown_profile_names_the_choices() -> None:
    with pytest.raises(ConfigError, match=r"unknown profile 'nope'.*valid: .*groupdocs-total, "):
        MockIdP("nope")


def test_a_profile_must_be_a_name() -> None:
    with pytest.raises(ConfigError, match="profile must be a name such as 'openid', not None"):
        MockIdP(None)  # type: ignore[arg-type]


def test_an_unknown_keyword_suggests_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'access_token_lifetime'"):
        MockIdP(access_token_livetime=5)


@pytest.mark.parametrize("form", ["path", "text", "tables", "variable", "working folder"])
def test_the_configuration_may_be_a_file_or_its_tables(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "mockidp.toml" if form == "working folder" else "other.toml"
    file = tmp_path / name
    file.write_text("[profiles.mine]\nextends = 'openid'\naccess_token.lifetime = 5\n")
    config: Any = None
    if form == "path":
        config = file
    elif form == "text":
        config = str(file)
    elif form == "tables":
        config = {"profiles": {"mine": {"extends": "openid", "access_token": {"lifetime": 5}}}}
    elif form == "variable":
        monkeypatch.setenv("MOCKIDP_CONFIG", str(file))
    else:
        monkeypatch.chdir(tmp_path)
    with MockIdP("mine", config=config) as idp:
        claims = claims_of(idp.issue_token())
    assert claims["exp"] - claims["iat"] == 5


def test_a_setting_may_be_flat_or_in_its_table() -> None:
    with (
        MockIdP(access_token_lifetime=7) as flat,
        MockIdP(access_token={"lifetime": 7}) as nested,
    ):
        for idp in (flat, nested):
            claims = claims_of(idp.issue_token())
            assert claims["exp"] - claims["iat"] == 7


# -- addresses -----------------------------------------------------------------------------------


def test_addresses_are_the_real_paths_at_the_root() -> None:
    with MockIdP("groupdocs-total") as idp:
        assert idp.profile == "groupdocs-total"
        assert idp.base_url.startswith("http://127.0.0.1:")
        assert idp.url("token") == f"{idp.base_url}/connect/token"
        assert idp.url("discovery") == f"{idp.base_url}/.well-known/openid-configuration"
        assert idp.url("jwks") == f"{idp.base_url}/.well-known/openid-configuration/jwks"
        with pytest.raises(ConfigError, match="unknown endpoint 'tokens'; did you mean 'token'"):
            idp.url("tokens")


def test_metadata_and_keys_are_what_is_served(get: Callable[[str], tuple[int, Any]]) -> None:
    with MockIdP() as idp:
        assert get(idp.url("discovery")) == (200, idp.metadata())
        assert get(idp.url("jwks")) == (200, idp.jwks())
        assert idp.metadata()["issuer"] == idp.issuer == idp.base_url


@pytest.mark.parametrize(
    ("host", "issuer"),
    [
        pytest.param("127.0.0.1:{port}", "http://127.0.0.1:{port}", id="its address"),
        pytest.param("localhost:{port}", "http://localhost:{port}", id="localhost"),
        pytest.param("LocalHost:{port}", "http://localhost:{port}", id="upper case"),
        pytest.param("api.groupdocs.cloud", "https://api.groupdocs.cloud", id="the real host"),
        pytest.param("evil.example", "http://127.0.0.1:{port}", id="a foreign host"),
        pytest.param("localhost:1", "http://127.0.0.1:{port}", id="another port"),
        pytest.param("api.groupdocs.cloud.evil", "http://127.0.0.1:{port}", id="nonsense"),
    ],
)
def test_the_issuer_is_the_host_that_was_asked_if_it_is_one_of_ours(
    ask: Ask, call_api: Ask, host: str, issuer: str
) -> None:
    with MockIdP("groupdocs-total") as idp:
        port = port_of(idp)
        _, answer = ask(idp, host=host.format(port=port))
        claims = claims_of(answer["access_token"])
        assert claims["iss"] == issuer.format(port=port)
        assert claims["aud"][0] == f"{claims['iss']}/resources"
        assert call_api(idp, answer["access_token"])[0] == 200


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "evil.example"])
def test_a_borrowed_issuer_is_the_real_one_at_every_address(ask: Ask, host: str) -> None:
    with MockIdP("groupdocs-translation", borrowed=True) as idp:
        assert idp.issuer == idp.metadata()["issuer"] == "https://id.groupdocs.cloud"
        _, answer = ask(idp, host=host.format(port=port_of(idp)))
        assert claims_of(answer["access_token"])["iss"] == "https://id.groupdocs.cloud"
        # The addresses are ours all the same.
        assert idp.metadata()["token_endpoint"] == idp.url("token")


# -- tokens --------------------------------------------------------------------------------------


def test_issue_token_is_as_good_as_a_fetched_one(ask: Ask, call_api: Ask) -> None:
    with MockIdP("groupdocs-total") as idp:
        idp.clock.freeze(1_700_000_000)
        issued = claims_of(idp.issue_token())
        fetched = claims_of(ask(idp)[1]["access_token"])
        assert issued == fetched
        assert list(issued) == list(fetched)
        assert call_api(idp, idp.issue_token())[0] == 200
        assert len(idp.journal) == 2


def test_issue_token_takes_a_client_by_name_or_object() -> None:
    with MockIdP() as idp:
        other = idp.add_client(client_id="other")
        assert claims_of(idp.issue_token())["client_id"] == "mockidp-client"
        assert claims_of(idp.issue_token("other"))["sub"] == "other"
        assert claims_of(idp.issue_token(other))["client_id"] == "other"
        with pytest.raises(LookupError, match="no client has the id 'nobody'; registered: "):
            idp.issue_token("nobody")


def test_issue_token_takes_a_user_as_subject() -> None:
    with MockIdP() as idp:
        alice = idp.user
        assert claims_of(idp.issue_token(user="alice"))["sub"] == alice.sub
        assert claims_of(idp.issue_token(user=alice))["sub"] == alice.sub
        with pytest.raises(LookupError, match="no user is called 'carol'; known: alice, bob"):
            idp.issue_token(user="carol")


@pytest.mark.parametrize(
    ("scope", "claim"),
    [("read write", "read write"), (["read"], "read"), ("made up", "made up"), ("", None)],
)
def test_issue_token_takes_any_scope(scope: str | list[str], claim: str | None) -> None:
    with MockIdP() as idp:
        assert claims_of(idp.issue_token(scope=scope)).get("scope") == claim


def test_issue_token_without_scope_has_those_of_the_client_or_else_all() -> None:
    with MockIdP() as idp:
        idp.add_client(client_id="reader", scope=["read"])
        assert claims_of(idp.issue_token("reader"))["scope"] == "read"
        assert "offline_access" in claims_of(idp.issue_token())["scope"].split()


def test_issue_token_takes_a_lifetime_and_claims(call_api: Ask) -> None:
    with MockIdP() as idp:
        token = idp.issue_token(lifetime=-5, claims={"tenant": 7, "jti": None})
        claims = claims_of_expired(token)
        assert claims["exp"] - claims["iat"] == -5
        assert claims["tenant"] == 7
        assert "jti" not in claims
        assert call_api(idp, token)[0] == 401


def claims_of_expired(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        token, options={"verify_signature": False, "verify_exp": False}
    )
    return claims


def test_next_token_changes_so_many_fetched_tokens_and_no_more(ask: Ask) -> None:
    with MockIdP() as idp:
        idp.next_token(lifetime=5, claims={"tenant": 7}, times=2)
        answers = [ask(idp)[1] for _ in range(3)]
        assert [answer["expires_in"] for answer in answers] == [5, 5, 3600]
        assert [claims_of(a["access_token"]).get("tenant") for a in answers] == [7, 7, None]


def test_the_lifetime_of_a_client_is_between_profile_and_token(ask: Ask) -> None:
    with MockIdP(access_token_lifetime=100) as idp:
        idp.client.update(access_token_lifetime=50)
        assert ask(idp)[1]["expires_in"] == 50
        idp.next_token(lifetime=25)
        assert ask(idp)[1]["expires_in"] == 25
        idp.client.update(access_token_lifetime=None)
        assert ask(idp)[1]["expires_in"] == 100


# -- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("overlap", "status"), [(True, 200), (False, 401)])
def test_rotating_keys_keeps_old_tokens_good_only_with_overlap(
    ask: Ask, call_api: Ask, overlap: bool, status: int
) -> None:
    with MockIdP() as idp:
        old = ask(idp)[1]["access_token"]
        before = idp.jwks()["keys"]
        kid = idp.rotate_keys(overlap=overlap)
        kids = [key["kid"] for key in idp.jwks()["keys"]]
        assert kid in kids
        assert (before[0]["kid"] in kids) is overlap
        assert call_api(idp, old)[0] == status
        new = ask(idp)[1]["access_token"]
        assert jwt.get_unverified_header(new)["kid"] == kid
        assert call_api(idp, new)[0] == 200


def test_tokens_can_be_verified_with_the_served_keys(ask: Ask) -> None:
    with MockIdP() as idp:
        token = ask(idp)[1]["access_token"]
        key = jwt.PyJWKClient(idp.url("jwks")).get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, ["RS256"], audience=idp.issuer, issuer=idp.issuer)
        assert claims["client_id"] == idp.client.client_id


# -- who is known --------------------------------------------------------------------------------


def test_an_added_client_gets_what_is_left_out_in_the_look_of_the_provider(ask: Ask) -> None:
    with MockIdP("groupdocs-total") as idp:
        client = idp.add_client(client_name="third")
        assert [len(part) for part in client.client_id.split("-")] == [8, 4, 4, 4, 12]
        assert len(client.client_secret) == 32
        assert set(client.record.attributes) == {"default_storage", "identity_user_id"}
        form = {"client_id": client.client_id, "client_secret": client.client_secret}
        assert ask(idp, **form)[0] == 200
        assert idp.client.client_id != client.client_id


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"client_id": "mockidp-client"}, "add_client: there is already a client with the "),
        ({"secret": "x"}, "add_client: unknown field of a client 'secret'; did you mean "),
        ({"scope": ["reed"]}, "add_client: unknown .* 'reed'; did you mean 'read'"),
    ],
)
def test_a_wrong_client_is_refused(fields: dict[str, Any], message: str) -> None:
    with MockIdP() as idp, pytest.raises(ConfigError, match=message):
        idp.add_client(**fields)


def test_users_can_be_added() -> None:
    with MockIdP() as idp:
        assert (idp.user.username, idp.user.password) == ("alice", "alice")
        carol = idp.add_user("carol", claims={"locale": "et"})
        assert carol.password == "carol"
        assert claims_of(idp.issue_token(user="carol"))["sub"] == carol.sub
        with pytest.raises(ConfigError, match="add_user: there is already a user with the "):
            idp.add_user("alice")
        with pytest.raises(ConfigError, match="add_user: unknown field of a user 'pasword'"):
            idp.add_user("dave", pasword="x")


# -- faults, API answers, seeds ------------------------------------------------------------------


def test_a_fault_answers_so_many_times(ask: Ask) -> None:
    with MockIdP() as idp:
        idp.faults.next("token", status=503, retry_after=2, times=2)
        assert [ask(idp)[0] for _ in range(3)] == [503, 503, 200]
        assert idp.journal.find("token", status=503)[0].by == "fault: token answers 503"


def test_the_api_answers_what_the_test_set_and_echoes_otherwise(call_api: Ask) -> None:
    with MockIdP() as idp:
        token = idp.issue_token()
        idp.api.respond("GET", "/api/me", json={"name": "Alice"}, status=203)
        assert call_api(idp, token, "/api/me") == (203, {"name": "Alice"})
        status, echo = call_api(idp, token, "/api/other")
        assert (status, echo["path"]) == (200, "/api/other")
        assert echo["claims"]["client_id"] == idp.client.client_id


def test_a_seed_repeats_ids_and_secrets() -> None:
    def made() -> tuple[str, str, str]:
        with MockIdP(seed=7) as idp:
            jti = claims_of(idp.issue_token())["jti"]
            return idp.client.rotate_secret(), idp.add_client().client_id, jti

    assert made() == made()
