"""One device code, and a hundred who redeem it (RFC 8628, 3.5): over sockets, and from threads that
really race.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import requests

from fixtures.device import TV
from mockidp import MockIdP
from mockidp.flows.device import Decided, begin_device, check_decision, decide, find_device
from mockidp.flows.grant import TokenRequest
from mockidp.flows.token import answer_token_request
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact, ArtifactKind
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.names import DEVICE_CODE
from mockidp.oauth.params import Params
from mockidp.store.base import Take
from mockidp.store.memory import MemoryStore
from mockidp.tokens.lookup import look_up

if TYPE_CHECKING:
    from tests.features.races.conftest import Race

PATIENCE = 60


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    with MockIdP("openid", config={}, clients=[TV]) as idp:
        yield idp
        assert idp.journal.failures == []


def request(**form: str) -> TokenRequest:
    params = Params.of({"client_id": "tv", **form})
    return TokenRequest(params=params, issuer="https://mockidp.example")


def begin(lane: Issuer) -> tuple[str, Artifact]:
    """The device code, and what the user is asked about."""
    codes = begin_device(lane, request(scope="openid offline_access"))
    return codes.device_code, find_device(lane, codes.user_code)


def allowed(lane: Issuer) -> str:
    device_code, device = begin(lane)
    client = lane.clients.default
    decide(lane, device, client, user=lane.users.default, auth_time=lane.clock.now())
    return device_code


def redeem(lane: Issuer, device_code: str) -> Mapping[str, Any] | OAuthError:
    try:
        return answer_token_request(lane, request(grant_type=DEVICE_CODE, device_code=device_code))
    except OAuthError as error:
        return error


class Decoy(MemoryStore):
    """Takes as one would who had not read the store's contract: reads, and then deletes. All racers
    meet between, which is the worst that can happen.
    """

    def __init__(self) -> None:
        super().__init__()
        self._all_have_read = threading.Barrier(100)

    def take(self, kind: ArtifactKind, id: str, *, now: float) -> Take:
        artifact = self.get(kind, id, now=now)
        if kind != "device_code" or artifact is None:
            return super().take(kind, id, now=now)
        self._all_have_read.wait(30)
        self.revoke(kind, id)
        return Take(outcome="won", artifact=artifact)


def winners(answers: list[Mapping[str, Any] | OAuthError]) -> list[Mapping[str, Any]]:
    return [answer for answer in answers if not isinstance(answer, OAuthError)]


def test_one_thread_of_a_hundred_wins(idp: MockIdP, race: Race[Any]) -> None:
    lane = idp._lane
    for _ in range(3):
        device_code = allowed(lane)
        answers = race(partial(redeem, lane, device_code))
        (won,) = winners(answers)
        refused = Counter(a.code for a in answers if isinstance(a, OAuthError))
        assert refused == {"invalid_grant": 99}
        # A device that asks twice is no thief.
        assert look_up(lane, won["access_token"]).client_id == "tv"


def test_a_store_that_reads_and_then_deletes_does_not_pass(idp: MockIdP, race: Race[Any]) -> None:
    lane = idp._lane
    lane.store = Decoy()
    device_code = allowed(lane)
    assert len(winners(race(lambda: redeem(lane, device_code)))) == 100


def test_one_connection_of_a_hundred_wins(idp: MockIdP, race: Race[Any]) -> None:
    codes = requests.post(
        idp.url("device_authorization"), {"client_id": "tv"}, timeout=PATIENCE
    ).json()
    idp.robot.approve_device(codes["user_code"])
    form = {"grant_type": DEVICE_CODE, "client_id": "tv", "device_code": codes["device_code"]}

    def ask() -> tuple[int, str]:
        reply = requests.post(idp.url("token"), form, timeout=PATIENCE)
        return reply.status_code, reply.json().get("error", "")

    assert Counter(race(ask)) == {(200, ""): 1, (400, "invalid_grant"): 99}


def test_of_a_hundred_answers_one_counts(idp: MockIdP, race: Race[Any]) -> None:
    lane = idp._lane
    device_code, device = begin(lane)
    turns = iter(range(100))

    def answer() -> Decided | None:
        user = lane.users.default if next(turns) % 2 else None
        try:
            return decide(lane, device, lane.clients.default, user=user)
        except OAuthError:
            return None

    (decided,) = [found for found in race(answer) if found is not None]
    found = redeem(lane, device_code)
    if decided.is_allowed:
        assert not isinstance(found, OAuthError)
    else:
        assert isinstance(found, OAuthError)
        assert found.code == "access_denied"


def test_an_answer_is_not_lost_while_the_device_asks(idp: MockIdP, race: Race[Any]) -> None:
    lane = idp._lane
    for _ in range(3):
        device_code, device = begin(lane)
        turns = iter(range(100))

        def work(device: Artifact = device, turns: Iterator[int] = turns) -> None:
            if next(turns) == 50:
                decide(lane, device, lane.clients.default, user=lane.users.default)
                return
            asked = lane.store.get("device_code", device.id, now=lane.clock.now())
            assert asked is not None
            with suppress(OAuthError):
                check_decision(lane, asked)

        race(work)
        assert not isinstance(redeem(lane, device_code), OAuthError)
