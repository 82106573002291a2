"""Requests that are pushed before the browser sees them (RFC 9126), over the whole way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fixtures.application import (
    APP,
    CALLBACK,
    SECRET,
    Application,
    an_application,
    claims_in,
    refused,
)
from fixtures.asgi import Reply, call
from fixtures.browser import FORM, Browser, Screen
from fixtures.signed import ED25519, assertion_form, public, sign
from mockidp.oauth.pkce import challenge_of

VERIFIER = "v" * 43
PUBLIC = {"client_id": "spa", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}
SIGNER = {
    "client_id": "signer",
    "redirect_uris": [CALLBACK],
    "token_endpoint_auth_method": "private_key_jwt",
    "jwks": {"keys": [public(ED25519)]},
}


@pytest.fixture
def app() -> Iterator[Application]:
    with an_application(clients=[APP, PUBLIC, SIGNER]) as app:
        app.idp.clock.freeze()
        yield app


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app.idp.app, app.home)


def push(app: Application, **changes: str | None) -> Reply:
    return app.post("/par", **{**app.asks(), **changes})


def reference(app: Application, **changes: str | None) -> str:
    reply = push(app, **changes)
    assert reply.status == 201, reply.body
    found: str = json.loads(reply.body)["request_uri"]
    return found


def open_pushed(browser: Browser, uri: str, client_id: str = "app", **more: str) -> Screen:
    return browser.open("/authorize", client_id=client_id, request_uri=uri, **more)


def agree(browser: Browser, screen: Screen) -> Screen:
    if screen.path.endswith("/login"):
        screen = browser.press(screen, user="alice")
    return browser.press(screen, action="allow") if screen.path.endswith("/consent") else screen


def test_what_was_pushed_signs_somebody_in(app: Application, browser: Browser) -> None:
    uri = reference(app, nonce="n", scope="openid offline_access")
    answer = agree(browser, open_pushed(browser, uri)).answer
    assert answer["state"] == "st&te=ü"
    tokens = json.loads(app.redeem(answer["code"]).body)
    assert claims_in(tokens["id_token"])["nonce"] == "n"
    assert "refresh_token" in tokens


def test_what_is_beside_the_reference_does_not_count(app: Application, browser: Browser) -> None:
    uri = reference(app, scope="openid")
    beside = {"scope": "openid email", "state": "outside", "redirect_uri": CALLBACK, "nonce": "n"}
    answer = agree(browser, open_pushed(browser, uri, **beside)).answer
    assert answer["state"] == "st&te=ü"
    assert json.loads(app.redeem(answer["code"]).body)["scope"] == "openid"


def test_no_secret_is_kept_of_it(app: Application) -> None:
    reference(app)
    (kept,) = app.idp._lane.store.find("par", now=app.idp.clock.now())
    assert SECRET not in str(kept.data)


def test_of_a_client_that_was_removed_nothing_waits_for_the_next_one_of_its_id(
    app: Application, browser: Browser
) -> None:
    uri, page = reference(app), app.begin(browser)
    app.client.remove()
    app.idp.add_client(**APP)
    assert browser.press(page, user="alice").status == 400
    assert open_pushed(browser, uri).status == 400
    assert open_pushed(browser, reference(app)).path == page.path


def test_it_can_be_opened_again_until_it_is_answered(app: Application, browser: Browser) -> None:
    uri = reference(app)
    first = open_pushed(browser, uri)
    second = open_pushed(browser, uri)
    assert first.path.endswith("/login")
    assert "code" in agree(browser, second).answer
    late = agree(browser, first)
    assert late.answer["error"] == "invalid_request_uri"
    assert "has been used already" in app.idp.journal.last.hint
    again = open_pushed(browser, uri)
    assert (again.status, again.code) == (400, "invalid_request_uri")


def test_a_page_that_stands_open_may_outlive_it(app: Application, browser: Browser) -> None:
    page = open_pushed(browser, reference(app))
    app.idp.clock.advance(600)
    assert "code" in agree(browser, page).answer


def test_it_expires(app: Application, browser: Browser) -> None:
    uri = reference(app)
    app.idp.clock.advance(60)
    assert open_pushed(browser, uri).code == "invalid_request_uri"
    assert "expired 0 seconds ago" in app.idp.journal.last.hint


def test_who_says_no_has_used_it_up(app: Application, browser: Browser) -> None:
    uri = reference(app)
    page = browser.press(open_pushed(browser, uri), user="alice")
    assert browser.press(page, action="deny").answer["error"] == "access_denied"
    assert open_pushed(browser, uri).code == "invalid_request_uri"


def test_of_many_tabs_one_gets_a_code(app: Application) -> None:
    app.idp.add_client(**APP | {"client_id": "auto", "auto_login": "alice", "skip_consent": True})
    uri = reference(app, client_id="auto")

    def visit(_: int) -> str:
        browser = Browser(app.idp.app, app.home)
        screen = open_pushed(browser, uri, "auto")
        return "code" if screen.sent_to and "code" in screen.answer else "refused"

    with ThreadPoolExecutor(8) as pool:
        got = [*pool.map(visit, range(24))]
    assert got.count("code") == 1


REFUSED: dict[str, tuple[dict[str, str | None], tuple[int, str], str]] = {
    "another reference": ({"request_uri": "urn:x"}, (400, "invalid_request"), "another reference"),
    "wrong secret": ({"client_secret": "wrong"}, (401, "invalid_client"), "wrong client_secret"),
    "no redirect URI": ({"redirect_uri": None}, (400, "invalid_request"), "redirect_uri"),
    "unregistered": (
        {"redirect_uri": "https://evil.example/"},
        (400, "invalid_request"),
        "not registered",
    ),
    "response type": ({"response_type": "x"}, (400, "unsupported_response_type"), "none of"),
    "scope": ({"scope": "nonsense"}, (400, "invalid_scope"), "nonsense"),
    "prompt": ({"prompt": "none login"}, (400, "invalid_request"), "prompt"),
    "PKCE": ({"code_challenge": "short"}, (400, "invalid_request"), "code_challenge"),
    "object": ({"request": "no.jwt"}, (400, "invalid_request_object"), "segments"),
}


@pytest.mark.parametrize(("sent", "expected", "hint"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_good_is_refused_at_once(
    app: Application, sent: dict[str, str | None], expected: tuple[int, str], hint: str
) -> None:
    assert refused(push(app, **sent)) == expected
    assert hint in app.idp.journal.last.hint
    assert app.idp._lane.store.find("par", now=app.idp.clock.now()) == []


def test_a_scope_that_nobody_knows_is_told_of_where_it_is_pushed_and_where_it_is_used(
    app: Application, browser: Browser
) -> None:
    # OpenID Connect Core 1.0, 3.1.2.1
    uri = reference(app, scope="openid emial")
    journal = app.idp.journal
    assert "'emial' is unknown" in journal.last.hint
    assert "did you mean 'email'?" in journal.last.hint
    assert journal.last.error is None
    open_pushed(browser, uri)
    (asked,) = journal.find("authorize")
    assert (asked.error, asked.cites) == (None, "OpenID Connect Core 1.0, 3.1.2.1")
    assert "'emial' is unknown" in asked.hint


def test_a_repeated_parameter_is_refused(app: Application) -> None:
    body = f"client_id=app&client_secret={SECRET}&state=a&state=b".encode()
    reply = call(
        app.idp.app, "POST", f"{app.home}/par", headers=[("content-type", FORM)], body=body
    )
    assert refused(reply) == (400, "invalid_request")


def test_a_body_that_is_too_large_is_refused(app: Application) -> None:
    assert refused(push(app, state="x" * 1_100_000)) == (413, "invalid_request")


def test_a_reference_is_for_its_client_alone(app: Application, browser: Browser) -> None:
    screen = open_pushed(browser, reference(app), "spa")
    assert screen.code == "invalid_request_uri"
    assert "was given to client 'app'" in app.idp.journal.last.hint


@pytest.mark.parametrize("what", ["", "x", "x" * 3000, "ü", "%00"])
def test_what_was_never_pushed_is_refused(app: Application, browser: Browser, what: str) -> None:
    screen = open_pushed(browser, f"urn:ietf:params:oauth:request_uri:{what}")
    assert (screen.status, screen.code) == (400, "invalid_request_uri")


def test_an_object_and_a_reference_are_one_too_many(app: Application, browser: Browser) -> None:
    screen = open_pushed(browser, reference(app), request="a.b.c")
    assert (screen.status, screen.code) == (400, "invalid_request")


def test_a_public_client_may_push_and_must_prove_its_key(
    app: Application, browser: Browser
) -> None:
    who: dict[str, Any] = {"client_id": "spa", "client_secret": None}
    assert refused(push(app, **who)) == (400, "invalid_request")
    challenge = {"code_challenge": challenge_of(VERIFIER, "S256"), "code_challenge_method": "S256"}
    uri = reference(app, **who, **challenge)
    code = agree(browser, open_pushed(browser, uri, "spa")).answer["code"]
    assert app.redeem(code, **who, code_verifier=VERIFIER).status == 200


@pytest.mark.parametrize("audience", ["", "/par", "/token"])
def test_a_client_may_prove_itself_with_an_assertion(
    app: Application, browser: Browser, audience: str
) -> None:
    proof = assertion_form(
        "signer",
        f"{app.home}{audience}",
        key=ED25519,
        header={"alg": "EdDSA"},
        now=app.idp.clock.now(),
    )
    proof.pop("grant_type")
    sent = {**app.asks(client_id=None), **proof}
    reply = app.post("/par", client_id=None, client_secret=None, **sent)
    assert reply.status == 201, reply.body
    uri = json.loads(reply.body)["request_uri"]
    assert "code" in agree(browser, open_pushed(browser, uri, "signer")).answer


def test_with_an_object_nothing_beside_it_counts(app: Application, browser: Browser) -> None:
    inside = {"response_type": "code", "redirect_uri": CALLBACK, "scope": "openid", "state": "in"}
    text = sign({"alg": "none"}, inside, None)
    uri = reference(app, request=text, state="outside", nonce="outside")
    answer = agree(browser, open_pushed(browser, uri)).answer
    assert answer["state"] == "in"
    id_token = json.loads(app.redeem(answer["code"]).body)["id_token"]
    assert "nonce" not in claims_in(id_token)


def test_all_clients_can_be_made_to_push() -> None:
    with an_application(par_required=True) as app:
        browser = Browser(app.idp.app, app.home)
        screen = app.begin(browser)
        assert screen.answer["error"] == "invalid_request"
        assert "must push" in app.idp.journal.last.hint
        assert "code" in agree(browser, open_pushed(browser, reference(app))).answer
        assert app.idp.metadata()["require_pushed_authorization_requests"] is True


def test_one_client_can_be_made_to_push(app: Application, browser: Browser) -> None:
    app.idp.add_client(
        **APP | {"client_id": "pusher", "require_pushed_authorization_requests": True}
    )
    assert app.begin(browser, client_id="pusher").answer["error"] == "invalid_request"
    uri = reference(app, client_id="pusher")
    assert "code" in agree(browser, open_pushed(browser, uri, "pusher")).answer
    assert "code" in app.sign_in(browser).answer


def test_who_sends_the_browser_to_a_silent_end_may_try_again(
    app: Application, browser: Browser
) -> None:
    """RFC 9126 leaves it open; nobody has got anything yet."""
    uri = reference(app, prompt="none")
    assert open_pushed(browser, uri).answer["error"] == "login_required"
    assert open_pushed(browser, uri).answer["error"] == "login_required"


def test_without_a_path_there_is_none() -> None:
    with an_application(par_path="") as app:
        assert push(app).status == 404
        assert "pushed_authorization_request_endpoint" not in app.idp.metadata()
        assert "require_pushed_authorization_requests" not in app.idp.metadata()
        screen = open_pushed(Browser(app.idp.app, app.home), "urn:ietf:params:oauth:request_uri:x")
        assert screen.code == "request_uri_not_supported"
