"""What comes to the logout endpoints that no client would send: refused on a page, never a failure,
and never a redirect to an address that is not registered.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest

from fixtures.application import Application
from fixtures.browser import FORM, Browser

OUT = "https://app.example/out"
PARAMETERS = (
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
    "logout_hint",
    "ui_locales",
    "logout",
    "csrf",
)
VALUES = {
    "markup": "\"'><script>alert(1)</script>",
    "a control character": "a\x00b\r\nSet-Cookie: x=y",
    "half a pair": "\ud800",
    "brackets": "https://[",
    "a script": "javascript:alert(1)",
    "another site": "https://evil.example/out",
    "much": "x" * 200_000,
    "a token of nothing": "e30.e30.",
    "dots": "." * 1000,
    "an unsigned token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzIn0.",
}


@pytest.mark.parametrize("path", ["/end_session", "/_mockidp/sign-out", "/check_session"])
@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_any_value_of_any_parameter(
    app: Application, browser: Browser, path: str, name: str, value: str
) -> None:
    app.sign_in(browser)
    asked = {"client_id": "app", "post_logout_redirect_uri": OUT, name: value}
    query = urlencode(asked, errors="surrogatepass").encode()
    answers = [
        browser.ask("GET", f"{path}?{query.decode()}"),
        browser.ask("POST", path, headers=[("content-type", FORM)], body=query),
    ]
    for answer in answers:
        assert answer.status in (200, 303, 400, 405, 413)
        assert not answer.sent_to or answer.sent_to.partition("?")[0] == OUT
        assert "<script>alert" not in answer.html
        assert "set-cookie: x" not in str(answer.headers).lower()


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{}", b"a=%zz", b"=" * 5000, b""])
def test_any_body(app: Application, browser: Browser, body: bytes) -> None:
    app.sign_in(browser)
    for content_type in (FORM, "application/json", "multipart/form-data; boundary=b", ""):
        headers = [("content-type", content_type)] if content_type else []
        for path in ("/end_session", "/_mockidp/sign-out"):
            answer = browser.ask("POST", path, headers=headers, body=body)
            assert answer.status in (200, 400)


@pytest.mark.parametrize(
    "name", ["client_id", "post_logout_redirect_uri", "id_token_hint", "state"]
)
def test_a_parameter_that_comes_twice(app: Application, browser: Browser, name: str) -> None:
    app.sign_in(browser)
    asked = {"client_id": "app", "post_logout_redirect_uri": OUT, "state": "s"}
    twice = f"{urlencode(asked)}&{name}=a&{name}={quote('b')}"
    answer = browser.ask("GET", f"/end_session?{twice}")
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert "code" in app.begin(browser, prompt="none").answer


def test_no_secret_gets_into_the_journal(app: Application, browser: Browser) -> None:
    hint = app.tokens(browser)["id_token"]
    browser.open("/end_session", id_token_hint=hint)
    written = app.idp.journal.render(1000)
    assert hint.split(".")[2] not in written
    assert "id_token_hint=***" in written
