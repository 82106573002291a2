"""Calls whose token cannot be found: what a provider with words for it says, and one without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.asgi import Reply, call
from mockidp import MockIdP

BASIC = ("Authorization", "Basic YTpi")
NONE = ("Accept", "*/*")


@pytest.fixture(params=["openid", "proz"])
def idp(request: pytest.FixtureRequest) -> Iterator[MockIdP]:
    idp = MockIdP(request.param, api={"prefixes": ["/api"], "token_in": ["header", "query"]})
    yield idp
    idp.close()


def ask(idp: MockIdP, header: tuple[str, str], query: str = "") -> Reply:
    return call(idp.app, "GET", f"http://localhost/api/x{query}", headers=[header])


@pytest.mark.parametrize(
    ("header", "openid", "proz"),
    [
        pytest.param(NONE, (401, None), (401, None), id="no header"),
        pytest.param(BASIC, (401, None), (400, "invalid_request"), id="another scheme"),
        pytest.param(
            ("Authorization", "Bearer"), (401, None), (400, "invalid_request"), id="no token"
        ),
    ],
)
def test_a_call_without_a_token(
    idp: MockIdP,
    header: tuple[str, str],
    openid: tuple[int, str | None],
    proz: tuple[int, str | None],
) -> None:
    reply = ask(idp, header)
    assert (reply.status, idp.journal.last.error) == (openid if idp.profile == "openid" else proz)


def test_a_call_with_two_tokens(idp: MockIdP) -> None:
    token = idp.issue_token()
    header = ("Authorization", f"Bearer {token}")
    assert ask(idp, header).status == 200
    reply = ask(idp, header, f"?access_token={token}")
    assert (reply.status, idp.journal.last.error) == (400, "invalid_request")
    assert "more than one" in idp.journal.last.hint
