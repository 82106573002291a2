"""Tokens for the resources that a client names (RFC 8707)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from fixtures.application import APP, CALLBACK, SECRET, Application, an_application, claims_in
from fixtures.asgi import Reply, call
from fixtures.browser import FORM, Browser
from fixtures.device import TV, begin, connect
from fixtures.signed import sign

ONE, TWO, THREE = (f"https://api.example/{number}" for number in (1, 2, 3))
CLIENT = APP | {
    "grant_types": ["authorization_code", "refresh_token", "client_credentials", "implicit"],
    "skip_consent": True,
}


@pytest.fixture
def app() -> Iterator[Application]:
    with an_application(clients=[CLIENT, TV]) as app:
        app.idp.clock.freeze()
        yield app


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app.idp.app, app.home)


def pairs(resources: tuple[str, ...]) -> list[tuple[str, str]]:
    return [("resource", resource) for resource in resources]


def authorize(app: Application, browser: Browser, *resources: str, **more: str | None) -> Any:
    asked = [*app.asks(scope="openid offline_access", prompt="consent", **more).items()]
    screen = browser.open(f"/authorize?{urlencode(asked + pairs(resources))}")
    if screen.path.endswith("/login"):
        screen = browser.press(screen, user="alice")
    if screen.path.endswith("/consent"):
        screen = browser.press(screen, action="allow")
    return screen.answer


def post(app: Application, *resources: str, path: str = "/token", **form: str) -> Reply:
    who = {"client_id": "app", "client_secret": SECRET, **form}
    body = urlencode([*who.items(), *pairs(resources)]).encode()
    return call(
        app.idp.app, "POST", f"{app.home}{path}", headers=[("content-type", FORM)], body=body
    )


def redeem(app: Application, code: str, *resources: str) -> Reply:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    return post(app, *resources, **form)


def refresh(app: Application, token: str, *resources: str) -> Reply:
    return post(app, *resources, grant_type="refresh_token", refresh_token=token)


def audience(reply: Reply) -> Any:
    assert reply.status == 200, reply.body
    return claims_in(json.loads(reply.body)["access_token"])["aud"]


def error(reply: Reply) -> Any:
    assert reply.status == 400
    return json.loads(reply.body)["error"]


def test_without_one_the_audience_is_the_usual(app: Application) -> None:
    assert audience(post(app, grant_type="client_credentials")) == app.home


def test_the_resource_is_the_audience(app: Application) -> None:
    assert audience(post(app, ONE, grant_type="client_credentials")) == ONE
    assert audience(post(app, ONE, TWO, ONE, grant_type="client_credentials")) == [ONE, TWO]


def test_all_that_was_granted_unless_the_client_names_less(
    app: Application, browser: Browser
) -> None:
    assert audience(redeem(app, authorize(app, browser, ONE, TWO)["code"])) == [ONE, TWO]
    assert audience(redeem(app, authorize(app, browser, ONE, TWO)["code"], TWO)) == TWO


def test_more_than_was_granted_is_refused_and_costs_no_code(
    app: Application, browser: Browser
) -> None:
    code = authorize(app, browser, ONE)["code"]
    assert error(redeem(app, code, TWO)) == "invalid_target"
    assert error(redeem(app, code, ONE, TWO)) == "invalid_target"
    assert error(redeem(app, code, "no uri")) == "invalid_target"
    assert audience(redeem(app, code, ONE)) == ONE
    code = authorize(app, browser)["code"]
    assert error(redeem(app, code, ONE)) == "invalid_target"
    assert "name it in the authorization request too" in app.idp.journal.last.hint


def test_a_refresh_token_stands_for_all_of_the_grant(app: Application, browser: Browser) -> None:
    first = redeem(app, authorize(app, browser, ONE, TWO)["code"], ONE)
    second = refresh(app, json.loads(first.body)["refresh_token"], TWO)
    assert audience(second) == TWO
    token = json.loads(second.body)["refresh_token"]
    assert error(refresh(app, token, THREE)) == "invalid_target"
    assert audience(refresh(app, token)) == [ONE, TWO]


def test_a_token_of_the_authorization_endpoint_is_for_it_too(
    app: Application, browser: Browser
) -> None:
    answer = authorize(app, browser, ONE, response_type="id_token token", nonce="n")
    assert claims_in(answer["access_token"])["aud"] == ONE
    assert claims_in(answer["id_token"])["aud"] == "app"


def test_a_pushed_request_may_name_several(app: Application, browser: Browser) -> None:
    reply = post(app, ONE, TWO, path="/par", **app.asks(scope="openid"))
    uri = json.loads(reply.body)["request_uri"]
    page = browser.open("/authorize", client_id="app", request_uri=uri)
    code = browser.press(page, user="alice").answer["code"]
    assert audience(redeem(app, code)) == [ONE, TWO]


@pytest.mark.parametrize("beside", [(), (THREE,)])
def test_a_request_object_may_name_several(
    app: Application, browser: Browser, beside: tuple[str, ...]
) -> None:
    text = sign({"alg": "none"}, {"resource": [ONE, TWO]}, None)
    answer = authorize(app, browser, *beside, request=text)
    assert audience(redeem(app, answer["code"])) == [ONE, TWO]


def test_a_device_names_it_when_it_fetches_its_tokens(app: Application, browser: Browser) -> None:
    device = begin(app)
    connect(browser, device.user_code)
    app.idp.clock.advance(5)
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": device.codes["device_code"],
        "client_id": "tv",
        "resource": ONE,
    }
    body = urlencode(form).encode()
    reply = call(
        app.idp.app, "POST", f"{app.home}/token", headers=[("content-type", FORM)], body=body
    )
    assert audience(reply) == ONE


BAD = {
    "relative": "/api",
    "no scheme": "api.example",
    "fragment": "https://api.example/#x",
    "empty fragment": "https://api.example/#",
    "space": "https://api.example/a b",
    "line": "https://api.example/\n",
    "not ASCII": "https://api.example/ü",
    "quote": 'https://api.example/"',
    "nothing after the scheme": "https:",
    "long": "https://api.example/" + "x" * 2000,
}


@pytest.mark.parametrize("resource", BAD.values(), ids=BAD.keys())
def test_what_is_no_absolute_uri_is_refused(
    app: Application, browser: Browser, resource: str
) -> None:
    assert error(post(app, resource, grant_type="client_credentials")) == "invalid_target"
    assert authorize(app, browser, resource)["error"] == "invalid_target"
    assert error(post(app, resource, path="/par", **app.asks())) == "invalid_target"


@pytest.mark.parametrize("resource", ["urn:x:y", "https://[::1]:8/?q=%20", "custom+a.b-c:x"])
def test_what_is_one_is_taken(app: Application, resource: str) -> None:
    assert audience(post(app, resource, grant_type="client_credentials")) == resource


def test_no_more_than_ten(app: Application) -> None:
    many = [f"https://api.example/{number}" for number in range(11)]
    assert len(audience(post(app, *many[:10], grant_type="client_credentials"))) == 10
    assert error(post(app, *many, grant_type="client_credentials")) == "invalid_target"


def test_other_parameters_still_come_once(app: Application) -> None:
    body = urlencode(
        [("grant_type", "client_credentials"), ("scope", "read"), ("scope", "write")]
    ).encode()
    reply = call(
        app.idp.app, "POST", f"{app.home}/token", headers=[("content-type", FORM)], body=body
    )
    assert error(reply) == "invalid_request"


def test_a_provider_may_know_its_resources() -> None:
    settings: dict[str, Any] = {"resource_indicators_known": [ONE, TWO], "clients": [CLIENT]}
    with an_application(**settings) as app:
        assert audience(post(app, ONE, grant_type="client_credentials")) == ONE
        assert error(post(app, THREE, grant_type="client_credentials")) == "invalid_target"
        assert ONE in app.idp.journal.last.hint


def test_or_not_look_at_them() -> None:
    settings: dict[str, Any] = {"resource_indicators_accepted": False, "clients": [CLIENT]}
    with an_application(**settings) as app:
        assert audience(post(app, "no uri", grant_type="client_credentials")) == app.home
        assert error(post(app, ONE, TWO, grant_type="client_credentials")) == "invalid_request"


def test_opaque_tokens_have_an_audience_too() -> None:
    with an_application(access_token_format="token:32", clients=[CLIENT]) as app:
        token = json.loads(post(app, ONE, grant_type="client_credentials").body)["access_token"]
        told = json.loads(post(app, path="/introspect", token=token).body)
        assert told["aud"] == ONE


def test_what_a_test_says_of_a_token_wins(app: Application) -> None:
    app.idp.next_token(claims={"aud": "another"})
    assert audience(post(app, ONE, grant_type="client_credentials")) == "another"


# -- userinfo is a resource too -------------------------------------------------------------------


def user_token(app: Application, browser: Browser, *resources: str) -> str:
    reply = redeem(app, authorize(app, browser, *resources)["code"])
    return str(json.loads(reply.body)["access_token"])


def test_userinfo_takes_what_was_made_for_it(app: Application, browser: Browser) -> None:
    own = f"{app.home}/userinfo"
    for resources in ((), (own,), (ONE, own), (app.home,)):
        assert app.userinfo(user_token(app, browser, *resources)).status == 200
    for resources in ((ONE,), (ONE, TWO), (f"{app.home}/api",), (f"{own}/",)):
        reply = app.userinfo(user_token(app, browser, *resources))
        assert reply.status == 401
        assert 'error="invalid_token"' in dict(reply.headers)["www-authenticate"]
        hint = app.idp.journal.last.hint
        assert f"userinfo is: {app.home}, {own} (RFC 9068, 4), see userinfo.audiences" in hint


def test_userinfo_may_have_other_names_or_none() -> None:
    for audiences, is_good in (([ONE], True), ([], True), ([TWO], False)):
        with an_application(userinfo_audiences=audiences, clients=[CLIENT]) as app:
            token = user_token(app, Browser(app.idp.app, app.home), ONE)
            assert app.userinfo(token).status == (200 if is_good else 401)


def test_userinfo_of_one_address_takes_a_token_of_another() -> None:
    with an_application(clients=[CLIENT]) as app:
        app.idp._lane.listen_at("http://127.0.0.1:8400", ["localhost:8400"])
        browser = Browser(app.idp.app, "http://127.0.0.1:8400")
        token = user_token(app, browser, "http://127.0.0.1:8400/userinfo")
        reply = call(
            app.idp.app,
            "GET",
            "http://localhost:8400/userinfo",
            headers=[("authorization", f"Bearer {token}")],
        )
        assert reply.status == 200


def test_userinfo_refuses_a_token_without_an_audience(app: Application) -> None:
    for name in ("aud", "exp", "iss"):
        token = app.idp.issue_token(scope="openid", user="alice", claims={name: None})
        assert app.userinfo(token).status == 401
        assert f"the token has no {name}, " in app.idp.journal.last.hint
