"""A `state` that is as large as a client can make it: served whole or refused, never cut, by GET
and by POST, over a socket (RFC 6749, 4.1.1: "opaque value"; OpenID Connect Core 1.0, 3.1.2.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from fixtures.markup import Page

if TYPE_CHECKING:
    from tests.features.bad_input.conftest import Target


def asks(target: Target, state: str, **changes: str) -> bytes:
    return urlencode(
        {
            "response_type": "code",
            "client_id": target.id.decode(),
            "redirect_uri": f"{target.idp.base_url}/_mockidp/callback",
            "state": state,
            **changes,
        }
    ).encode()


def walk(target: Target, answer: Any) -> Any:
    """From the first redirect to the end."""
    assert answer.status == 303, answer.body[:200]
    cookie = b"Cookie: " + answer.headers["set-cookie"].partition(";")[0].encode()
    for fields in ({"user": "alice"}, {"action": "allow"}):
        path = answer.headers["location"].encode()
        shown = target.ask(b"", cookie, method=b"GET", path=path, content_type=None)
        hidden = {
            str(each["name"]): str(each["value"])
            for each in Page(shown.body.decode()).all("input")
            if each.get("type") == "hidden"
        }
        form = urlencode({**hidden, **fields}).encode()
        answer = target.ask(form, cookie, path=path.partition(b"?")[0])
    return answer


@pytest.mark.parametrize(
    ("method", "state"),
    [
        pytest.param(b"GET", "s" * 60_000, id="60 kB by GET"),
        pytest.param(b"GET", "ü" * 10_000, id="60 kB of escapes by GET"),
        pytest.param(b"POST", "s" * 100_000, id="100 kB by POST"),
        pytest.param(b"POST", "&%=\r\n\u2028" * 10_000, id="100 kB of escapes by POST"),
    ],
)
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_a_large_state_comes_back_whole(
    strict: Target, method: bytes, state: str, mode: str
) -> None:
    sent = asks(strict, state, response_mode=mode)
    if method == b"GET":
        answer = strict.ask(method=method, path=b"/authorize?" + sent, content_type=None)
    else:
        answer = strict.ask(sent, path=b"/authorize")
    assert len(answer.headers["location"]) < 100, "the pages do not carry it along"
    end = walk(strict, answer)
    if mode == "query":
        assert end.status == 303
        assert parse_qs(urlsplit(end.headers["location"]).query)["state"] == [state]
    else:
        inputs = {
            each.get("name"): each.get("value") for each in Page(end.body.decode()).all("input")
        }
        # An attribute's line ends are kept where they are written as references.
        assert inputs["state"] == state
    assert len(strict.idp.journal.render()) < 20_000


@pytest.mark.parametrize("state", ["s" * 60_000, "\r\n<" * 5_000], ids=["60 kB", "markup"])
def test_a_refusal_brings_it_back_too(strict: Target, state: str) -> None:
    sent = asks(strict, state, scope="nope")
    answer = strict.ask(method=b"GET", path=b"/authorize?" + sent, content_type=None)
    assert parse_qs(urlsplit(answer.headers["location"]).query)["state"] == [state]


def test_more_than_a_request_line_may_have_is_refused_by_http(strict: Target) -> None:
    sent = asks(strict, "s" * 70_000)
    answer = strict.ask(method=b"GET", path=b"/authorize?" + sent, content_type=None)
    assert answer.status == 431
    assert strict.idp.journal.last.hint


def test_more_than_a_body_may_have_is_refused(strict: Target) -> None:
    answer = strict.ask(asks(strict, "s" * 1_100_000), path=b"/authorize")
    assert answer.status == 413
    assert "larger than" in strict.idp.journal.last.hint
