"""Good authorization requests with one to three things changed, by each way in which a request may
travel: each mistake gets the code that its specification names, in the place that it names; nobody
is sent to an address that is not registered, and nothing is given for a request that is refused.

The same examples in each run; ``HYPOTHESIS_EXAMPLES=20000`` (and ``--timeout 0``) looks further, at
others each time.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from fixtures.application import claims_in
from fixtures.authorization_attempt import (
    MORE,
    REGISTERED,
    RESPONSE_TYPES,
    VISITORS,
    WAYS,
    Attempt,
    a_provider,
    good,
)
from fixtures.authorization_changes import CHANGES, CODES, PLACES, Change
from fixtures.browser import Screen
from fixtures.examples import as_many_as
from fixtures.request_change import draw_changes
from mockidp.oauth.names import REQUEST_PARAMETERS

#: With request objects of every kind, and without.
LANES: tuple[dict[str, Any], ...] = ({"outgoing_allowed": True}, {"request_object_given": []})
#: RFC 6749, 4.1.2.1
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+")
MARK = "<script>evil()</script>"
#: What a client gets when it is served, by the word of the response type.
GIVEN = {"code": {"code"}, "id_token": {"id_token"}} | {
    "token": {"access_token", "token_type", "expires_in", "scope"}
}
#: What is kept of people, and gives nothing to a client.
OF_PEOPLE = {"session", "interaction", "told", "par", "revoked"}
#: What a person answers, or lets the request fail with.
CHOSEN = {
    *("access_denied", "server_error", "temporarily_unavailable", "interaction_required"),
    "account_selection_required",
}
PAIRS = [(way, visitor) for way in WAYS for visitor in VISITORS]


class Outcome(NamedTuple):
    #: The code of a refusal; "" where the client gets what it asks for.
    code: str
    #: client, page, or the document of the endpoint for pushed requests.
    told: str


def kept(attempt: Attempt) -> set[tuple[str, str]]:
    """All that is good for something."""
    lane = attempt.lane
    return {(kept.kind, kept.id) for kept in lane.store.find(now=lane.clock.now())}


def play(attempt: Attempt) -> Outcome:
    before, request_uri = kept(attempt), ""
    if attempt.is_pushed:
        status, document = attempt.push()
        if status != 201:
            assert status in (400, 401, 413)
            assert [*document] == ["error", "error_description"]
            assert kept(attempt) <= before
            return refused(attempt, document["error"], "document")
        request_uri = attempt.refer(document["request_uri"])
        before = kept(attempt)
    screen = attempt.answer(attempt.open(request_uri))
    check_screen(attempt, screen)
    if screen.status >= 400:
        outcome = refused(attempt, screen.code, "page")
    elif "error" in screen.answer:
        outcome = refused(attempt, screen.answer["error"], "client")
    else:
        check_served(attempt, screen)
        return Outcome("", "client")
    assert {kind for kind, _ in kept(attempt) - before} <= OF_PEOPLE
    return outcome


def refused(attempt: Attempt, code: str, told: str) -> Outcome:
    entry = attempt.app.idp.journal.last
    assert entry.error == code
    assert entry.hint
    return Outcome(code, told)


def check_screen(attempt: Attempt, screen: Screen) -> None:
    """What must be true of every answer."""
    assert attempt.app.idp.journal.failures == []
    assert screen.status in (200, 303, 400, 401, 413)
    assert MARK not in screen.html
    assert all(value.isprintable() for _, value in screen.headers)
    if screen.status >= 400:
        assert not screen.sent_to
        return
    to = screen.sent_to or str(screen.page.by_id("form-post").attributes["action"])
    assert_registered(to)
    answer = {**screen.answer}
    answer.pop("kept", None)
    assert answer.pop("iss") == attempt.app.idp.issuer
    if "error" in answer:
        assert {*answer} <= {"error", "error_description", "state"}
        assert DESCRIPTION.fullmatch(answer["error_description"])


def assert_registered(to: str) -> None:
    """Nothing but members of the answer stands behind a registered URI."""
    port = urlsplit(to).port
    here = [f"http://127.0.0.1:{port}/cb"] if port else []  # RFC 8252, 7.3
    bases = [*REGISTERED, *here]
    assert any(to == base or to.startswith((f"{base}?", f"{base}&", f"{base}#")) for base in bases)


def check_served(attempt: Attempt, screen: Screen) -> None:
    """The client gets what it asks for, all of it and nothing else, in the place it asks for."""
    words = {*attempt.words}
    expected = {"iss"} | {name for word in words for name in GIVEN[word]}
    answer = {**screen.answer}
    optional = {"session_state", "state", "kept", "scope"}
    assert {*answer} - optional == expected - optional
    assert answer.get("state", "") == attempt.params.get("state", "")
    mode = attempt.params.get("response_mode") or ("query" if words == {"code"} else "fragment")
    assert screen.mode == mode
    if "id_token" in words:
        claims = claims_in(answer["id_token"])
        assert claims.get("nonce") == attempt.params.get("nonce")
        assert claims["aud"] == attempt.client_id
        assert ("at_hash" in claims) is ("token" in words)
        assert ("c_hash" in claims) is ("code" in words)


def is_as_told(one: Change, outcome: Outcome) -> bool:
    return one.told == "either" or outcome.told in (one.told, "document")


@pytest.mark.parametrize("one", CHANGES, ids=lambda one: f"{one.place}: {one.name}")
def test_one_mistake(one: Change) -> None:
    seen = 0
    for turn, way in enumerate((*WAYS, "query")):
        lane = LANES[1] if turn == len(WAYS) else LANES[0]
        with a_provider(**lane) as app:
            attempt = good(app, RESPONSE_TYPES[turn * 5 % 6], way, VISITORS[turn % 3])
            if not one.fits(attempt):
                continue
            seen += 1
            expected = one.codes(attempt)
            one.apply(attempt)
            outcome = play(attempt)
            assert outcome.code in (expected or ("",)), app.idp.journal.last
            assert is_as_told(one, outcome), app.idp.journal.last
    assert seen


def test_each_code_has_a_mistake() -> None:
    made = set[str]()
    for lane in LANES:
        for way, visitor in PAIRS:
            with a_provider(**lane) as app:
                attempt = good(app, "code", way, visitor)
                fitting = [one for one in CHANGES if one.fits(attempt)]
                made |= {code for one in fitting for code in one.codes(attempt)}
    assert made == {*CODES}


def anything(name: str, text: str, is_beside: bool) -> Change:
    """A parameter with any value: good or not."""

    def apply(attempt: Attempt) -> None:
        if is_beside:
            attempt.beside.append((name, text))
        else:
            attempt.params[name] = text

    return Change(
        name="anything",
        place="anything",
        apply=apply,
        codes=lambda attempt: ("anything",),
        fits=lambda attempt: True,
        told="either",
    )


ANYTHING = st.builds(
    anything,
    st.sampled_from([*REQUEST_PARAMETERS, "registration", "x"]) | st.text(max_size=8),
    st.text(max_size=40)
    | st.sampled_from([*REGISTERED, *RESPONSE_TYPES, "https://evil.example/cb", MARK, "none"]),
    st.booleans(),
)
GOOD = st.fixed_dictionaries(
    {},
    optional={
        "response_mode": st.sampled_from(["query", "fragment", "form_post"]),
        "scope": st.just(MORE),
        "max_age": st.sampled_from(["0", "3600"]),
        "prompt": st.sampled_from(["login", "consent", "none"]),
        "display": st.just("touch"),
    },
)


def pairs_for(code: str) -> list[tuple[str, str]]:
    """Who can be told this code: what people choose on pages needs somebody who is asked."""
    return [pair for pair in PAIRS if pair[1] == "nobody" or code not in CHOSEN]


ASKED = st.sampled_from(["", *CODES]).flatmap(
    lambda code: st.tuples(st.just(code), st.sampled_from(pairs_for(code)))
)


def test_one_to_three_changes() -> None:
    seen = Counter[str]()
    told = Counter[str]()

    @as_many_as(400, HealthCheck.data_too_large)
    @given(
        data=st.data(),
        asked=ASKED,
        response_type=st.sampled_from(RESPONSE_TYPES),
        optional=GOOD,
    )
    def run(
        data: st.DataObject,
        asked: tuple[str, tuple[str, str]],
        response_type: str,
        optional: dict[str, str],
    ) -> None:
        first, pair = asked
        lane = LANES[1] if first.endswith("_not_supported") else LANES[0]
        way, visitor = pair
        if lane is LANES[1]:  # where there is no object
            way = {"object": "query", "unsigned object": "form"}.get(way, "query")
        with a_provider(**lane) as app:
            attempt = good(app, response_type, way, visitor, **optional)
            changes = draw_changes(
                data,
                attempt,
                first,
                changes=CHANGES,
                codes=CODES,
                places=(*PLACES, "anything"),
                anything=ANYTHING,
            )
            wrong = {code for one in changes for code in one.codes(attempt)}
            for one in changes:
                one.apply(attempt)
            is_silent = attempt.params.get("prompt") == "none"
            outcome = play(attempt)
            seen[outcome.code] += 1
            told[outcome.told] += 1
            if any(one.name == "anything" for one in changes):
                return
            if is_silent and outcome.code in ("login_required", "consent_required"):
                return
            # The scopes that are left may be those that the user has agreed to already.
            if is_silent and not outcome.code and any(one.place == "scope" for one in changes):
                return
            assert (outcome.code in wrong) if wrong else not outcome.code, app.idp.journal.last
            if any(one.told == "page" for one in changes):
                assert outcome.told != "client"
            elif all(one.told == "client" for one in changes):
                assert outcome.told != "page"

    run()
    assert {*seen} - {""} == {*CODES}, seen
    assert all(told[who] >= sum(told.values()) / 40 for who in ("client", "page", "document"))
    assert seen[""] >= sum(seen.values()) / 40
