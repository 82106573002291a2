"""HEAD at everything that a browser comes to: what GET is answered, without the body (RFC 9110,
sections 9.1 and 9.3.2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from fixtures.application import Application, an_application
from fixtures.asgi import Reply, call
from fixtures.browser import Browser
from mockidp.profiles.paths import paths_of

PAGES = ("authorize", "login", "consent", "sign_out", "error", "callback", "device", "end_session")
#: Other in each answer.
ITS_OWN = {"set-cookie", "content-location", "content-length", "location"}


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app.idp.app, app.home)


def head(browser: Browser, path: str, **query: str) -> Reply:
    asked = f"{path}?{urlencode(query)}" if query else path
    return browser.send("HEAD", asked, headers=[])


def alike(reply: Reply) -> Mapping[str, str]:
    return {name: value for name, value in reply.headers if name not in ITS_OWN}


@pytest.mark.parametrize("name", [*PAGES, "check_session", "userinfo"])
def test_head_is_get_without_the_body(app: Application, browser: Browser, name: str) -> None:
    path = paths_of(app.idp._lane.profile)[name][0]
    headed = head(browser, path)
    asked = browser.send("GET", path, headers=[])
    assert (headed.status, headed.body, alike(headed)) == (asked.status, b"", alike(asked))
    assert asked.status != 405


@pytest.mark.parametrize("name", PAGES)
def test_head_is_named_where_a_method_is_refused(
    app: Application, browser: Browser, name: str
) -> None:
    reply = browser.send("PUT", paths_of(app.idp._lane.profile)[name][0], headers=[])
    allowed = dict(reply.headers)["allow"].split(", ")
    assert (reply.status, "HEAD" in allowed) == (405, "GET" in allowed)


def test_head_at_the_authorization_endpoint_leads_to_the_page_as_get_does(
    app: Application, browser: Browser
) -> None:
    reply = head(browser, "/authorize", **app.asks())
    assert (reply.status, reply.body) == (303, b"")
    assert head(browser, dict(reply.headers)["location"]).status == 200


def test_what_head_gives_is_revoked_as_what_get_gives() -> None:
    with an_application(auto_login="alice", authorize_consent="skip") as app:
        browser = Browser(app.idp.app, app.home)
        asks = app.asks(response_type="id_token token", nonce="n")
        location = dict(head(browser, "/authorize", **asks).headers)["location"]
        token = parse_qs(urlsplit(location).fragment)["access_token"][0]
        assert app.userinfo(token).status == 200
        app.idp.revoke("alice")
        assert app.userinfo(token).status == 401


def test_head_answers_no_page(app: Application, browser: Browser) -> None:
    login = app.begin(browser)
    assert head(browser, login.url).status == 200
    consent = browser.press(login, user="alice")
    for page in (login, consent):
        assert head(browser, page.url).status in (200, 303)
    assert browser.press(consent, action="allow").answer["code"]


def test_head_at_an_error_is_refused_as_get_is(app: Application, browser: Browser) -> None:
    reply = head(browser, "/authorize", client_id="nobody")
    assert (reply.status, reply.body) == (400, b"")
    assert "nobody" in app.idp.journal.last.hint


def test_head_at_userinfo(app: Application, browser: Browser) -> None:
    token = app.tokens(browser)["access_token"]
    replies = [app.userinfo(token, method) for method in ("GET", "HEAD")]
    assert [reply.status for reply in replies] == [200, 200]
    assert replies[0].headers == replies[1].headers
    assert replies[1].body == b""
    assert app.userinfo("wrong", "HEAD").status == 401


def test_head_at_a_registration(app: Application) -> None:
    body = json.dumps({"redirect_uris": ["https://app.example/cb"]}).encode()
    made = call(
        app.idp.app,
        "POST",
        f"{app.home}/register",
        headers=[("content-type", "application/json")],
        body=body,
    )
    registered = json.loads(made.body)
    bearer = [("authorization", f"Bearer {registered['registration_access_token']}")]
    asked, headed = (
        call(app.idp.app, method, registered["registration_client_uri"], headers=bearer)
        for method in ("GET", "HEAD")
    )
    assert (headed.status, headed.headers, headed.body) == (200, asked.headers, b"")
