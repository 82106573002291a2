"""A client as a test holds it: what it changes is what the provider knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from mockidp import ConfigError, MockIdP, RegisteredClient

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    with MockIdP("groupdocs-total") as idp:
        yield idp


def test_a_rotated_secret_replaces_the_old_one_at_once(idp: MockIdP, ask: Ask) -> None:
    old = idp.client.client_secret
    new = idp.client.rotate_secret()
    assert new == idp.client.client_secret != old
    assert len(new) == 32
    assert ask(idp, client_secret=old) == (400, {"error": "invalid_client"})
    assert ask(idp, client_secret=new)[0] == 200


def test_a_disabled_client_is_refused_until_it_is_enabled(idp: MockIdP, ask: Ask) -> None:
    idp.client.disable()
    assert ask(idp)[0] == 400
    assert "disabled" in idp.journal.last.hint
    idp.client.enable()
    assert ask(idp)[0] == 200


def test_a_changed_record_shows_in_the_next_token(idp: MockIdP, ask: Ask) -> None:
    idp.client.update(attributes={"default_storage": "s-1"}, scope=("api.storage",))
    assert idp.client.record.attributes == {"default_storage": "s-1"}
    token = ask(idp)[1]["access_token"]
    import jwt

    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["client_default_storage"] == "s-1"
    assert "client_identity_user_id" not in claims
    assert claims["scope"] == ["api.storage"]


def test_an_unknown_field_names_the_known_ones(idp: MockIdP) -> None:
    with pytest.raises(ConfigError, match="unknown field of a client 'scopes'; did you mean 'sco"):
        idp.client.update(scopes=())


def test_the_id_of_a_client_cannot_be_changed(idp: MockIdP) -> None:
    with pytest.raises(ConfigError, match="client_id"):
        idp.client.update(client_id="x")


def test_a_removed_client_is_unknown(idp: MockIdP, ask: Ask) -> None:
    client = idp.add_client(client_id="short-lived", client_secret="s")
    client.remove()
    assert ask(idp, client_id="short-lived", client_secret="s")[0] == 400
    with pytest.raises(LookupError, match="no client has the id 'short-lived'; registered: '6d6f"):
        _ = client.record


def test_credentials_come_as_a_pair_for_http_libraries(idp: MockIdP) -> None:
    assert idp.client.auth == (idp.client.client_id, idp.client.client_secret)


def test_a_public_client_has_no_secret_to_show() -> None:
    with MockIdP() as idp:
        client = idp.add_client(client_id="spa", token_endpoint_auth_method="none")
        with pytest.raises(LookupError, match="client 'spa' is public: it has no secret"):
            _ = client.client_secret


def test_the_representation_shows_no_secret(idp: MockIdP) -> None:
    assert repr(idp.client) == f"<client {idp.client.client_id!r} of groupdocs-total>"


def test_two_holders_of_one_client_see_the_same(idp: MockIdP) -> None:
    one, other = idp.client, RegisteredClient(idp._lane, idp.client.client_id)
    one.rotate_secret()
    assert one.client_secret == other.client_secret


def test_what_a_removed_client_was_given_is_refused(idp: MockIdP) -> None:
    client = idp.add_client(client_id="gone", client_secret="gone-secret")
    token = idp.issue_token(client="gone")
    call = Request(f"{idp.base_url}/v1/x", headers={"Authorization": f"Bearer {token}"})
    with urlopen(call) as answer:
        assert answer.status == 200
    client.remove()
    with pytest.raises(HTTPError) as refused:
        urlopen(call)
    refused.value.close()
    assert refused.value.code == 401
    assert "its client 'gone' was deleted" in idp.journal.last.hint
