"""Good token requests with one to three things changed: each mistake gets the code that its
specification names, and nobody gets a token but for a request that is still good.

The same examples in each run; ``HYPOTHESIS_EXAMPLES=20000`` (and ``--timeout 0``) looks further, at
others each time.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from fixtures.asgi import Reply
from fixtures.examples import as_many_as
from fixtures.request_change import draw_changes
from fixtures.token_attempt import CLIENTS, SERVED, Attempt, a_provider, good
from fixtures.token_changes import CHANGES, CODES, Change
from mockidp.flows.client_auth import authenticate
from mockidp.oauth.names import DEVICE_CODE, REQUEST_PARAMETERS
from mockidp.tokens.lookup import look_up

#: As the provider is by itself, and with other forms of tokens and all its switches.
LANES: tuple[dict[str, Any], ...] = (
    {},
    {"access_token_format": "hex:40", "dpop_nonce": "required", "refresh_token_grace": 10},
)
#: How a good request may be made.
OPTIONS = ("pkce", "bound", "proof", "scope", "resource")
#: In this order they are made: who comes later sees what was done before.
PLACES = (
    *("code", "verifier", "scope", "resource", "proof", "grant_type", "form", "client", "anything"),
)
#: RFC 6749, 5.2
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+")
PAIRS = [(g, m) for g in SERVED for m in CLIENTS if (g, m) != ("client_credentials", "none")]


def kept(attempt: Attempt) -> set[tuple[str, str]]:
    """All that is good for something."""
    lane = attempt.lane
    return {(kept.kind, kept.id) for kept in lane.store.find(now=lane.clock.now())}


def play(attempt: Attempt) -> str:
    """The code that it is refused with, or "" when it is served; all that must hold for both."""
    before = kept(attempt)
    reply = attempt.send()
    assert attempt.app.idp.journal.failures == []
    document = json.loads(reply.body)
    assert "no-store" in dict(reply.headers)["cache-control"]
    if reply.status == 200:
        check_served(attempt, document)
        return ""
    check_refused(attempt, reply, document)
    # What is new is a mark that something is good no more.
    assert {kind for kind, _ in kept(attempt) - before} <= {"revoked"}
    return str(document["error"])


def check_served(attempt: Attempt, document: Any) -> None:
    token = look_up(attempt.lane, document["access_token"])
    assert token.client_id == attempt.client_id
    assert document["token_type"] == ("Bearer" if attempt.proof is None else "DPoP")
    asked, grant_type = attempt.value("scope"), attempt.value("grant_type")
    if asked and grant_type in ("client_credentials", "refresh_token"):
        assert {*document["scope"].split()} == {*asked.split()}
    assert ("refresh_token" in document) is (grant_type != "client_credentials")


def check_refused(attempt: Attempt, reply: Reply, document: Any) -> None:
    assert [*document] == ["error", "error_description"]
    assert DESCRIPTION.fullmatch(document["error_description"])
    if document["error"] == "invalid_client":
        assert reply.status == 401
        assert dict(reply.headers)["www-authenticate"].startswith("Basic ")
    else:
        assert reply.status in (400, 405, 413)
    assert ("dpop-nonce" in dict(reply.headers)) is (document["error"] == "use_dpop_nonce")
    entry = attempt.app.idp.journal.last
    assert (entry.status, entry.error) == (reply.status, document["error"])
    assert entry.hint
    assert entry.cites


@pytest.mark.parametrize("one", CHANGES, ids=lambda one: f"{one.place}: {one.name}")
def test_one_mistake(one: Change) -> None:
    seen = 0
    # Whoever it is, what is wrong with the rest of the request is the same.
    pairs = PAIRS if one.place == "client" else [*PAIRS[:1], *PAIRS[4::4]]
    for turn, (grant_type, method) in enumerate(pairs):
        with a_provider(**LANES[turn % 2]) as app:
            options = {"pkce": turn % 2 == 0, "resource": True, "bound": turn % 3 == 1}
            attempt = good(app, grant_type, method, **options)
            if not one.fits(attempt):
                continue
            seen += 1
            expected = one.codes(attempt)
            one.apply(attempt)
            assert play(attempt) in (expected or ("",)), app.idp.journal.last
    assert seen


def test_each_code_has_a_mistake() -> None:
    made = set[str]()
    for grant_type, method in PAIRS:
        with a_provider(**LANES[1]) as app:
            attempt = good(app, grant_type, method)
            made |= {code for one in CHANGES if one.fits(attempt) for code in one.codes(attempt)}
    assert made == {*CODES}


def anything(name: str, text: str) -> Change:
    """A parameter with any value: good or not."""

    def apply(attempt: Attempt) -> None:
        attempt.put(name, text)

    return Change(
        name="anything",
        place="anything",
        apply=apply,
        codes=lambda attempt: ("anything",),
        fits=lambda attempt: True,
    )


ANYTHING = st.builds(
    anything,
    st.sampled_from([*REQUEST_PARAMETERS, "assertion", "x"]) | st.text(max_size=8),
    st.text(max_size=40) | st.sampled_from([*SERVED, "by_none", "openid", "read", "another"]),
)


def pairs_for(code: str) -> list[tuple[str, str]]:
    """Who can be told this code."""
    if CODES.get(code, "").startswith("RFC 8628"):
        return [pair for pair in PAIRS if pair[0] == DEVICE_CODE]
    return [pair for pair in PAIRS if code != "invalid_grant" or pair[0] != "client_credentials"]


ASKED = st.sampled_from(["", *CODES]).flatmap(
    lambda code: st.tuples(st.just(code), st.sampled_from(pairs_for(code)))
)


def test_one_to_three_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = Counter[str]()
    seen = Counter[str]()

    def counted(*given: Any) -> Any:
        client = authenticate(*given)
        passed["authenticated"] += 1
        return client

    @as_many_as(500, HealthCheck.data_too_large)
    @given(
        data=st.data(),
        lane=st.sampled_from(LANES),
        asked=ASKED,
        options=st.fixed_dictionaries(dict.fromkeys(OPTIONS, st.booleans())),
    )
    def run(
        data: st.DataObject,
        lane: dict[str, Any],
        asked: tuple[str, tuple[str, str]],
        options: dict[str, bool],
    ) -> None:
        first, pair = asked
        with a_provider(**lane) as app:
            attempt = good(app, pair[0], pair[1], **options)
            changes = draw_changes(
                data,
                attempt,
                first,
                changes=CHANGES,
                codes=CODES,
                places=PLACES,
                anything=ANYTHING,
            )
            codes = [one.codes(attempt) for one in changes]
            for one in changes:
                one.apply(attempt)
            before = passed["authenticated"]
            with monkeypatch.context() as patch:
                patch.setattr("mockidp.flows.token.authenticate", counted)
                code = play(attempt)
            seen[code] += 1
            passed["requests"] += 1
            passed.update(pair if passed["authenticated"] > before else ())
            if "anything" in (one.name for one in changes):
                return
            wrong = [code for each in codes for code in each]
            assert (code in wrong) if wrong else not code, app.idp.journal.last

    run()
    assert passed["authenticated"] >= passed["requests"] / 3, passed
    assert {*seen} - {""} == {*CODES}, seen
    # A third of those that are wrong is told who it is; and some are not wrong at all.
    assert seen[""] >= passed["requests"] / 40
    assert all(passed[name] for name in (*SERVED, *CLIENTS)), passed
