"""Broken and hostile authorization requests: refused in the provider's manner, explained in the
journal, and never a redirect to a place that is not registered (RFC 6749, 4.1.2.1; RFC 8252, 7.3;
RFC 9700, 4.1 and 4.11).
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode, urlsplit

import pytest

from fixtures.application import CALLBACK, Application, an_application
from fixtures.asgi import call
from fixtures.browser import FORM, Browser, Screen

LOOPBACK = "http://127.0.0.1/cb"
REGISTERED = [CALLBACK, LOOPBACK, "http://[::1]:8000/cb", "http://localhost/cb", "com.app:/cb"]


@pytest.fixture
def app() -> Iterator[Application]:
    with an_application() as app:
        app.idp.client.update(redirect_uris=REGISTERED)
        yield app


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app.idp.app, app.home)


def assert_page(app: Application, screen: Screen, code: str, hint: str) -> None:
    """The browser is told, and nobody else."""
    assert (screen.status, screen.sent_to) == (400, "")
    assert screen.code == code
    assert hint in app.idp.journal.last.hint
    headers = dict(screen.headers)
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "www-authenticate" not in headers  # RFC 9110, 15.5.2: so it is no 401


@pytest.mark.parametrize(
    ("redirect_uri", "hint"),
    [
        pytest.param(None, "redirect_uri is missing", id="none"),
        pytest.param("", "redirect_uri is missing", id="empty"),
        pytest.param("https://evil.example/cb", "only by the host", id="host"),
        pytest.param(f"{CALLBACK}/", "only by a trailing slash", id="trailing slash"),
        pytest.param("https://app.example/CB", "letter case of the path", id="case of the path"),
        pytest.param("https://APP.example/cb", "letter case of the host", id="case of the host"),
        pytest.param("HTTPS://app.example/cb", "letter case of the scheme", id="case, scheme"),
        pytest.param("http://app.example/cb", "only by the scheme", id="scheme"),
        pytest.param("https://app.example:443/cb", "the default port", id="default port"),
        pytest.param("https://app.example:8443/cb", "only by the port", id="port"),
        pytest.param("https://app.example.evil.example/cb", "only by the host", id="suffix"),
        pytest.param("https://app.example@evil.example/cb", "user information", id="userinfo"),
        pytest.param("https://a:b@app.example/cb", "user information", id="password"),
        pytest.param(f"{CALLBACK}#", "has a fragment", id="empty fragment"),
        pytest.param(f"{CALLBACK}#top", "has a fragment", id="fragment"),
        pytest.param(f"{CALLBACK}?x=1", "the additional query parameter 'x'", id="query"),
        pytest.param(f"{CALLBACK}?", "spelling of the query", id="empty query"),
        pytest.param("https://app.example\\@evil.example/cb", "a backslash", id="backslash"),
        pytest.param("https:\\\\app.example/cb", "a backslash", id="backslashes"),
        pytest.param("https://app.example/x/../cb", "a dot segment", id="dots"),
        pytest.param("https://app.example/%2e%2e/cb", "a dot segment", id="encoded dots"),
        pytest.param("https://app.example/x/%2E./cb", "a dot segment", id="half encoded"),
        pytest.param("https://app.example/..%2fcb", "a dot segment", id="encoded slash"),
        pytest.param("https://app.example/..%5Ccb", "a dot segment", id="encoded backslash"),
        pytest.param("https://app.example/%63b", "percent-encoding", id="encoded letter"),
        pytest.param(quote(CALLBACK, safe=""), "not absolute", id="encoded twice"),
        pytest.param("//app.example/cb", "not absolute", id="no scheme"),
        pytest.param("/cb", "not absolute", id="only a path"),
        pytest.param("app.example/cb", "not absolute", id="no scheme, no slashes"),
        pytest.param("javascript:alert(1)//https://app.example/cb", "scheme java", id="script"),
        pytest.param("data:text/html,x", "the scheme data", id="data"),
        pytest.param("JaVaScRiPt://app.example/%0aalert(1)", "control", id="script, disguised"),
        pytest.param(f"{CALLBACK}\r\nSet-Cookie:a=b", "a control char", id="line break"),
        pytest.param(f"{CALLBACK}%0d%0aX:y", "a control character", id="encoded line break"),
        pytest.param(f"{CALLBACK}\t", "a control character", id="tab"),
        pytest.param(f" {CALLBACK}", "a space", id="space before"),
        pytest.param(f"{CALLBACK} ", "a space", id="space after"),
        pytest.param("https://app.examplе/cb", "outside ASCII", id="Cyrillic letter"),
        pytest.param("https://app。example/cb", "outside ASCII", id="ideographic full stop"),
        pytest.param("https://app.example/cb\u202e", "outside ASCII", id="right to left"),
        pytest.param("https://ａｐｐ.example/cb", "outside ASCII", id="full-width letters"),
        pytest.param("https://*.example/cb", "a wildcard", id="wildcard"),
        pytest.param('https://app.example/cb"onload="x', 'the character "', id="quotes"),
        pytest.param("https://app.example/<script>", "the character <", id="markup"),
        pytest.param("https://[/cb", "malformed", id="half an address"),
        pytest.param("https://app.example:99999/cb", "malformed", id="no such port"),
        pytest.param("https://", "no host", id="no host"),
        pytest.param("x" * 60_000, "not absolute", id="long"),
        pytest.param("https://app.example/" + "x" * 60_000, "only by the path", id="long path"),
        # RFC 8252, 7.3: any port, and nothing else
        pytest.param("http://127.0.0.1:5000/other", "only by the path", id="loopback, path"),
        pytest.param("https://127.0.0.1:5000/cb", "the host and the port", id="loopback, scheme"),
        pytest.param("http://127.0.0.2:5000/cb", "the host and the port", id="another loopback"),
        pytest.param("http://127.1:5000/cb", "the host and the port", id="a short form"),
        pytest.param("http://2130706433/cb", "only by the host", id="a number"),
        pytest.param("http://localhost:5000/cb", "not for localhost", id="localhost with a port"),
        pytest.param("http://127.0.0.1:5000@evil.example/cb", "user information", id="port and @"),
        pytest.param("http://127.0.0.1:65536/cb", "malformed", id="port that is none"),
        pytest.param("http://127.0.0.1:/cb", "malformed", id="empty port"),
        pytest.param(
            "http://127.0.0.1.evil.example/cb", "only by the host", id="loopback as a name"
        ),
        pytest.param("http://[0:0:0:0:0:0:0:1]:1/cb", "the host and the port", id="::1 in full"),
        pytest.param("http://[::ffff:127.0.0.1]/cb", "only by the host", id="mapped address"),
        pytest.param("com.app:/cb/", "only by a trailing slash", id="private scheme"),
        pytest.param("com.app://cb", "is not registered", id="private scheme with a host"),
    ],
)
def test_a_redirect_uri_that_is_not_the_clients(
    app: Application, browser: Browser, redirect_uri: str | None, hint: str
) -> None:
    screen = app.begin(browser, redirect_uri=redirect_uri)
    assert_page(app, screen, "invalid_request", hint)
    assert len(app.idp.journal.last.hint) < 1000


@pytest.mark.parametrize(
    "redirect_uri",
    [
        *(CALLBACK, LOOPBACK, "http://127.0.0.1:51004/cb", "http://127.0.0.1:1/cb", "com.app:/cb"),
        *("http://[::1]/cb", "http://[::1]:51004/cb", "http://localhost/cb"),
        "https://mockidp.example/_mockidp/callback",  # our own page, to try the provider out
    ],
)
def test_a_redirect_uri_that_is(app: Application, browser: Browser, redirect_uri: str) -> None:
    back = app.sign_in(browser, redirect_uri=redirect_uri)
    assert back.sent_to.startswith(f"{redirect_uri}?code=")
    assert app.redeem(back.answer["code"], redirect_uri=redirect_uri).status == 200


@pytest.mark.parametrize(
    ("changes", "code", "hint"),
    [
        pytest.param({"client_id": None}, "invalid_request", "client_id is missing", id="none"),
        pytest.param({"client_id": ""}, "invalid_request", "client_id is missing", id="empty"),
        pytest.param({"client_id": "who"}, "invalid_client", "no client has the id", id="unknown"),
        pytest.param({"client_id": "APP"}, "invalid_client", "no client has the id", id="case"),
        pytest.param({"client_id": "x" * 60_000}, "invalid_client", "no client has", id="long"),
        pytest.param({"client_id": "<b>"}, "invalid_client", "no client has", id="markup"),
    ],
)
def test_a_client_that_is_none(
    app: Application, browser: Browser, changes: dict[str, str | None], code: str, hint: str
) -> None:
    assert_page(app, app.begin(browser, **changes), code, hint)
    assert len(app.idp.journal.last.hint) < 1000


@pytest.mark.parametrize(
    ("addition", "code", "hint"),
    [
        pytest.param("&client_id=app", "invalid_request", "'client_id' is sent 2", id="client"),
        pytest.param("&client_id=", "invalid_request", "'client_id' is sent 2", id="empty one"),
        pytest.param(
            "&redirect_uri=https://evil.example", "invalid_request", "sent 2", id="redirect URI"
        ),
        pytest.param("&x=%00", "invalid_request", "NUL", id="NUL"),
        pytest.param("&state=%00", "invalid_request", "NUL", id="NUL in state"),
        pytest.param("&x=%ff", "invalid_request", "not UTF-8", id="no UTF-8"),
        pytest.param("&%ff=x", "invalid_request", "not UTF-8", id="a name that is no UTF-8"),
        pytest.param("&x=%zz", "invalid_request", "hexadecimal", id="no escape"),
        pytest.param("&x=%", "invalid_request", "hexadecimal", id="half an escape"),
        pytest.param("&x%0d=1", "invalid_request", "control character", id="a name with CR"),
        pytest.param("&a=1" * 1000, "invalid_request", "more than the 1000", id="too many"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_cannot_be_read_goes_nowhere(
    app: Application, browser: Browser, addition: str, code: str, hint: str, method: str
) -> None:
    sent = urlencode(app.asks()) + addition
    if method == "GET":
        screen = browser.ask("GET", f"/authorize?{sent}")
    else:
        headers = [("content-type", FORM)]
        screen = browser.ask("POST", "/authorize", headers=headers, body=sent.encode())
    assert_page(app, screen, code, hint)


@pytest.mark.parametrize("name", ["state", "scope", "response_type", "response_mode", "x", "nonce"])
def test_a_parameter_sent_twice_is_told_to_the_client(
    app: Application, browser: Browser, name: str
) -> None:
    sent = {"response_mode": "query", "nonce": "n", "x": "1", **app.asks()}
    addition = urlencode({name: sent[name]})
    back = browser.ask("GET", f"/authorize?{urlencode(sent)}&{addition}")
    assert back.sent_to.startswith(f"{CALLBACK}?error=invalid_request&")
    assert f"'{name}' is sent 2 times" in app.idp.journal.last.hint  # RFC 6749, 3.1


@pytest.mark.parametrize(
    ("method", "headers", "body", "hint"),
    [
        pytest.param("GET", [], b"x=1", "a GET request has no body", id="GET with a body"),
        pytest.param(
            "GET", [("content-type", FORM)], b"client_id=app", "no body", id="GET with a form"
        ),
        pytest.param(
            "POST", [("content-type", "application/json")], b"{}", "send application/x", id="JSON"
        ),
        pytest.param("POST", [], b"client_id=app", "Content-Type is missing", id="no type"),
        pytest.param("POST", [("content-type", FORM)], b"", "client_id is missing", id="empty"),
    ],
)
def test_a_request_of_another_form(
    app: Application,
    browser: Browser,
    method: str,
    headers: list[tuple[str, str]],
    body: bytes,
    hint: str,
) -> None:
    url = f"/authorize?{urlencode(app.asks())}"
    screen = browser.ask(method, url, headers=headers, body=body)
    assert_page(app, screen, "invalid_request", hint)


def test_parameters_of_the_query_are_not_mixed_with_those_of_the_form(
    app: Application, browser: Browser
) -> None:
    query = urlencode(app.asks(redirect_uri="https://evil.example/cb"))
    form = urlencode(app.asks()).encode()
    headers = [("content-type", FORM)]
    login = browser.ask("POST", f"/authorize?{query}", headers=headers, body=form)
    back = browser.press(browser.press(login, user="alice"), action="allow")
    assert back.sent_to.startswith(f"{CALLBACK}?code=")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize("path", ["/authorize", "/_mockidp/login", "/_mockidp/consent"])
def test_a_method_that_is_none(app: Application, browser: Browser, method: str, path: str) -> None:
    screen = browser.ask(method, f"{path}?{urlencode(app.asks())}")
    assert (screen.status, dict(screen.headers)["allow"]) == (405, "GET, HEAD, POST")
    assert app.idp.journal.last.hint == "ask with GET, HEAD, POST"


@pytest.mark.parametrize(
    ("changes", "code", "hint"),
    [
        pytest.param({"scope": "read nope"}, "invalid_scope", "'nope' is unknown", id="scope"),
        pytest.param({"scope": "openid,email"}, "invalid_scope", "not by commas", id="commas"),
        pytest.param({"scope": 'a"b'}, "invalid_scope", "U+0022", id="quotes in a scope"),
        pytest.param({"scope": "<script>" * 5000}, "invalid_scope", "unknown", id="long scope"),
        pytest.param({"prompt": "yes"}, "invalid_request", "prompt 'yes' is none of", id="prompt"),
        pytest.param({"prompt": "none login"}, "invalid_request", "other prompts", id="none…"),
        pytest.param({"max_age": "-1"}, "invalid_request", "no number of seconds", id="-1"),
        pytest.param({"max_age": "1.5"}, "invalid_request", "no number of seconds", id="1.5"),
        pytest.param({"max_age": "٣"}, "invalid_request", "no number of seconds", id="Arabic"),
        pytest.param({"max_age": "9" * 5000}, "invalid_request", "no number", id="9999…"),
        pytest.param({"code_challenge": "x"}, "invalid_request", "43 to 128", id="challenge"),
        pytest.param(
            {"code_challenge": "x" * 43, "code_challenge_method": "S512"},
            "invalid_request",
            "code_challenge_method is not one of",
            id="method",
        ),
        pytest.param(
            {"code_challenge": "x" * 43, "code_challenge_method": "s256"},
            "invalid_request",
            "case-sensitive",
            id="case of the method",
        ),
        pytest.param(
            {"code_challenge_method": "S256"}, "invalid_request", "without code_ch", id="alone"
        ),
    ],
)
def test_what_the_client_is_told(
    app: Application, browser: Browser, changes: dict[str, str], code: str, hint: str
) -> None:
    back = app.begin(browser, **changes)
    assert back.status == 303
    assert (back.answer["error"], back.answer["state"]) == (code, "st&te=ü")
    assert hint in app.idp.journal.last.hint
    assert len(back.sent_to) < 2000
    # RFC 6749, 4.1.2.1: %x20-21 / %x23-5B / %x5D-7E
    assert all(" " <= c <= "~" and c not in '"\\' for c in back.answer["error_description"])


STATES = [
    pytest.param("a\r\nSet-Cookie: evil=1", id="CRLF"),
    pytest.param("a\r\n\r\n<script>alert(1)</script>", id="a body"),
    pytest.param("&code=evil&state=x", id="parameters"),
    pytest.param("#code=evil", id="fragment"),
    pytest.param("'\"><img src=x onerror=alert(1)>", id="markup"),
    pytest.param("\u2028\u202e\U0001f600\ufffe", id="Unicode"),
    pytest.param("%00%0a+ %", id="escapes"),
    pytest.param("A-Za-z0-9-._~" * 10, id="unreserved"),
    pytest.param("\x01\x7f\x1b[31m", id="control characters"),
    pytest.param(" lead and trail ", id="spaces"),
]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
@pytest.mark.parametrize("is_refused", [False, True])
def test_a_state_comes_back_as_it_was_and_does_nothing_on_the_way(
    app: Application, browser: Browser, state: str, mode: str, is_refused: bool
) -> None:
    if is_refused:
        back = app.begin(browser, state=state, response_mode=mode, scope="nope")
    else:
        back = app.sign_in(browser, state=state, response_mode=mode)
    assert back.mode == mode
    # A line break is sent as it is by HTML, and arrives as CRLF (HTML Standard, 4.10.21.8).
    assert back.answer["state"] == state
    assert back.answer.get("code") != "evil"
    assert not [name for name, _ in back.headers if name == "evil"]
    assert all("\r" not in value and "\n" not in value for _, value in back.headers)
    assert back.sent_to.isascii()
    assert "<script>alert" not in back.html
    assert "<img" not in back.html


MARKUP = "'\"><script>alert(1)</script><img src=x>"


@pytest.mark.parametrize(
    "name",
    [
        *("client_id", "redirect_uri", "response_type", "response_mode", "scope", "prompt"),
        *("max_age", "nonce", "login_hint", "code_challenge", "display", "x"),
    ],
)
def test_markup_in_any_parameter_is_shown_and_not_run(
    app: Application, browser: Browser, name: str
) -> None:
    screen = app.begin(browser, **{name: MARKUP})
    if screen.sent_to:
        screen = app.begin(browser, **{name: MARKUP, "response_mode": "form_post"})
    assert "<script>alert" not in screen.html
    assert "<img" not in screen.html


def test_markup_in_names_is_shown_and_not_run() -> None:
    client = {"client_id": "app", "client_name": MARKUP, "redirect_uris": [CALLBACK]}
    user = {"username": MARKUP, "claims": {"name": MARKUP, "email": MARKUP}}
    scopes = {"supported": ["openid"], "meanings": {"openid": MARKUP}}
    with an_application(clients=[client], users=[user], scopes=scopes) as app:
        browser = Browser(app.idp.app, app.home)
        login = app.begin(browser, scope="openid")
        consent = browser.press(login, user=MARKUP)
        sign_out = browser.open("/_mockidp/sign-out")
        for screen in (login, consent, sign_out):
            assert screen.status == 200
            assert "<script>alert" not in screen.html
            assert "<img" not in screen.html
            assert MARKUP in screen.page.texts or MARKUP in "".join(screen.page.texts)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:443", "mockidp.example.evil.example", "", "a b", "<script>"],
)
def test_a_host_header_leads_nobody_away(app: Application, browser: Browser, host: str) -> None:
    url = f"/authorize?{urlencode(app.asks())}"
    reply = call(app.idp.app, "GET", url, headers=[("host", host)])
    location = dict(reply.headers)["location"]
    assert location.startswith("/_mockidp/login?")
    back = app.begin(browser, scope="nope")
    assert back.answer["iss"] == app.home


def test_no_answer_goes_to_a_place_that_is_not_registered(
    app: Application, browser: Browser
) -> None:
    """The same with each page on the way: nothing in them can be changed by the form."""
    login = app.begin(browser)
    evil = {"redirect_uri": "https://evil.example", "client_id": "x", "state": "evil"}
    consent = browser.press(login, user="alice", **evil)
    back = browser.press(consent, action="allow", **evil)
    parts = urlsplit(back.sent_to)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "app.example", "/cb")
    assert back.answer["state"] == "st&te=ü"
