"""Answers in the manner of the profile, byte for byte."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from mockidp.clock import Clock
from mockidp.control.faults import Faults
from mockidp.oauth.errors import OAuthError
from mockidp.profiles.load import load_profile
from mockidp.web.message import Answer
from mockidp.web.respond import (
    error_answer,
    fault_answer,
    http_date,
    refusal,
    to_json,
    token_answer,
)

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


def test_members_are_in_the_order_of_the_profile_and_never_null() -> None:
    members = {"scope": None, "token_type": "Bearer", "expires_in": 60, "access_token": "t"}
    assert token_answer(TOTAL, members).body == (
        b'{"access_token":"t","expires_in":60,"token_type":"Bearer"}'
    )
    assert token_answer(OPENID, members).body == (
        b'{"access_token":"t","token_type":"Bearer","expires_in":60}'
    )


def test_the_scope_is_a_switch() -> None:
    members = {"access_token": "t", "scope": "read"}
    assert token_answer(TOTAL, members).body == b'{"access_token":"t"}'
    assert token_answer(OPENID, members).body == b'{"access_token":"t","scope":"read"}'


def test_groupdocs_refuses_with_400_and_the_code_alone() -> None:
    answer = refusal(TOTAL, OAuthError("invalid_client", "described", hint="hidden"))
    assert (answer.status, answer.body) == (400, b'{"error":"invalid_client"}')
    assert headers(answer) == {
        "content-type": "application/json; charset=UTF-8",
        "cache-control": "no-store, no-cache, max-age=0",
        "pragma": "no-cache",
    }


def test_a_strict_provider_challenges_a_client() -> None:
    answer = refusal(OPENID, OAuthError("invalid_client", "described", hint="hidden"))
    assert answer.status == 401  # RFC 6749, 5.2
    assert headers(answer)["www-authenticate"] == 'Basic realm="mockidp"'
    assert answer.body == b'{"error":"invalid_client","error_description":"described"}'


def test_a_hint_never_leaves() -> None:
    answer = refusal(OPENID, OAuthError("invalid_scope", hint="for the journal only"))
    assert b"journal" not in answer.body


def test_405_names_the_method() -> None:
    answer = refusal(OPENID, OAuthError("invalid_request", hint="", status=405))
    assert (answer.status, headers(answer)["allow"]) == (405, "POST")


def test_a_description_keeps_to_the_characters_of_the_rfc() -> None:
    # RFC 6749, 5.2: %x20-21 / %x23-5B / %x5D-7E
    answer = error_answer(OPENID, 400, "invalid_request", 'a "b" \\ c\nü~')
    assert json.loads(answer.body)["error_description"] == "a 'b' / c??~"


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
