"""Documents of others: when they are fetched, for how long they are good, and what comes of one
that cannot be had. The keys of a client are the example.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from fixtures.peer import Peer
from fixtures.signed import EC, ED25519, assertion_form, public
from mockidp import MockIdP
from mockidp.control.outgoing import Post
from mockidp.model.event import Exchange
from mockidp.web.outgoing import post_all

KEYS = json.dumps({"keys": [public(EC, kid="1")]})
ROTATED = json.dumps({"keys": [public(ED25519, kid="2")]})


@pytest.fixture
def idp(peer: Peer) -> Iterator[MockIdP]:
    with MockIdP("openid", outgoing={"allowed": True, "timeout": 60.0, "max_bytes": 1000}) as idp:
        register(idp, peer.put("/jwks", KEYS))
        yield idp


def register(idp: MockIdP, jwks_uri: str) -> None:
    idp.add_client(client_id="app", token_endpoint_auth_method="private_key_jwt", jwks_uri=jwks_uri)


def ask(idp: MockIdP, kid: str = "1", **more: Any) -> requests.Response:
    key, alg = (EC, "ES256") if kid == "1" else (ED25519, "EdDSA")
    form = assertion_form(
        "app", idp.issuer, key=key, header={"alg": alg, "kid": kid}, now=idp.clock.now(), **more
    )
    return requests.post(idp.url("token"), data=form, timeout=60)


def test_the_keys_of_a_client_are_fetched_once(idp: MockIdP, peer: Peer) -> None:
    assert ask(idp).status_code == 200
    assert [*idp.journal.last.outgoing] == [f"GET {peer.origin}/jwks: 200, {len(KEYS)} bytes"]
    assert f"asked for it: GET {peer.origin}/jwks" in str(idp.journal.last)
    assert ask(idp).status_code == 200
    assert not idp.journal.last.outgoing
    assert peer.hits == ["/jwks"]
    idp.journal.assert_called("token", times=2, client_id="app", status=200)


def test_they_are_fetched_again_after_five_minutes(idp: MockIdP, peer: Peer) -> None:
    for seconds in (0, 299, 2):
        idp.clock.advance(seconds)
        assert ask(idp).status_code == 200
    assert len(peer.hits) == 2


def test_an_unknown_kid_fetches_them_again_but_not_at_once(idp: MockIdP, peer: Peer) -> None:
    idp.clock.freeze()
    assert ask(idp).status_code == 200
    peer.put("/jwks", ROTATED)
    assert [ask(idp, "2").status_code for _ in range(20)] == [401] * 20
    assert "was fetched less than 5 s ago" in idp.journal.last.hint
    assert len(peer.hits) == 1
    idp.clock.advance(5)
    assert ask(idp, "2").status_code == 200
    assert len(peer.hits) == 2


@pytest.mark.parametrize("seconds", [0, 0.0001])
def test_they_are_fetched_once_for_one_request(peer: Peer, seconds: float) -> None:
    outgoing = {"allowed": True, "refetch_after": seconds}
    with MockIdP("openid", config={}, outgoing=outgoing) as idp:
        register(idp, peer.put("/jwks", KEYS))
        assert [ask(idp, "2").status_code for _ in range(2)] == [401, 401]
        assert len(peer.hits) == 2
        peer.put("/jwks", ROTATED)
        assert ask(idp, "2").status_code == 200
        assert len(peer.hits) == 3


def test_a_flood_of_unknown_kids_fetches_nothing(idp: MockIdP, peer: Peer) -> None:
    idp.clock.freeze()
    ask(idp)
    for number in range(20):
        form = assertion_form("app", idp.issuer, header={"kid": f"k{number}"})
        assert requests.post(idp.url("token"), data=form, timeout=60).status_code == 401
    assert len(peer.hits) == 1


def test_nothing_is_fetched_for_a_bad_algorithm(idp: MockIdP, peer: Peer) -> None:
    form = assertion_form("app", idp.issuer, header={"alg": "none"}, key=None)
    assert requests.post(idp.url("token"), data=form, timeout=60).status_code == 401
    assert peer.hits == []


def test_nothing_is_fetched_unless_it_is_allowed(peer: Peer) -> None:
    with MockIdP("openid") as idp:
        register(idp, peer.put("/jwks", KEYS))
        answer = ask(idp)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert "set outgoing.allowed = true" in idp.journal.last.hint
    assert peer.hits == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "answers with status 404", id="404"),
        pytest.param("<html>", "is not JSON", id="no JSON"),
        pytest.param("[]", "is not a JSON object", id="list"),
        pytest.param("{}", "has no list `keys`", id="no keys"),
        pytest.param('{"keys": [{"kty": "oct", "k": "AA"}]}', "is none of: RSA", id="secret"),
        pytest.param('{"keys": []}', "is none of the keys: none", id="empty"),
        pytest.param('{"keys": ' + "[" * 99 + "]" * 99 + "}", "is nested", id="deep"),
        pytest.param(" " * 1001, "more than 1000 bytes (outgoing.max_bytes)", id="large"),
    ],
)
def test_what_is_no_key_set_is_a_refusal_with_a_reason(
    idp: MockIdP, peer: Peer, content: str | None, said: str
) -> None:
    if content is None:
        del peer.documents["/jwks"]
    else:
        peer.put("/jwks", content)
    answer = ask(idp)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert said in idp.journal.last.hint


def test_a_failure_is_not_kept(idp: MockIdP, peer: Peer) -> None:
    idp.clock.freeze()
    del peer.documents["/jwks"]
    assert ask(idp).status_code == 401
    peer.put("/jwks", KEYS)
    assert ask(idp).status_code == 200


def test_others_are_answered_while_one_waits_for_a_document(idp: MockIdP, peer: Peer) -> None:
    peer.answers.clear()
    found: list[int] = []
    waiting = threading.Thread(target=lambda: found.append(ask(idp).status_code))
    waiting.start()
    assert requests.get(idp.url("jwks"), timeout=60).status_code == 200
    assert found == []
    peer.answers.set()
    waiting.join(60)
    assert found == [200]


def test_who_does_not_answer_is_given_up(peer: Peer) -> None:
    with MockIdP("openid", outgoing_allowed=True, outgoing_timeout=0.1) as idp:
        register(idp, peer.put("/jwks", KEYS))
        peer.answers.clear()
        assert ask(idp).status_code == 401
        assert "no whole answer within 0.1 s (outgoing.timeout)" in idp.journal.last.hint


def test_a_neighbour_on_the_same_loop_can_be_asked() -> None:
    with MockIdP("openid") as neighbour, MockIdP("openid", outgoing_allowed=True) as idp:
        register(idp, neighbour.url("discovery"))
        assert ask(idp).status_code == 401
        assert "has no list `keys`" in idp.journal.last.hint
        neighbour.journal.assert_called("discovery", times=1)


def test_a_neighbour_over_https_needs_its_ca() -> None:
    with MockIdP("openid", tls=True) as neighbour:
        settings: list[tuple[dict[str, str], str]] = [
            ({}, "its certificate is not trusted"),
            ({"ca_file": neighbour.ca_file}, "has no list `keys`"),
            ({"verify": "do not verify"}, "has no list `keys`"),
        ]
        for said, hint in settings:
            with MockIdP("openid", outgoing={"allowed": True, **said}) as idp:
                register(idp, neighbour.url("discovery"))
                assert ask(idp).status_code == 401
                assert hint in idp.journal.last.hint


def test_faults_come_before_anything_is_fetched_and_once(idp: MockIdP, peer: Peer) -> None:
    idp.faults.next("token", status=503)
    assert ask(idp).status_code == 503
    assert peer.hits == []
    assert ask(idp).status_code == 200


def test_a_limiter_counts_a_request_once(peer: Peer) -> None:
    limiter = {"allowed": 2, "counts": [401], "key": ["client_id"]}
    with MockIdP("openid", outgoing_allowed=True, limiter=limiter) as idp:
        register(idp, peer.put("/jwks", "no keys"))
        assert [ask(idp).status_code for _ in range(3)] == [401, 401, 429]
    assert peer.hits == ["/jwks"]


def test_reset_forgets_documents(idp: MockIdP, peer: Peer) -> None:
    ask(idp)
    idp.reset()
    register(idp, f"{peer.origin}/jwks")
    ask(idp)
    assert len(peer.hits) == 2


def test_forms_are_posted_and_what_comes_of_them_is_noted(idp: MockIdP, peer: Peer) -> None:
    entry = Exchange(at=0, method="GET", path="/")
    posts = (
        Post(url=f"{peer.origin}/logout?x=1", form=(("logout_token", "a+b"),)),
        Post(url="http://127.0.0.1:1/", form=()),
    )
    asyncio.run(post_all(idp._lane, posts, entry))
    assert peer.forms == [b"logout_token=a%2Bb"]
    assert f"POST {peer.origin}/logout: 204" in entry.outgoing
    assert any("cannot be reached" in said for said in entry.outgoing)


def test_no_form_is_posted_unless_it_is_allowed(peer: Peer) -> None:
    with MockIdP("openid") as idp:
        entry = Exchange(at=0, method="GET", path="/")
        asyncio.run(post_all(idp._lane, (Post(url=peer.origin, form=()),), entry))
        assert "set outgoing.allowed = true" in entry.outgoing[0]
    assert peer.hits == []
