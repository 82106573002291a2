"""Answers in the manner of the profile, byte for byte."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from mockidp.clock import Clock
from mockidp.control.faults import Faults
from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError, missing_parameter
from mockidp.oauth.json_text import to_json
from mockidp.profiles.load import load_profile
from mockidp.web.message import Answer
from mockidp.web.respond import (
    error_answer,
    fault_answer,
    http_date,
    refusal,
    rejection,
    token_answer,
)

Make = Callable[..., Issuer]

TOTAL, OPENID = load_profile("groupdocs-total"), load_profile("openid")


def headers(answer: Answer) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in answer.headers}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": [1, 2.5, None, True]}, b'{"a":[1,2.5,null,true]}'),
        ("jürg", '"jürg"'.encode()),
        ("\ud800", b'"\\ud800"'),
        ({"\udfff": "ü"}, b'{"\\udfff":"\\u00fc"}'),
    ],
    ids=["compact", "UTF-8", "half a pair", "half a pair as a name"],
)
def test_json(value: Any, written: bytes) -> None:
    assert to_json(value) == written
    assert json.loads(written) == value


def test_members_are_in_the_order_of_the_profile_and_never_null(make_lane: Make) -> None:
    members = {
        "id_token": None,
        "expires_in": 60,
        "refresh_token": "r",
        "scope": None,
        "token_type": "Bearer",
        "access_token": "t",
        "custom": "never",
    }
    assert token_answer(make_lane("groupdocs-total"), members).body == (
        b'{"access_token":"t","expires_in":60,"token_type":"Bearer"}'
    )
    assert token_answer(make_lane("openid"), members).body == (
        b'{"access_token":"t","token_type":"Bearer","expires_in":60,"refresh_token":"r"}'
    )


@pytest.mark.parametrize(
    ("is_sent", "body"),
    [(True, b'{"access_token":"t","scope":"read"}'), (False, b'{"access_token":"t"}')],
)
def test_the_scope_is_a_switch(make_lane: Make, is_sent: bool, body: bytes) -> None:
    lane = make_lane("openid", token_scope_member=is_sent)
    assert token_answer(lane, {"access_token": "t", "scope": "read"}).body == body


def test_headers_of_a_token_answer_are_made_anew_where_they_have_a_look(make_lane: Make) -> None:
    lane = make_lane("openid", wire_headers={"Set-Cookie": "sid={hex:26}; Path=/", "X-Plain": "x"})
    first, second = (headers(token_answer(lane, {})) for _ in range(2))
    assert re.fullmatch(r"sid=[0-9a-f]{26}; Path=/", first["set-cookie"])
    assert first["set-cookie"] != second["set-cookie"]
    assert (first["x-plain"], first["cache-control"]) == ("x", "no-store")


def test_json_may_be_written_as_php_does(make_lane: Make) -> None:
    lane = make_lane("openid", wire_json="php")
    answer = token_answer(lane, {"access_token": "a/b", "scope": "é"})
    assert answer.body == rb'{"access_token":"a\/b","scope":"\u00e9"}'
    error = OAuthError("invalid_grant", "a/b", hint="")
    assert rb'"a\/b"' in refusal(lane.profile, error, has_authorization=False).body


def test_groupdocs_refuses_with_400_and_the_code_alone() -> None:
    error = OAuthError("invalid_client", "described", hint="hidden")
    for has_authorization in (True, False):
        answer = refusal(TOTAL, error, has_authorization=has_authorization)
        assert (answer.status, answer.body) == (400, b'{"error":"invalid_client"}')
        assert headers(answer) == {
            "content-type": "application/json; charset=UTF-8",
            "cache-control": "no-store, no-cache, max-age=0",
            "pragma": "no-cache",
        }


def test_a_strict_provider_challenges_a_client() -> None:
    error = OAuthError("invalid_client", "described", hint="hidden")
    for has_authorization in (True, False):
        answer = refusal(OPENID, error, has_authorization=has_authorization)
        assert answer.status == 401  # RFC 6749, 5.2
        assert headers(answer)["www-authenticate"] == 'Basic realm="mockidp"'
        assert answer.body == b'{"error":"invalid_client","error_description":"described"}'


@pytest.mark.parametrize(
    ("code", "has_authorization", "challenge"),
    [
        ("invalid_client", True, "Basic header"),
        ("invalid_client", False, None),
        ("invalid_grant", True, None),
    ],
)
def test_a_challenge_may_depend_on_how_the_client_came(
    make_lane: Make, code: str, has_authorization: bool, challenge: str | None
) -> None:
    lane = make_lane("openid", errors_challenge_header="Basic header", errors_challenge_body="")
    answer = refusal(lane.profile, OAuthError(code, hint=""), has_authorization=has_authorization)
    assert headers(answer).get("www-authenticate") == challenge


def test_a_case_has_the_profiles_own_texts(make_lane: Make) -> None:
    members = ["error", "hint", "message", "error_uri", "error_description"]
    said = {"error": "e", "hint": "h", "description": "d", "uri": "https://u", "status": 418}
    lane = make_lane("openid", errors_members=members, errors_cases={"bad_user": said})
    error = OAuthError("invalid_grant", "ours", hint="for the journal", case="bad_user")
    answer = refusal(lane.profile, error, has_authorization=False)
    assert answer.status == 418
    assert answer.body == (
        b'{"error":"e","hint":"h","message":"d","error_uri":"https://u","error_description":"d"}'
    )


def test_a_case_may_have_a_body_of_its_own(make_lane: Make) -> None:
    body = {"message": "no {parameter}", "errors": {"a": ["b"]}, "n": 1}
    lane = make_lane("openid", errors_cases={"missing_parameter": {"body": body}})
    error = missing_parameter('c"ode', "for the journal")
    answer = refusal(lane.profile, error, has_authorization=False)
    # What the client sent keeps to the characters of a description (RFC 6749, 5.2).
    assert answer.body == b'{"message":"no c\'ode","errors":{"a":["b"]},"n":1}'


def test_a_whole_body_is_written_as_its_profile_says(make_lane: Make) -> None:
    said = {"missing_parameter": {"body": {"message": "no/{parameter}"}}}
    lane = make_lane("openid", errors_cases=said, errors_body_json="pretty")
    answer = refusal(lane.profile, missing_parameter("code", ""), has_authorization=False)
    assert answer.body == b'{\n    "message": "no/code"\n}'
    other = refusal(lane.profile, OAuthError("invalid_grant", "d", hint=""), has_authorization=True)
    assert other.body == b'{"error":"invalid_grant","error_description":"d"}'


def test_what_is_called_invalid_client_is_challenged_as_one(make_lane: Make) -> None:
    """The status of RFC 6749, 5.2 is that of the code that is sent."""
    lane = make_lane("openid", errors_cases={"grant_not_allowed": {"error": "invalid_client"}})
    error = OAuthError("unauthorized_client", hint="", case="grant_not_allowed")
    answer = refusal(lane.profile, error, has_authorization=True)
    assert (answer.status, headers(answer)["www-authenticate"]) == (401, 'Basic realm="mockidp"')


def test_a_limiter_may_have_a_body_of_its_own(make_lane: Make) -> None:
    limiter = {"allowed": 1, "body": {"message": "a/b"}, "error": "never"}
    lane = make_lane("openid", limiter=limiter, errors_body_json="php")
    key = lane.limits.key(None, None, None)
    lane.limits.count(key)
    assert rejection(lane, key, 5).body == b'{"message":"a\\/b"}'


def test_a_hint_never_leaves() -> None:
    error = OAuthError("invalid_scope", hint="for the journal only")
    answer = refusal(OPENID, error, has_authorization=False)
    assert b"journal" not in answer.body


def test_405_names_the_method() -> None:
    error = OAuthError("invalid_request", hint="", status=405)
    answer = refusal(OPENID, error, has_authorization=False)
    assert (answer.status, headers(answer)["allow"]) == (405, "POST")


def test_a_description_keeps_to_the_characters_of_the_rfc() -> None:
    # RFC 6749, 5.2: %x20-21 / %x23-5B / %x5D-7E
    error = OAuthError("invalid_request", 'a "b" \\ c\nü~', hint="")
    answer = refusal(OPENID, error, has_authorization=False)
    assert json.loads(answer.body)["error_description"] == "a 'b' / c??~"


def test_an_error_answer_has_the_status_it_is_given() -> None:
    answer = error_answer(TOTAL, 503, "invalid_client")
    assert (answer.status, answer.body) == (503, b'{"error":"invalid_client"}')


@pytest.mark.parametrize(
    ("fault", "status", "body", "content_type"),
    [
        ({"status": 429}, 429, b'{"error":"too_many_requests"}', "application/json; charset=UTF-8"),
        ({"status": 500}, 500, b'{"error":"server_error"}', "application/json; charset=UTF-8"),
        (
            {"status": 503},
            503,
            b'{"error":"temporarily_unavailable"}',
            "application/json; charset=UTF-8",
        ),
        (
            {"status": 400, "error": "invalid_grant"},
            400,
            b'{"error":"invalid_grant"}',
            "application/json; charset=UTF-8",
        ),
        ({"status": 200, "json": {"a": 1}}, 200, b'{"a":1}', "application/json"),
        ({"status": 502, "body": "<html>"}, 502, b"<html>", None),
        (
            {"status": 502, "body": "<html>", "headers": {"Content-Type": "text/html"}},
            502,
            b"<html>",
            "text/html",
        ),
        (
            {"status": 200, "json": [], "headers": {"Content-Type": "text/plain"}},
            200,
            b"[]",
            "text/plain",
        ),
    ],
    ids=["429", "500", "503", "code", "JSON", "body", "body and type", "JSON of another type"],
)
def test_faults(fault: dict[str, Any], status: int, body: bytes, content_type: str | None) -> None:
    faults = Faults()
    faults.next("token", **fault)
    taken = faults.take("token")
    assert taken is not None
    answer = fault_answer(TOTAL, taken)
    assert (answer.status, answer.body) == (status, body)
    assert [value for name, value in answer.headers if name == b"content-type"] == (
        [content_type.encode()] if content_type else []
    )


def test_the_date_follows_the_clock_of_the_lane() -> None:
    clock = Clock()
    clock.freeze(at=784_887_151)  # the example of RFC 9110, 5.6.7, is 784111777
    date = http_date(clock)
    assert date() == b"Tue, 15 Nov 1994 08:12:31 GMT"
    clock.freeze(at=784_111_777)
    assert date() == b"Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize("at", [1e300, 1e15, -1e15], ids=str)
def test_a_date_that_is_in_no_calendar_breaks_nothing(at: float) -> None:
    clock = Clock()
    clock.freeze(at=at)
    assert http_date(clock)().endswith(b" GMT")


def send(answer: Answer) -> list[Any]:
    sent: list[Any] = []

    async def collect(message: Any) -> None:
        sent.append(message)

    asyncio.run(answer.send(collect))
    return sent


@pytest.mark.parametrize(
    ("answer", "length"),
    [
        (Answer(200, [], b"four"), [(b"content-length", b"4")]),
        (Answer(404), [(b"content-length", b"0")]),
        (Answer(204), []),  # RFC 9110, 8.6
    ],
    ids=["200", "404", "204"],
)
def test_the_length_is_stated(answer: Answer, length: list[tuple[bytes, bytes]]) -> None:
    start, body = send(answer)
    assert start["headers"] == length
    assert body["body"] == answer.body
