"""An exchange as a line to read: what it shows, and that nobody can write between the lines."""

from __future__ import annotations

from typing import Any

import pytest

from mockidp.model.event import Exchange


def exchange(**fields: Any) -> Exchange:
    return Exchange(**{"at": 0, "method": "POST", "path": "/token", "status": 200, **fields})


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        pytest.param({}, "POST /token → 200", id="bare"),
        pytest.param({"status": 0}, "POST /token → no answer", id="hung up"),
        pytest.param(
            {"status": 400, "error": "invalid_scope", "client_id": "app"},
            "POST /token → 400 invalid_scope  client_id=app",
            id="refused",
        ),
        pytest.param(
            {"client_id": "app", "params": {"client_id": "app", "client_secret": "***", "a": "b"}},
            "POST /token → 200  client_id=app  client_secret=*** a=b",
            id="parameters",
        ),
        pytest.param(
            {"hint": "send a scope", "cites": "RFC 6749, 3.3"},
            "POST /token → 200\n    hint: send a scope (RFC 6749, 3.3)",
            id="hint",
        ),
        pytest.param(
            {"by": "rate limiter", "hint": "wait"},
            "POST /token → 200\n    answered by rate limiter\n    hint: wait",
            id="answered by",
        ),
    ],
)
def test_reads_as(fields: dict[str, Any], text: str) -> None:
    assert str(exchange(**fields)) == text


@pytest.mark.parametrize("sent", ["\n", "\r", "\x1b[2J", "\u2028", "\x85", "\x00"])
@pytest.mark.parametrize("field", ["path", "client_id", "hint", "params"])
def test_what_a_client_sends_begins_no_line(field: str, sent: str) -> None:
    text = f"a{sent}    hint: forged"
    value = {"scope": text} if field == "params" else text
    lines = str(exchange(**{field: value})).split("\n")
    assert all(line.isprintable() for line in lines)
    assert len(lines) == (2 if field == "hint" else 1)


def test_the_grant_type_is_that_of_the_parameters() -> None:
    assert exchange(params={"grant_type": "password"}).grant_type == "password"
    assert exchange().grant_type is None
