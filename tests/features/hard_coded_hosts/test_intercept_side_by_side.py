"""Several blocks at a time: nested, in tasks of one thread, and in several threads."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.request import urlopen

import httpx
import pytest
import requests

if TYPE_CHECKING:
    from mockidp import MockIdP
    from mockidp.pytest_plugin import Factory

API = "https://api.groupdocs.cloud/.well-known/openid-configuration"
ID = "https://id.groupdocs.cloud/.well-known/openid-configuration"


@pytest.fixture
def other(mockidp_factory: Factory) -> MockIdP:
    return mockidp_factory("groupdocs-total")


def asked(idp: MockIdP) -> int:
    return len(idp.journal.find("discovery"))


def test_the_innermost_answers_and_then_the_outer_one_again(idp: MockIdP, other: MockIdP) -> None:
    # One session, so that each block meets a connection that the one before has kept alive.
    with requests.Session() as session, idp.intercept():
        session.get(API)
        with other.intercept():
            session.get(API)
            assert (asked(idp), asked(other)) == (1, 1)
        session.get(API)
        session.get(API)
        assert (asked(idp), asked(other)) == (3, 1)


def test_one_provider_in_itself(idp: MockIdP) -> None:
    with idp.intercept():
        with idp.intercept():
            requests.get(API)
        requests.get(API)
    assert asked(idp) == 2


def test_an_inner_block_covers_only_its_hosts(
    mockidp_groupdocs_translation: MockIdP, idp: MockIdP
) -> None:
    translation = mockidp_groupdocs_translation
    with translation.intercept(), idp.intercept():
        assert json.loads(urlopen(API).read())["issuer"] == "https://api.groupdocs.cloud"
        assert json.loads(urlopen(ID).read())["issuer"] == "https://id.groupdocs.cloud"
    assert (asked(idp), asked(translation)) == (1, 1)


def test_a_host_of_another_thread_is_refused_with_both_names(idp: MockIdP, other: MockIdP) -> None:
    def enter() -> None:
        with other.intercept():
            pytest.fail("both intercept")

    with idp.intercept(), ThreadPoolExecutor(1, thread_name_prefix="second") as pool:
        with pytest.raises(RuntimeError) as caught:
            pool.submit(enter).result()
        requests.get(API)
    said = str(caught.value)
    for part in (repr(idp), repr(other), "api.groupdocs.cloud", "second_0", "MainThread"):
        assert part in said
    assert asked(idp) == 1


def test_after_the_first_thread_has_left_the_second_may_enter(idp: MockIdP, other: MockIdP) -> None:
    def ask() -> int:
        with other.intercept():
            return requests.get(API).status_code

    with idp.intercept():
        pass
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(ask).result() == 200


def test_another_thread_may_ask_the_host_of_the_first(idp: MockIdP) -> None:
    with idp.intercept(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(requests.get, API).result().status_code == 200
    assert asked(idp) == 1


def test_threads_with_different_hosts(mockidp_factory: Factory) -> None:
    hosts = [f"login-{number}.example.com" for number in range(8)]
    both_in = threading.Barrier(len(hosts), timeout=60)
    config = {
        "profiles": {
            host.partition(".")[0]: {
                "extends": "groupdocs-total",
                "routing": {"serves": [f"{host}/"], "issuer": f"https://{host}"},
            }
            for host in hosts
        }
    }
    from mockidp import MockIdP

    def ask(host: str) -> str:
        with MockIdP(host.partition(".")[0], config=config) as idp:
            for _ in range(3):
                both_in.wait()
                with idp.intercept():
                    both_in.wait()
                    answer = requests.get(f"https://{host}/.well-known/openid-configuration")
                    both_in.wait()
            assert asked(idp) == 3
            return str(answer.json()["issuer"])

    with ThreadPoolExecutor(len(hosts)) as pool:
        assert list(pool.map(ask, hosts)) == [f"https://{host}" for host in hosts]


def test_tasks_of_one_loop_are_nested_in_the_order_of_entering(
    idp: MockIdP, other: MockIdP
) -> None:
    async def main() -> None:
        outer_is_left = asyncio.Event()
        inner_is_in = asyncio.Event()

        async def outer() -> None:
            with idp.intercept():
                await inner_is_in.wait()
                async with httpx.AsyncClient() as client:
                    await client.get(API)
            outer_is_left.set()

        async def inner() -> None:
            with other.intercept():
                inner_is_in.set()
                await outer_is_left.wait()
                async with httpx.AsyncClient() as client:
                    await client.get(API)

        await asyncio.gather(outer(), inner())

    asyncio.run(main())
    assert (asked(idp), asked(other)) == (0, 2)
