"""A proxy in the environment of the developer, as in many companies, is not asked for the hosts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from fixtures.https_clients import CLIENTS

if TYPE_CHECKING:
    from mockidp import MockIdP

DISCOVERY = "https://api.groupdocs.cloud/.well-known/openid-configuration"
# A port that nothing listens on.
PROXY = "http://127.0.0.1:9"
VARIABLES = ("no_proxy", "NO_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")


@pytest.fixture(autouse=True)
def _nothing_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def variables() -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in VARIABLES}


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "all_proxy"])
@pytest.mark.parametrize("name", ["urllib", "requests", "httpx", "httpx2", "httpx, asyncio"])
def test_a_client_that_heeds_the_environment(
    name: str, variable: str, idp: MockIdP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, PROXY)
    with idp.intercept():
        client = CLIENTS[name]()
        assert client.get(DISCOVERY)[0] == 200
        client.close()


@pytest.mark.parametrize("before", [None, "", "intranet.example.com,.example.net", "*"])
def test_leaving_puts_the_variables_back(
    before: str | None, idp: MockIdP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    if before is not None:
        monkeypatch.setenv("NO_PROXY", before)
    outside = variables()
    with idp.intercept():
        once = variables()
        with idp.intercept():
            pass
        assert variables() == once
    assert variables() == outside


def test_without_a_proxy_there_is_nothing_to_put_back(idp: MockIdP) -> None:
    outside = variables()
    with idp.intercept():
        assert variables() == outside


def test_what_the_test_adds_in_the_block_is_kept(
    idp: MockIdP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "first.example.com")
    with idp.intercept():
        monkeypatch.setenv("NO_PROXY", "second.example.com", prepend=",")
    assert os.environ["NO_PROXY"] == "second.example.com,first.example.com"
