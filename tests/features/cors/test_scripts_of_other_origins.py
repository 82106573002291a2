"""What scripts of other origins may call and read (RFC 9700, section 2.6; Fetch Standard, 3.2)."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from fixtures.asgi import Reply, call
from mockidp import MockIdP
from mockidp.oauth import names
from mockidp.profiles import PROFILES
from mockidp.profiles.load import load_profile
from mockidp.profiles.paths import paths_of
from mockidp.web.app import lane_app

APP = "https://app.example"
FORM = ("content-type", "application/x-www-form-urlencoded")
CLIENT = {"client_id": "app", "client_secret": "secret", "redirect_uris": [f"{APP}/cb"]}
Make = Callable[..., MockIdP]

#: Each may be called; the others are places that a browser is sent to, or that servers call.
PLACES = {name: paths[0] for name, paths in paths_of(load_profile("openid")).items()}


@pytest.fixture
def make() -> Iterator[Make]:
    with ExitStack() as stack:

        def make(profile: str = "openid", **settings: Any) -> MockIdP:
            idp = MockIdP(profile, **{"clients": [CLIENT], **settings})
            stack.callback(idp.close)
            return idp

        yield make


def ask(
    idp: MockIdP,
    path: str,
    origin: str | None = APP,
    method: str = "POST",
    body: bytes = b"",
    **headers: str,
) -> Reply:
    sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
    if origin is not None:
        sent.append(("origin", origin))
    url = f"https://mockidp.example{path}"
    return call(lane_app(idp._lane), method, url, headers=sent, body=body)


def allowed(reply: Reply) -> str | None:
    return dict(reply.headers).get("access-control-allow-origin")


def preflight(idp: MockIdP, path: str, origin: str = APP, method: str = "POST") -> Reply:
    return ask(idp, path, origin, "OPTIONS", access_control_request_method=method)


def test_the_words_are_endpoints_and_no_page_is_among_them() -> None:
    assert set(names.SCRIPT_ENDPOINTS) <= set(names.ENDPOINTS)
    pages = {"authorize", "login", "consent", "sign_out", "callback", "device", "end_session"}
    assert not pages & set(names.SCRIPT_ENDPOINTS)


@pytest.mark.parametrize("name", PLACES)
def test_an_endpoint_answers_scripts_if_it_is_for_them(make: Make, name: str) -> None:
    idp = make()
    reply = preflight(idp, PLACES[name])
    is_for_scripts = name in load_profile("openid").cors.endpoints
    assert (allowed(reply) is not None) is is_for_scripts
    assert (reply.status == 204) is is_for_scripts
    assert (allowed(ask(idp, PLACES[name], method="GET")) is not None) is is_for_scripts


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "openid"])
def test_other_providers_have_none(make: Make, profile: str) -> None:
    idp = make(profile)
    for paths in paths_of(idp._lane.profile).values():
        for path in paths:
            for method in ("OPTIONS", "GET", "POST"):
                reply = ask(idp, path, method=method, access_control_request_method="POST")
                found = [name for name, _ in reply.headers if name.startswith("access-control")]
                assert found == []


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        (APP, True),
        ("https://app.example:8443", False),
        ("http://app.example", False),
        ("https://app.example.evil.example", False),
        ("https://sub.app.example", False),
        ("null", False),
        ("", False),
        ("https://[", False),
        ("http://127.0.0.1:51234", True),
        ("http://127.0.0.1", True),
        ("http://localhost:3000", True),
        ("http://localhost:3001", False),
        ("http://native.example", True),
    ],
)
def test_an_origin_is_that_of_a_registered_redirect_uri(
    make: Make, origin: str, is_allowed: bool
) -> None:
    more = [
        "http://127.0.0.1/cb",
        "http://localhost:3000/cb",
        "com.example.app:/cb",
        "http://native.example:80/cb",
    ]
    idp = make(clients=[{**CLIENT, "redirect_uris": [f"{APP}/cb", *more]}])
    reply = preflight(idp, "/token", origin)
    assert (reply.status, allowed(reply)) == ((204, origin) if is_allowed else (403, None))
    assert dict(reply.headers)["vary"] == "Origin"
    assert ("is that of no client's redirect URI" in idp.journal.last.hint) is not is_allowed


def test_a_client_that_is_added_brings_its_origin(make: Make) -> None:
    idp = make()
    assert preflight(idp, "/token", "https://new.example").status == 403
    idp.add_client(redirect_uris=["https://new.example/cb"])
    assert preflight(idp, "/token", "https://new.example").status == 204


@pytest.mark.parametrize("origin", ["https://any.example", "null"])
def test_any_origin_where_the_switch_says_so(make: Make, origin: str) -> None:
    idp = make(cors_origins="any")
    reply = preflight(idp, "/token", origin)
    assert (reply.status, allowed(reply)) == (204, "*")
    assert "vary" not in dict(reply.headers)


def test_credentials_are_never_allowed(make: Make) -> None:
    idp = make(cors_origins="any")
    for reply in (preflight(idp, "/token"), ask(idp, "/token"), ask(idp, "/jwks", method="GET")):
        assert "access-control-allow-credentials" not in dict(reply.headers)


def test_an_endpoint_can_be_left_out(make: Make) -> None:
    idp = make(cors_endpoints=["jwks"])
    assert allowed(preflight(idp, "/token")) is None
    assert allowed(preflight(idp, "/jwks", method="GET")) == "*"


@pytest.mark.parametrize("name", ["jwks", "discovery"])
def test_documents_are_for_everybody(make: Make, name: str) -> None:
    reply = ask(make(), PLACES[name], "https://any.example", "GET")
    assert (reply.status, allowed(reply)) == (200, "*")


def test_a_preflight_is_no_call(make: Make) -> None:
    """It neither uses up a fault, nor counts for the limiter, nor is refused by it."""
    idp = make(limiter={"allowed": 1, "key": ["ip"], "counts": [401]})
    idp.faults.next("token", status=503)
    assert preflight(idp, "/token").status == 204
    assert ask(idp, "/token").status == 503
    assert ask(idp, "/token", body=b"client_id=x", content_type=FORM[1]).status == 401
    assert ask(idp, "/token", body=b"client_id=x", content_type=FORM[1]).status == 429
    assert preflight(idp, "/token").status == 204


def test_what_is_no_preflight_is_a_wrong_method(make: Make) -> None:
    idp = make()
    assert ask(idp, "/token", method="OPTIONS").status == 405
    no_origin = ask(idp, "/token", None, "OPTIONS", access_control_request_method="POST")
    assert no_origin.status == 405
    assert allowed(no_origin) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_control_request_headers", "x-good, Authorization"),
        ("access_control_request_headers", "x\u00e4"),
        ("access_control_request_headers", "a" * 2000),
        ("access_control_request_method", "PUT"),
        ("access_control_request_method", "GET POST"),
    ],
)
def test_only_names_are_repeated(make: Make, name: str, value: str) -> None:
    headers = {"access_control_request_method": "POST", name: value}
    reply = ask(make(), "/api/me", APP, "OPTIONS", b"", **headers)
    assert reply.status == 204
    answer = {
        "access_control_request_headers": "access-control-allow-headers",
        "access_control_request_method": "access-control-allow-methods",
    }[name]
    is_good = value in ("x-good, Authorization", "PUT")
    assert dict(reply.headers).get(answer) == (value if is_good else None)


# -- every answer can be read --------------------------------------------------------------------


def refusals(idp: MockIdP) -> Iterator[tuple[int, Reply]]:
    form = {"content_type": FORM[1]}
    yield 400, ask(idp, "/token", content_type="text/plain", body=b"x")
    yield 401, ask(idp, "/token", body=b"client_id=x", **form)
    yield 405, ask(idp, "/token", method="GET")
    yield 413, ask(idp, "/token", body=b"x" * 2_000_000, **form)
    yield 401, ask(idp, "/userinfo", method="GET")
    yield 401, ask(idp, "/api/me", method="GET", authorization="Bearer nonsense")
    for status in (429, 500, 503):
        idp.faults.next("token", status=status, retry_after=7)
        yield status, ask(idp, "/token")
    yield 405, ask(idp, "/jwks", method="POST")


def test_every_refusal_can_be_read(make: Make) -> None:
    for status, reply in refusals(make()):
        assert reply.status == status
        assert allowed(reply) in (APP, "*")
        exposed = dict(reply.headers)["access-control-expose-headers"]
        assert exposed == "WWW-Authenticate, Retry-After, DPoP-Nonce"


def test_a_rejection_of_the_limiter_can_be_read(make: Make) -> None:
    idp = make(limiter={"allowed": 1, "key": ["ip"], "counts": [401]})
    replies = [ask(idp, "/token", body=b"client_id=x", content_type=FORM[1]) for _ in range(2)]
    assert [(r.status, allowed(r)) for r in replies] == [(401, APP), (429, APP)]
    assert "retry-after" in dict(replies[1].headers)


def test_a_defect_of_ours_can_be_read(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    idp = make()
    monkeypatch.setattr("mockidp.web.endpoints.token.Token.read", lambda *a: 1 / 0)
    reply = ask(idp, "/token")
    assert (reply.status, allowed(reply)) == (500, APP)
    idp.journal.failures.clear()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /jwks HTTP/1.1\r\norigin: https://a.example\r\n\r\n",
        b"GET /jwks HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 70_000,
        b"nonsense\r\n\r\n",
    ],
    ids=["no host", "too long a head", "no HTTP"],
)
@pytest.mark.parametrize("profile", ["openid", "groupdocs-total"])
def test_what_http_refuses_can_be_read_too(request_bytes: bytes, profile: str) -> None:
    with MockIdP(profile) as idp:
        host, _, port = idp.base_url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=60) as client:
            client.sendall(request_bytes)
            answer = http.client.HTTPResponse(client)
            answer.begin()
            found = answer.getheader("access-control-allow-origin")
            assert (400 <= answer.status < 500, found) == (
                True,
                "*" if profile == "openid" else None,
            )
