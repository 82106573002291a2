"""What a client gets that registers itself (OpenID Connect Dynamic Client Registration 1.0, 3; RFC
7591, 3).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.peer import Peer, a_peer
from fixtures.registrant import CALLBACK, LEAST, Registrant, ask, send
from fixtures.signed import EC, assertion_form, public
from mockidp import ConfigError, MockIdP

KEYS = {"keys": [public(EC, kid="1")]}
EVERYTHING: dict[str, Any] = {
    "client_name": "The App",
    "client_uri": "https://client.example/",
    "logo_uri": "https://client.example/logo.png",
    "policy_uri": "https://client.example/policy",
    "tos_uri": "https://client.example/tos#top",
    "contacts": ["ops@client.example"],
    "application_type": "web",
    "redirect_uris": [CALLBACK, "https://client.example/cb2?x=1"],
    "response_types": ["code", "code id_token", "id_token token"],
    "grant_types": ["authorization_code", "implicit", "refresh_token"],
    "scope": "openid profile",
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "ES256",
    "jwks": KEYS,
    "subject_type": "pairwise",
    "id_token_signed_response_alg": "ES256",
    "userinfo_signed_response_alg": "ES256",
    "request_object_signing_alg": "ES256",
    "request_uris": ["https://client.example/request.jwt#1"],
    "default_max_age": 0,
    "require_auth_time": True,
    "default_acr_values": ["a", "b"],
    "initiate_login_uri": "https://client.example/login",
    "post_logout_redirect_uris": ["https://client.example/bye"],
    "frontchannel_logout_uri": "https://client.example/front",
    "frontchannel_logout_session_required": True,
    "backchannel_logout_uri": "https://client.example/back",
    "backchannel_logout_session_required": True,
    "require_pushed_authorization_requests": True,
    "dpop_bound_access_tokens": True,
    "client_name#fr": "L'application",
    "tos_uri#de-CH": "https://client.example/agb",
}


def test_all_metadata_come_back_as_they_are_registered(idp: MockIdP) -> None:
    answer = ask(idp, EVERYTHING)
    assert answer.status == 201
    own = {
        "client_id",
        "client_id_issued_at",
        "registration_client_uri",
        "registration_access_token",
    }
    assert {n: v for n, v in answer.body.items() if n not in own} == EVERYTHING
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"


def test_a_registered_client_authenticates_with_its_key(idp: MockIdP) -> None:
    mine = Registrant.at(
        idp,
        token_endpoint_auth_method="private_key_jwt",
        jwks=KEYS,
        grant_types=["client_credentials"],
    )
    header = {"alg": "ES256", "kid": "1"}
    form = assertion_form(mine.client_id, idp.issuer, key=EC, header=header, now=idp.clock.now())
    reply = _token(idp, form)
    assert reply["token_type"] == "Bearer"


def _token(idp: MockIdP, form: dict[str, str]) -> Any:
    from urllib.parse import urlencode

    headers = (("content-type", "application/x-www-form-urlencoded"),)
    url = f"{idp.issuer}/token"
    return send(idp, "POST", url, urlencode(form).encode(), headers=headers).body


@pytest.mark.parametrize(
    ("method", "has_secret"),
    [
        ("client_secret_basic", True),
        ("client_secret_post", True),
        ("client_secret_jwt", True),
        ("private_key_jwt", False),
        ("none", False),
    ],
)
def test_a_secret_is_made_only_where_it_is_needed(
    idp: MockIdP, method: str, has_secret: bool
) -> None:
    body = ask(idp, token_endpoint_auth_method=method, jwks=KEYS).body
    assert ("client_secret" in body) == has_secret
    assert body.get("client_secret_expires_at") == (0 if has_secret else None)


@pytest.mark.parametrize(("alg", "octets"), [(None, 64), ("HS384", 48), ("HS512", 64)])
def test_a_secret_is_long_enough_for_its_algorithm(
    idp: MockIdP, alg: str | None, octets: int
) -> None:
    """RFC 7518, 3.2."""
    body = ask(
        idp, token_endpoint_auth_method="client_secret_jwt", token_endpoint_auth_signing_alg=alg
    ).body
    assert len(body["client_secret"]) >= octets


def test_nobody_gives_himself_what_the_provider_decides(idp: MockIdP) -> None:
    mine = Registrant.at(
        idp,
        client_id="mine",
        client_secret="mine",
        skip_consent=True,
        auto_login="alice",
        require_pkce=True,
        enabled=False,
        attributes={"api_key": "x"},
        access_token_lifetime=1e9,
        software_statement="eyJhbGciOiJub25lIn0.e30.",
    )
    assert "software_statement" in idp.journal.last.hint
    assert idp.journal.last.cites == "RFC 7591, 2"
    assert mine.client_id != "mine"
    record = next(c for c in idp.snapshot().clients if c.client_id == mine.client_id)
    assert record.client_secret != "mine"
    assert not record.skip_consent
    assert record.auto_login is None
    assert record.enabled
    assert not record.attributes
    assert record.access_token_lifetime is None


@pytest.mark.parametrize("value", [None, ""])
def test_an_empty_member_is_one_that_was_left_out(idp: MockIdP, value: Any) -> None:
    body = ask(idp, token_endpoint_auth_method=value, logo_uri=value, jwks_uri=value).body
    assert body["token_endpoint_auth_method"] == "client_secret_basic"
    assert "logo_uri" not in body


def test_a_new_client_may_have_to_wait() -> None:
    idp = MockIdP("openid", config={}, new_client_delay=30)
    mine = Registrant.at(
        idp, token_endpoint_auth_method="client_secret_post", grant_types=["client_credentials"]
    )
    form = {
        "grant_type": "client_credentials",
        "client_id": mine.client_id,
        "client_secret": mine.answer["client_secret"],
    }
    assert _token(idp, form)["error"] == "invalid_client"
    idp.clock.advance(30)
    assert "access_token" in _token(idp, form)
    idp.close()


def test_the_number_of_clients_is_bounded() -> None:
    idp = MockIdP("openid", config={}, most_clients=3)
    first = Registrant.at(idp)
    Registrant.at(idp)
    answer = ask(idp)
    assert answer.error == (429, "too_many_requests")
    assert "set most_clients" in idp.journal.last.hint
    first.manage("DELETE")
    assert ask(idp).status == 201
    idp.close()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"most_clients": 0}, "must be from 1"),
        ({"most_clients": "3"}, "must be a whole number"),
        ({"initial_access_token": 5}, "must be text"),
        ({"registration_access": "closed"}, "initial_access_token"),
    ],
)
def test_a_wrong_setting_is_said_at_once(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        MockIdP("openid", config={}, **settings)


# -- who may register


@pytest.mark.parametrize("token", [None, "", "wrong", "initial "])
def test_without_the_initial_token_nobody_registers(token: str | None) -> None:
    idp = MockIdP(
        "openid",
        config={},
        registration_access="initial_access_token",
        initial_access_token="initial",
    )
    answer = ask(idp, token=token, redirect_uris="not even a list")
    if token == "initial ":  # white space around it means nothing
        assert answer.error == (400, "invalid_redirect_uri")
    else:
        assert answer.error == (401, "invalid_token")
        assert "bearer" in answer.headers["www-authenticate"].lower()
    assert ask(idp, token="initial").status == 201
    idp.close()


def test_where_no_initial_token_is_set_the_hint_says_so() -> None:
    idp = MockIdP("openid", config={}, registration_access="initial_access_token")
    assert ask(idp, token="any").error == (401, "invalid_token")
    assert "set initial_access_token" in idp.journal.last.hint
    idp.close()


def test_a_provider_without_registration_has_no_such_path() -> None:
    idp = MockIdP("proz", config={})
    assert send(idp, "POST", f"{idp.issuer}/register", dict(LEAST)).status == 404
    assert "registration_endpoint" not in idp.metadata()
    idp.close()


# -- sector documents (5)


@pytest.fixture
def peer() -> Iterator[Peer]:
    with a_peer() as peer:
        yield peer


@pytest.fixture
def fetching() -> Iterator[MockIdP]:
    with MockIdP("openid", config={}, outgoing={"allowed": True}) as idp:
        yield idp
        assert idp.journal.failures == []


def _post(idp: MockIdP, **metadata: Any) -> tuple[int, Any]:
    import requests

    reply = requests.post(idp.url("registration"), json={**LEAST, **metadata}, timeout=60)
    return reply.status_code, reply.json()


def test_a_sector_document_must_list_the_redirect_uris(fetching: MockIdP, peer: Peer) -> None:
    uri = peer.put("/sector", json.dumps([CALLBACK, "https://other.example/"]))
    status, body = _post(fetching, sector_identifier_uri=uri)
    assert (status, body["sector_identifier_uri"]) == (201, uri)
    assert peer.hits == ["/sector"]
    peer.put("/sector", json.dumps(["https://other.example/"]))
    status, body = _post(fetching, sector_identifier_uri=uri)
    assert (status, body["error"]) == (400, "invalid_client_metadata")
    assert "does not list" in fetching.journal.last.hint


@pytest.mark.parametrize("content", ["{}", "", "[", "[" * 5000, '"x"', "\x80"])
def test_what_is_no_sector_document_is_refused(fetching: MockIdP, peer: Peer, content: str) -> None:
    uri = peer.put("/sector", content)
    status, body = _post(fetching, sector_identifier_uri=uri)
    assert (status, body["error"]) == (400, "invalid_client_metadata")


def test_nothing_is_fetched_unless_it_is_allowed(idp: MockIdP, peer: Peer) -> None:
    answer = ask(idp, sector_identifier_uri=peer.put("/sector", json.dumps([CALLBACK])))
    assert answer.error == (400, "invalid_client_metadata")
    assert "set outgoing.allowed = true" in idp.journal.last.hint
    assert peer.hits == []
