"""``idp.revoke``: as when a user withdraws what was granted to an application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockidp import MockIdP
from mockidp.idp.clients import RegisteredClient
from mockidp.tokens.lookup import TokenRefused, look_up


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    idp = MockIdP()
    yield idp
    idp.close()


@pytest.fixture
def other(idp: MockIdP) -> RegisteredClient:
    return idp.add_client(client_id="other")


def good(idp: MockIdP, tokens: dict[str, str]) -> set[str]:
    """The names of those that are still taken."""
    taken = set()
    for name, token in tokens.items():
        try:
            look_up(idp._lane, token)
        except TokenRefused:
            continue
        taken.add(name)
    return taken


@pytest.mark.parametrize(
    ("user", "client", "left"),
    [
        pytest.param("alice", "mockidp-client", {"alice other", "bob", "none"}, id="a pair"),
        pytest.param("alice", None, {"bob", "none"}, id="all of a user"),
        pytest.param(None, "other", {"alice", "bob", "none"}, id="all of a client"),
        pytest.param(None, None, {"none"}, id="all that users have granted"),
    ],
)
@pytest.mark.parametrize("form", ["jwt", "hex:40"])
def test_what_was_granted_is_refused_at_once(
    user: str | None, client: str | None, left: set[str], form: str
) -> None:
    idp = MockIdP(access_token={"format": form})
    idp.add_client(client_id="other")
    tokens = {
        "alice": idp.issue_token(user="alice"),
        "alice other": idp.issue_token("other", user="alice"),
        "bob": idp.issue_token(user="bob"),
        "none": idp.issue_token(),
    }
    assert good(idp, tokens) == set(tokens)
    idp.revoke(user, client)
    assert good(idp, tokens) == left
    idp.close()


def test_objects_do_as_well_as_names(idp: MockIdP, other: RegisteredClient) -> None:
    tokens = {"own": idp.issue_token(user="alice"), "other": idp.issue_token(other, user="alice")}
    idp.revoke(idp.user, idp.client)
    assert good(idp, tokens) == {"other"}


def test_what_is_granted_afterwards_is_good(idp: MockIdP) -> None:
    idp.issue_token(user="alice")
    idp.revoke("alice")
    tokens = {"new": idp.issue_token(user="alice")}
    assert good(idp, tokens) == {"new"}


@pytest.mark.parametrize(("user", "client"), [("carol", None), (None, "nobody")])
def test_who_is_unknown_is_an_error(idp: MockIdP, user: str | None, client: str | None) -> None:
    with pytest.raises(LookupError, match=r"carol|nobody"):
        idp.revoke(user, client)
