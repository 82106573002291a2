"""mockidp may be first imported while time is frozen: it works then, and afterwards."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys, threading, time, urllib.request
from base64 import urlsafe_b64decode
from datetime import datetime, timezone
import freezegun, time_machine

def nbf(token):
    middle = token.split(".")[1]
    return json.loads(urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))["nbf"]

def fetch(idp):
    id, secret = idp.client.auth
    form = f"grant_type=client_credentials&client_id={{id}}&client_secret={{secret}}".encode()
    with urllib.request.urlopen(idp.url("token"), form, timeout=60) as answer:
        return nbf(json.load(answer)["access_token"]), answer.headers["Date"]

START = datetime(2031, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
with {freeze}:
    assert not {{"mockidp", "uvicorn", "starlette", "jwt"}}.intersection(sys.modules)
    from mockidp import MockIdP
    idp = MockIdP("groupdocs-total").start()
    moments = [nbf(idp.issue_token()), fetch(idp)[0]]
    thread = threading.Thread(target=lambda: moments.append(nbf(idp.issue_token())))
    thread.start()
    thread.join(60)
    assert len(moments) == 3 and all(0 <= nbf - START.timestamp() < 30 for nbf in moments), moments
    assert fetch(idp)[1].startswith("Mon, 03 Feb 2031 04:05:"), fetch(idp)
    with MockIdP() as other:
        fetch_metadata = urllib.request.urlopen(other.url("discovery"), timeout=60)
        assert json.load(fetch_metadata)["issuer"] == other.issuer
        fetch_metadata.close()
assert 0 <= time.time() - fetch(idp)[0] < 30, "in real time again"
idp.close()
print("followed")
"""


@pytest.mark.parametrize(
    "freeze",
    [
        "freezegun.freeze_time(START)",
        "freezegun.freeze_time(START, tick=True)",
        "time_machine.travel(START, tick=False)",
        "time_machine.travel(START, tick=True)",
    ],
    ids=["freezegun", "freezegun, ticking", "time-machine", "time-machine, ticking"],
)
def test_the_first_import_in_frozen_time(freeze: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM.format(freeze=freeze)],
        capture_output=True,
        check=False,
        text=True,
        timeout=40,
        # The project is found also where it is not installed.
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert (done.stdout, done.stderr) == ("followed\n", "")
