"""What the gate does around each request: body limit, journal, faults, limits, no exception out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

from fixtures.asgi import Reply, call
from mockidp import MockIdP
from mockidp.web.gate import MAX_BODY, pass_gate
from mockidp.web.message import Answer

if TYPE_CHECKING:
    from starlette.types import Message

    from mockidp.issuer import Issuer
    from mockidp.model.event import Exchange
    from mockidp.profiles.schema import Profile
    from mockidp.web.message import Request

FORM = [("content-type", "application/x-www-form-urlencoded")]
WRONG = b"grant_type=client_credentials&client_id=app&client_secret=wrong"


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    idp = MockIdP("groupdocs-total", limiter_allowed=2)
    yield idp
    idp.close()


def ask_token(idp: MockIdP, body: bytes = WRONG) -> Reply:
    return call(idp.app, "POST", "http://localhost/connect/token", headers=FORM, body=body)


class Broken:
    """An endpoint with a defect."""

    name = "token"

    def paths(self, profile: Profile) -> tuple[str, ...]:
        return ("/broken",)

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> Request:
        return request

    def limit_key(self, lane: Issuer, request: Request, parsed: Any) -> None:
        return None

    def answer(self, lane: Issuer, parsed: Any, entry: Exchange) -> Answer:
        raise ZeroDivisionError("a defect")


class Exchanged:
    """One request through the gate, message by message."""

    def __init__(
        self, idp: MockIdP, messages: list[Message], *headers: tuple[bytes, bytes]
    ) -> None:
        self.idp = idp
        self.sent: list[Message] = []
        self.unread = messages
        self.entries_when_sent: list[int] = []
        scope = {
            "method": "POST",
            "query_string": b"",
            "headers": [*headers],
            "client": None,
        }
        asyncio.run(pass_gate(idp._lane, Broken(), "/broken", scope, self._receive, self._send))

    async def _receive(self) -> Message:
        return self.unread.pop(0)

    async def _send(self, message: Message) -> None:
        self.entries_when_sent.append(len(self.idp.journal))
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None

    @property
    def ends(self) -> bool:
        return not self.sent[-1].get("more_body", False)


def chunk(size: int, *, more: bool) -> Message:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


def test_a_defect_is_answered_500_and_kept_for_the_test(idp: MockIdP) -> None:
    exchanged = Exchanged(idp, [chunk(0, more=False)])
    assert exchanged.status == 500
    assert [type(failure) for failure in idp.journal.failures] == [ZeroDivisionError]
    assert idp.journal.last.hint == "mockidp failed: ZeroDivisionError: a defect"


def test_the_journal_knows_before_the_client(idp: MockIdP) -> None:
    assert Exchanged(idp, [chunk(0, more=False)]).entries_when_sent == [1, 1]


@pytest.mark.parametrize("profile", ["openid", "groupdocs-total"])
def test_a_secret_in_the_path_is_in_no_line_of_the_journal(profile: str) -> None:
    lines: list[str] = []
    with MockIdP(profile, config={}, access_token_format="hex:40") as idp:
        idp.journal.listener = lambda entry: lines.append(f"{entry} {entry!r}")
        token, secret = idp.issue_token(), idp.client.client_secret
        api = idp._lane.profile.api.prefixes[0]
        idp.api.respond("GET", f"{api}/other", json={})
        for below in ("", "/nowhere", api):
            for said in (token, secret, f"x%3Fclient_secret=wr0ng&access_token={token}"):
                call(
                    idp.app,
                    "GET",
                    f"{idp.issuer}{below}/{said}",
                    headers=[("authorization", f"Bearer {token}")],
                )
        assert len(lines) == 9
        assert "no answer is set for GET" in lines[-1]
        for hidden in (token, secret, "wr0ng"):
            assert not [line for line in lines if hidden in line]


def test_a_body_in_pieces_up_to_the_limit_is_read(idp: MockIdP) -> None:
    pieces = [chunk(MAX_BODY // 2, more=True), chunk(MAX_BODY // 2, more=False)]
    assert Exchanged(idp, pieces).status == 500  # it reached the endpoint


@pytest.mark.parametrize(
    "messages",
    [
        [chunk(MAX_BODY + 1, more=False)],
        [chunk(MAX_BODY, more=True), chunk(1, more=False)],
        [chunk(MAX_BODY, more=True), chunk(1, more=True), chunk(9, more=False)],
        [chunk(MAX_BODY, more=True), chunk(1, more=True), {"type": "http.disconnect"}],
    ],
    ids=["at once", "in the last piece", "in between", "and a hang-up"],
)
def test_a_larger_body_is_read_to_its_end_and_refused(
    idp: MockIdP, messages: list[Message]
) -> None:
    exchanged = Exchanged(idp, messages)
    assert (exchanged.status, exchanged.ends) == (413, True)
    assert exchanged.unread == []
    assert idp.journal.failures == []


def test_a_larger_body_that_was_announced_is_refused_before_it_is_read(idp: MockIdP) -> None:
    length = (b"content-length", b"%d" % (MAX_BODY + 1))
    exchanged = Exchanged(idp, [chunk(MAX_BODY, more=True), chunk(1, more=False)], length)
    assert (exchanged.status, exchanged.ends) == (413, True)
    assert exchanged.sent[1]["body"] == b'{"error":"invalid_request"}'
    assert exchanged.sent[1]["more_body"], "the answer is out while the client still writes"


def test_a_larger_body_that_waits_is_not_asked_for(idp: MockIdP) -> None:
    length = (b"content-length", b"%d" % (MAX_BODY + 1))
    exchanged = Exchanged(idp, [chunk(1, more=False)], length, (b"expect", b"100-continue"))
    assert len(exchanged.unread) == 1
    assert (b"connection", b"close") in exchanged.sent[0]["headers"]


def test_who_hangs_up_is_not_answered(idp: MockIdP) -> None:
    exchanged = Exchanged(idp, [chunk(1, more=True), {"type": "http.disconnect"}])
    assert exchanged.sent == []
    assert str(idp.journal.last).startswith(
        "POST /broken → no answer\n    hint: the client hung up"
    )


def test_a_fault_answers_instead(idp: MockIdP) -> None:
    idp.faults.next("token", status=503, retry_after=7)
    reply = ask_token(idp)
    assert (reply.status, reply.body) == (503, b'{"error":"temporarily_unavailable"}')
    assert dict(reply.headers)["retry-after"] == "7"
    assert idp.journal.last.by == "fault: token answers 503"
    assert ask_token(idp).status == 400


@pytest.mark.parametrize(
    ("profile", "endpoint", "path", "said"),
    [
        ("groupdocs-total", "api", "/v1.0/x", "The access token is not valid"),
        ("openid", "api", "/api/x", "The access token is not valid"),
        ("openid", "userinfo", "/userinfo", "The access token is not valid"),
    ],
)
def test_a_fault_of_401_is_what_a_bad_token_gets(
    profile: str, endpoint: str, path: str, said: str
) -> None:
    with MockIdP(profile) as idp:
        token = {"authorization": f"Bearer {idp.issue_token(scope='openid')}"}
        url, bad = idp.base_url + path, {"authorization": "Bearer x"}
        refused = requests.get(url, headers=bad, timeout=60)
        idp.faults.next(endpoint, status=401, retry_after=7, headers={"x-y": "z"})
        faulty = requests.get(url, headers=token, timeout=60)
        assert (faulty.status_code, faulty.json()) == (401, refused.json())
        assert said in faulty.text
        for name in ("www-authenticate", "content-type"):
            assert faulty.headers[name] == refused.headers[name]
        assert (faulty.headers["retry-after"], faulty.headers["x-y"]) == ("7", "z")
        idp.faults.next(endpoint, status=401, error="invalid_request")
        assert requests.get(url, headers=token, timeout=60).json()["error"] == "invalid_request"


def test_a_fault_does_not_count_for_the_limiter(idp: MockIdP) -> None:
    idp.faults.next("token", status=400, times=5)
    assert [ask_token(idp).status for _ in range(8)] == [400] * 7 + [429]


def test_the_limiter_answers_and_says_so(idp: MockIdP) -> None:
    idp.clock.freeze()
    assert [ask_token(idp).status for _ in range(3)] == [400, 400, 429]
    entry = idp.journal.last
    assert (entry.by, entry.error) == ("rate limiter", "too_many_requests")
    assert "2 counted answers within 60 s: rejected for 600 more seconds" in entry.hint


def test_the_limiter_tells_callers_apart_by_what_they_send(idp: MockIdP) -> None:
    for _ in range(3):
        ask_token(idp)
    assert ask_token(idp, WRONG + b"2").status == 400
    assert ask_token(idp, b"").status == 400
    assert ask_token(idp).status == 429


def test_documents_and_the_api_are_not_limited(idp: MockIdP) -> None:
    for path in ("/.well-known/openid-configuration", "/.well-known/openid-configuration/jwks"):
        replies = [call(idp.app, "PUT", f"http://localhost{path}") for _ in range(5)]
        assert {reply.status for reply in replies} == {405}
        assert {dict(reply.headers)["allow"] for reply in replies} == {"GET"}
    replies = [call(idp.app, "GET", "http://localhost/v1/x") for _ in range(5)]
    assert {reply.status for reply in replies} == {401}


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/connect/authorize", "has /connect/authorize, but mockidp does not serve it"),
        ("/Connect/Authorize", "but mockidp does not serve it"),
        ("/else", "nothing is at this path; there are /connect/token"),
    ],
)
def test_a_path_without_an_endpoint_is_explained(idp: MockIdP, path: str, hint: str) -> None:
    reply = call(idp.app, "GET", f"http://localhost{path}")
    assert (reply.status, reply.body) == (404, b"")
    assert hint in idp.journal.last.hint


def test_the_journal_keeps_the_beginning_of_a_long_path(idp: MockIdP) -> None:
    call(idp.app, "GET", "http://localhost/" + "a" * 60_000)
    assert idp.journal.last.path == "/" + "a" * 499
