"""Metadata and keys as documents: HEAD, headers, and members to add, change or leave out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from fixtures.asgi import call
from mockidp import MockIdP
from mockidp.web.app import lane_app

AT = "https://mockidp.example"
Make = Callable[..., MockIdP]


@pytest.fixture
def make() -> Iterator[Make]:
    with ExitStack() as stack:

        def make(profile: str = "openid", **settings: Any) -> MockIdP:
            idp = MockIdP(profile, **settings)
            stack.callback(idp.close)
            return idp

        yield make


DOCUMENTS = [
    "/jwks",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_head_is_get_without_the_body(make: Make, path: str) -> None:
    app = lane_app(make()._lane)
    asked = call(app, "GET", AT + path)
    head = call(app, "HEAD", AT + path)
    assert asked.body
    assert (head.status, head.headers, head.body) == (200, asked.headers, b"")


def test_head_has_no_body_where_it_is_refused_either(make: Make) -> None:
    reply = call(lane_app(make()._lane), "HEAD", f"{AT}/token")
    assert (reply.status, reply.body) == (405, b"")


@pytest.mark.parametrize("path", DOCUMENTS[:2])
def test_head_is_a_call_of_the_endpoint_as_get_is(make: Make, path: str) -> None:
    """A server that is down is so for both (RFC 9110, 9.3.2), and the journal counts both."""
    idp = make()
    app, endpoint = lane_app(idp._lane), "jwks" if path == "/jwks" else "discovery"
    idp.faults.next(endpoint, status=503, retry_after=7, times=2)
    asks_first = [("origin", "https://app.example"), ("access-control-request-method", "GET")]
    replies = [
        call(app, method, AT + path, headers=asks_first if method == "OPTIONS" else [])
        for method in ("OPTIONS", "HEAD", "GET", "HEAD", "GET")
    ]
    assert [reply.status for reply in replies] == [204, 503, 503, 200, 200]
    down, also_down = (reply.headers for reply in replies[1:3])
    assert ("retry-after", "7") in down
    assert down == also_down
    assert replies[1].body == b""
    idp.journal.assert_called(endpoint, times=2, status=503)


def test_head_for_real() -> None:
    import http.client

    with MockIdP() as idp:
        connection = http.client.HTTPConnection(idp.base_url.removeprefix("http://"), timeout=60)
        for _ in range(2):  # the connection is good for another request
            connection.request("HEAD", "/jwks")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"")
            assert int(answer.headers["content-length"]) > 100
        connection.close()


@pytest.mark.parametrize(("table", "path"), [("jwks", "/jwks"), ("discovery", DOCUMENTS[1])])
@pytest.mark.parametrize("value", ["public, max-age=300", "no-store"])
def test_how_long_a_document_may_be_kept_is_a_setting(
    make: Make, table: str, path: str, value: str
) -> None:
    idp = make(**{table: {"headers": {"Cache-Control": value}}})
    assert dict(call(lane_app(idp._lane), "GET", AT + path).headers)["cache-control"] == value


@pytest.mark.parametrize("nothing", ["{absent}", None])
def test_a_member_can_be_added_changed_and_left_out(make: Make, nothing: str | None) -> None:
    usual = make().metadata()
    idp = make(
        discovery={
            "document": {
                "service_documentation": "{origin}/help",
                "scopes_supported": ["only-this"],
                "request_parameter_supported": nothing,
            }
        }
    )
    expected = {
        **usual,
        "scopes_supported": ["only-this"],
        "service_documentation": f"{AT}/help",
    }
    del expected["request_parameter_supported"]
    assert idp.metadata() == expected
    for path in DOCUMENTS[1:]:
        assert json.loads(call(lane_app(idp._lane), "GET", AT + path).body) == expected
