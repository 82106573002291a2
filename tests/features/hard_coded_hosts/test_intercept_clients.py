"""Every client reaches the provider under its real host name, with certificates verified, whenever
it was imported and made; and never again once the block is left.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mockidp as package
from fixtures.https_clients import CLIENTS, POOLS, HttpsClient

if TYPE_CHECKING:
    from mockidp import MockIdP

Make = Callable[[str], HttpsClient]

REAL = "https://api.groupdocs.cloud"
DISCOVERY = f"{REAL}/.well-known/openid-configuration"

# The standard library's connection leaves it to its user to connect again.
RECONNECTING = [name for name in CLIENTS if name != "http.client"]

SCRIPT = """
import sys
from fixtures.https_clients import CLIENTS
from mockidp import MockIdP

with MockIdP("groupdocs-total") as idp, idp.intercept():
    client = CLIENTS[sys.argv[1]]()
    print(client.get(sys.argv[2])[0])
    client.close()
"""


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[HttpsClient] = []

    def make(name: str) -> HttpsClient:
        made.append(CLIENTS[name]())
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_made_in_the_block(name: str, make: Make, idp: MockIdP) -> None:
    with idp.intercept():
        status, body = make(name).get(DISCOVERY)
    assert status == 200
    assert json.loads(body)["issuer"] == REAL
    assert json.loads(body)["token_endpoint"] == f"{REAL}/connect/token"
    idp.journal.assert_called("discovery", times=1)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_made_before_the_block(
    name: str, make: Make, idp: MockIdP, outside: list[str]
) -> None:
    client = make(name)
    with idp.intercept():
        assert client.get(DISCOVERY)[0] == 200
        assert client.get(DISCOVERY)[0] == 200
    idp.journal.assert_called("discovery", times=2)
    assert outside == []


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_imported_in_the_block(name: str) -> None:
    root = Path(package.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, name, DISCOVERY],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (run.stdout, run.stderr) == ("200\n", "")


@pytest.mark.parametrize("name", POOLS)
def test_a_kept_alive_connection_does_not_outlive_the_block(
    name: str, make: Make, idp: MockIdP
) -> None:
    client = make(name)
    with idp.intercept():
        client.get(DISCOVERY)
    with pytest.raises(Exception):  # noqa: B017, PT011  # each library has its own
        client.get(DISCOVERY)
    idp.journal.assert_called("discovery", times=1)


@pytest.mark.parametrize("name", RECONNECTING)
def test_a_client_goes_on_in_the_next_block(
    name: str, make: Make, idp: MockIdP, mockidp_factory: Callable[..., MockIdP]
) -> None:
    client = make(name)
    other = mockidp_factory("groupdocs-total")
    with idp.intercept():
        assert client.get(DISCOVERY)[0] == 200
    with other.intercept():
        assert client.get(DISCOVERY)[0] == 200
    idp.journal.assert_called("discovery", times=1)
    other.journal.assert_called("discovery", times=1)
