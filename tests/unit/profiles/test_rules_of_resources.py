"""What a profile may say of a resource of its provider's API: nothing that fails later."""

from __future__ import annotations

from typing import Any

import pytest

from mockidp.profiles import answer_rules, rules

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
    assert answer_rules.resource(resource) == ""
    assert answer_rules.resource({"body": {}}) == ""


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        pytest.param("{}", "must be a table with a table `body`", id="no table"),
        pytest.param({"scope": "a"}, "must be a table with a table `body`", id="no body"),
        pytest.param({"body": BODY, "colour": 1}, "has the key 'colour'", id="unknown key"),
        pytest.param({"body": BODY, "also": "GET /"}, "`also` that is no list", id="also"),
        pytest.param({"body": BODY, "also": ["/me"]}, "`also` that has '/me', which", id="no call"),
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
    assert problem in answer_rules.resource(value)


@pytest.mark.parametrize("written", ["GET /me", "GET /teams/:team/", "POST /", "DELETE /a:b/c+d"])
def test_a_call_is_a_method_and_a_path(written: str) -> None:
    assert rules.call(written) == ""


@pytest.mark.parametrize("written", ["", "/me", "get /me", "GET me", "GET /me?a=b", "GET /a b"])
def test_anything_else_is_no_call(written: str) -> None:
    assert rules.call(written) == "must be a method and a path, as in GET /teams/:team/user"
