"""One test of a client that trips the limiter and moves the clock, to be run twenty times at once.

It is a text, because some runs of it are in test files of their own and in other processes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mockidp import MockIdP

#: ``live(idp, n, meet)``: what test number n does on its lane; ``meet()`` is called between the
#: steps, so that threads do each step at the same time. The limiter allows three failures.
SCENARIO = """
import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request


def ask(idp, client_secret):
    form = {
        "grant_type": "client_credentials",
        "client_id": idp.client.client_id,
        "client_secret": client_secret,
    }
    body = urllib.parse.urlencode(form).encode()
    try:
        with urllib.request.urlopen(idp.url("token"), body, timeout=30) as answer:
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal), refusal.headers


def claims_of(token):
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def live(idp, number, meet):
    started = time.time()
    idp.clock.advance(hours=1 + number)
    meet()
    # The same wrong secret in every test: with shared limits one would be in another's way.
    assert [ask(idp, "wrong")[0] for _ in range(3)] == [400, 400, 400]
    meet()
    status, body, headers = ask(idp, "wrong")
    assert (status, body) == (429, {"error": "too_many_requests"}), "its own limiter tripped"
    assert 1 <= int(headers["Retry-After"]) <= 600
    meet()
    status, body, _ = ask(idp, idp.client.client_secret)
    assert status == 200, "the right secret is another key of the limiter"
    nbf = claims_of(body["access_token"])["nbf"]
    moved = 3600 * (1 + number)
    assert int(started) + moved <= nbf <= time.time() + moved, "only its own clock moved it"
    meet()
    idp.clock.advance(minutes=10)
    assert ask(idp, "wrong")[0] == 400, "its own cooldown has passed"
    meet()
    statuses = [entry.status for entry in idp.journal.find("token")]
    assert statuses == [400, 400, 400, 429, 200, 400], "its journal has its own requests only"
"""

Live = Callable[["MockIdP", int, Callable[[], object]], None]


@pytest.fixture
def scenario() -> str:
    return SCENARIO


@pytest.fixture
def live() -> Live:
    names: dict[str, Live] = {}
    exec(compile(SCENARIO, "scenario", "exec"), names)
    return names["live"]
