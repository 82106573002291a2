"""The two libraries that move a test's time, frozen and travelling, behind one small face, and what
a client sees of a provider's time.
"""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import freezegun
import pytest
import time_machine

if TYPE_CHECKING:
    from mockidp import MockIdP

START = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)

_KINDS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "freezegun": lambda: freezegun.freeze_time(START),
    "freezegun, ticking": lambda: freezegun.freeze_time(START, tick=True),
    "time-machine": lambda: time_machine.travel(START, tick=False),
    "time-machine, ticking": lambda: time_machine.travel(START, tick=True),
}


class Travel:
    """Time that is not now, from ``begin`` to ``end``."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._moved: Any = None
        self._stack = ExitStack()

    def begin(self) -> None:
        self._moved = self._stack.enter_context(_KINDS[self._kind]())

    def end(self) -> None:
        self._stack.close()

    def on(self, **amount: float) -> None:
        """Move time on, as a test does with its library."""
        # Not freezegun's tick: it forgets what has ticked away.
        self._moved.move_to(datetime.now(UTC) + timedelta(**amount))


@pytest.fixture(params=[*_KINDS])
def travel(request: pytest.FixtureRequest) -> Iterator[Travel]:
    """Real time until ``begin``; each library, frozen and ticking."""
    travel = Travel(request.param)
    yield travel
    travel.end()


@pytest.fixture
def travelled(travel: Travel) -> Travel:
    """Time that has been moved before the test begins."""
    travel.begin()
    return travel


class Client:
    """One connection to a provider, kept alive, and what it says of its time."""

    def __init__(self, idp: MockIdP) -> None:
        self._idp = idp
        # A stalled server fails the test instead of hanging it.
        address = idp.base_url.removeprefix("http://")
        self._connection = http.client.HTTPConnection(address, timeout=60)

    def fetch(self, client_secret: str | None = None) -> tuple[int, dict[str, Any], Any]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._idp.client.client_id,
            "client_secret": client_secret or self._idp.client.client_secret,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", "/connect/token", urlencode(form), headers)

    def call(self, token: str) -> tuple[int, dict[str, Any], Any]:
        return self._ask("GET", "/v2.0/viewer/formats", None, {"Authorization": f"Bearer {token}"})

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any], Any]:
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        document: dict[str, Any] = json.loads(answer.read())
        assert_is_now(parsedate_to_datetime(answer.headers["Date"]).timestamp())
        return answer.status, document, answer.headers

    def close(self) -> None:
        self._connection.close()


Connect = Callable[["MockIdP"], Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    clients: list[Client] = []

    def connected(idp: MockIdP) -> Client:
        clients.append(Client(idp))
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


def assert_is_now(seconds: float, *, ahead: float = 0) -> None:
    """The time of the server is the time of the test, which may have gone on for a moment."""
    late = time.time() + ahead - seconds
    assert 0 <= late < 30, f"{late} seconds apart"


Check = Callable[..., None]


@pytest.fixture
def check_now() -> Check:
    return assert_is_now


@pytest.fixture
def claims_of() -> Callable[[str], dict[str, Any]]:
    def claims_of(token: str) -> dict[str, Any]:
        middle = token.split(".")[1]
        claims: dict[str, Any] = json.loads(
            base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))
        )
        return claims

    return claims_of
