"""The session cookie that PHP gives with every answer is another one each time, also where the
answer is a refusal, a fault or a failure (recorded in diasks2/proz, 2015).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from fixtures.asgi import Reply, call
from mockidp import MockIdP

COOKIE = re.compile(r"PHPSESSID=[0-9a-f]{32}; path=/; domain=\.proz\.com")


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    idp = MockIdP("proz", limiter={"counts": [], "allowed": 3})
    yield idp
    idp.close()


def ask(idp: MockIdP, method: str = "POST", path: str = "/oauth/token") -> Reply:
    return call(idp.app, method, f"http://localhost{path}")


def test_each_answer_has_a_cookie_of_its_own(idp: MockIdP) -> None:
    idp.faults.next("token", status=503)
    replies = [
        ask(idp),  # the fault
        ask(idp),
        ask(idp, "GET"),
        ask(idp, "GET", "/oauth/authorize"),
        *(ask(idp) for _ in range(3)),  # the last is rejected
    ]
    assert {reply.status for reply in replies} == {503, 400, 405, 429}
    cookies = [dict(reply.headers)["set-cookie"] for reply in replies]
    assert all(map(COOKIE.fullmatch, cookies))
    assert len(set(cookies)) == len(cookies)
