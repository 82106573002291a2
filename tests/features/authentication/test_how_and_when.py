"""How and when the user has signed in: acr, amr, max_age, and what a client is registered for
(OpenID Connect Core 1.0, 2, 3.1.2.1, 5.5.1.1 and 11).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.application import Application, an_application, claims_in
from fixtures.browser import Browser
from mockidp import MockIdP

LOGIN = "/_mockidp/login"


@pytest.mark.parametrize(
    ("acr_values", "claim", "acr"),
    [
        pytest.param(None, "absent", None, id="nobody asks"),
        pytest.param("1", "absent", "1", id="a wish"),
        pytest.param("2 1", "absent", "2", id="in the order of the wish"),
        pytest.param("elsewhere 2", "absent", "2", id="the first that there is"),
        pytest.param("elsewhere", "absent", "1", id="what was done instead"),
        pytest.param(None, None, "1", id="the claim alone"),
        pytest.param(None, {"essential": True}, "1", id="essential, whatever it is"),
        pytest.param(None, {"value": "2"}, "2", id="a value"),
        pytest.param("1", {"values": ["2"]}, "2", id="the claim comes first"),
        pytest.param(None, {"essential": True, "values": ["x", "2"]}, "2", id="essential"),
        pytest.param(None, {"values": ["x"]}, "1", id="no need"),
        pytest.param(None, {"essential": True, "values": [1, None]}, "1", id="no texts"),
    ],
)
def test_the_class_is_what_was_done(
    app: Application, browser: Browser, acr_values: str | None, claim: Any, acr: str | None
) -> None:
    claims = None if claim == "absent" else json.dumps({"id_token": {"acr": claim}})
    tokens = app.tokens(browser, acr_values=acr_values, claims=claims)
    assert claims_in(tokens["id_token"]).get("acr") == acr


def test_an_essential_class_that_there_is_not(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["x", "y"]}}})
    answer = app.begin(browser, claims=claims).answer
    assert answer["error"] == "unmet_authentication_requirements"
    assert "must be x, y; this provider has: 1, 2" in idp.journal.last.hint


def test_a_client_may_be_registered_for_a_class(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    idp.client.update(default_acr_values=["2"])
    assert claims_in(app.tokens(browser)["id_token"])["acr"] == "2"
    asked = app.tokens(browser, acr_values="1")
    assert claims_in(asked["id_token"])["acr"] == "1"


def test_a_provider_without_classes_says_nothing_of_them() -> None:
    with an_application(authentication_acr_values=[]) as app:
        browser = Browser(app.idp.app, app.idp.issuer)
        claims = json.dumps({"id_token": {"acr": {"essential": True, "value": "1"}}})
        assert "acr" not in claims_in(app.tokens(browser, claims=claims)["id_token"])


def test_a_client_may_be_registered_for_an_age(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    idp.clock.freeze(at=1_700_000_000)
    idp.client.update(default_max_age=60)
    first = claims_in(app.tokens(browser)["id_token"])["auth_time"]
    idp.clock.advance(60)
    assert "code" in app.begin(browser).answer
    idp.clock.advance(1)
    assert app.begin(browser).path == LOGIN
    assert "code" in app.begin(browser, max_age="10000").answer, "what is sent comes first"
    assert claims_in(app.tokens(browser)["id_token"])["auth_time"] == first + 61


@pytest.mark.parametrize("response_type", ["code", "id_token", "code id_token token"])
def test_auth_time_is_always_there(
    idp: MockIdP, app: Application, browser: Browser, response_type: str
) -> None:
    idp.client.update(require_auth_time=True)
    answer = app.sign_in(browser, response_type=response_type, nonce="n").answer
    front = answer.get("id_token")
    token = front or json.loads(app.redeem(answer["code"]).body)["id_token"]
    assert isinstance(claims_in(token)["auth_time"], int)


@pytest.mark.parametrize(
    "wish",
    [
        {"display": "popup"},
        {"display": "elsewhere"},
        {"ui_locales": "se"},
        {"claims_locales": "se"},
        {"login_hint": "buffy@idp.example"},
        {"extra": "foobar"},
        {"acr_values": "1 2"},
    ],
    ids=str,
)
def test_wishes_disturb_nothing(app: Application, browser: Browser, wish: dict[str, str]) -> None:
    assert app.tokens(browser, **wish)["id_token"]


@pytest.mark.parametrize("prompt", ["create", "none login", "elsewhere"])
def test_prompts_that_mean_nothing_here(app: Application, browser: Browser, prompt: str) -> None:
    app.sign_in(browser)
    assert app.begin(browser, prompt=prompt).answer["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("policy", "response_type", "prompt", "is_given"),
    [
        ("with a code", "code", None, True),
        ("with a code", "code id_token", None, True),
        ("with a code", "id_token token", "consent", False),
        ("with prompt=consent", "code", None, False),
        ("with prompt=consent", "code", "login consent", True),
        ("with prompt=consent", "id_token token", "consent", False),
        ("asked for", "code", None, True),
        ("asked for", "id_token token", None, True),
    ],
)
def test_offline_access_is_ignored_unless(
    policy: str, response_type: str, prompt: str | None, is_given: bool
) -> None:
    with an_application(authentication_offline_access=policy) as app:
        browser = Browser(app.idp.app, app.idp.issuer)
        answer = app.sign_in(
            browser,
            scope="openid offline_access",
            response_type=response_type,
            prompt=prompt,
            nonce="n",
        ).answer
        if "code" in answer:
            answer = json.loads(app.redeem(answer["code"]).body)
            assert ("refresh_token" in answer) is is_given
        assert ("offline_access" in answer["scope"].split()) is is_given
