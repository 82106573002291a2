"""What a profile may say of a resource of its provider's API: nothing that fails later."""

from __future__ import annotations

from typing import Any

import pytest

from mockidp.profiles import rules

BODY = {"email": "{user.email}", "contact": {"name": "{user.name}"}}


def test_a_whole_resource_passes() -> None:
    resource = {
        "also": ["GET /me.json"],
        "body": BODY,
        "scope": "public",
        "hidden": {"user.email": ["email"], "user.name": ["contact.name"]},
        "public": {"user.name": "is_public"},
        "userless": "insufficient_scope",
    }
    assert rules.resource(resource) == ""
    assert rules.resource({"body": {}}) == ""


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        pytest.param("{}", "must be a table with a table `body`", id="no table"),
        pytest.param({"scope": "a"}, "must be a table with a table `body`", id="no body"),
        pytest.param({"body": BODY, "colour": 1}, "has the key 'colour'", id="unknown key"),
        pytest.param({"body": BODY, "also": "GET /"}, "`also` that is no list", id="also"),
        pytest.param({"body": BODY, "scope": ["a"]}, "`scope` that is no text", id="scope"),
        pytest.param({"body": BODY, "hidden": ["email"]}, "`hidden` that is no table", id="hidden"),
        pytest.param({"body": BODY, "hidden": {"s": "email"}}, "is no list of texts", id="names"),
        pytest.param({"body": BODY, "hidden": {"s": ["phone"]}}, "hides 'phone'", id="nowhere"),
        pytest.param({"body": BODY, "hidden": {"s": ["email.x"]}}, "hides 'email.x'", id="below"),
        pytest.param({"body": BODY, "public": {"s": 1}}, "`public` that is no text", id="public"),
        pytest.param({"body": BODY, "userless": "gone"}, "`userless` that is not", id="userless"),
        pytest.param({"body": BODY, "userless": []}, "`userless` that is no text", id="no text"),
    ],
)
def test_what_is_wrong_is_named(value: Any, problem: str) -> None:
    assert problem in rules.resource(value)
