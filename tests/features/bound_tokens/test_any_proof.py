"""Whatever is sent as a proof, or in a pushed request beside a good one: an answer of the provider,
and no defect of ours; a proof with one thing wrong gives no token.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.application import APP, CALLBACK, SECRET, Application, an_application
from fixtures.asgi import Reply, call
from fixtures.browser import FORM
from fixtures.dpop import proof
from fixtures.signed import public

any_input = settings(max_examples=200, deadline=None)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
HEADERS = ("typ", "jwk", "crit", "kid", "b64", "jku")
CLAIMS = ("jti", "htm", "htu", "iat", "exp", "nbf", "nonce")
CLIENT = APP | {"grant_types": ["client_credentials", "authorization_code"]}


@pytest.fixture(scope="module")
def app() -> Iterator[Application]:
    with an_application(clients=[CLIENT]) as app:
        app.idp.clock.freeze()
        yield app


def ask(app: Application, path: str, dpop: bytes, **form: str) -> Reply:
    who = {"client_id": "app", "client_secret": SECRET, **form}
    headers = [("content-type", FORM), ("dpop", dpop.decode("latin-1"))]
    body = urlencode(who, errors="replace").encode()
    return call(app.idp.app, "POST", f"{app.home}{path}", headers=headers, body=body)


def check(app: Application, reply: Reply) -> None:
    assert app.idp.journal.failures == []
    assert reply.status < 500
    if reply.status >= 400:
        assert app.idp.journal.last.hint
        assert json.loads(reply.body)["error"] in (
            "invalid_dpop_proof",
            "invalid_request",
            "invalid_target",
            "invalid_scope",
            "unsupported_response_type",
            "invalid_request_object",
            "unauthorized_client",
        )


@any_input
@given(text=st.binary(max_size=200).filter(lambda text: b"\n" not in text and b"\r" not in text))
def test_any_text(app: Application, text: bytes) -> None:
    reply = ask(app, "/token", text, grant_type="client_credentials")
    check(app, reply)
    assert reply.status == 400


@any_input
@given(
    header=st.dictionaries(st.sampled_from(HEADERS), JSON, max_size=2),
    claims=st.dictionaries(st.sampled_from(CLAIMS), JSON, max_size=3),
)
def test_any_member(app: Application, header: dict[str, Any], claims: dict[str, Any]) -> None:
    url = f"{app.home}/token"
    sent = proof("POST", url, now=app.idp.clock.now(), header=header, **claims).encode()
    reply = ask(app, "/token", sent, grant_type="client_credentials")
    check(app, reply)
    if reply.status == 200:
        # None leaves a member out, and of these a proof needs none; any new text is a jti.
        needed = {"typ", "jwk"} & set(header) | {"htm", "htu"} & set(claims)
        assert not needed


@any_input
@given(jwk=st.dictionaries(st.sampled_from(("kty", "crv", "x", "y", "n", "e", "d")), JSON))
def test_any_key(app: Application, jwk: dict[str, Any]) -> None:
    url = f"{app.home}/token"
    key = {**public({"kty": "EC"}), **jwk}
    sent = proof("POST", url, now=app.idp.clock.now(), header={"jwk": key}).encode()
    reply = ask(app, "/token", sent, grant_type="client_credentials")
    check(app, reply)
    assert reply.status == 400


@any_input
@given(
    changes=st.dictionaries(
        st.sampled_from(
            [
                *("scope", "response_type", "redirect_uri", "state", "request", "dpop_jkt"),
                *("resource", "prompt", "max_age", "code_challenge", "claims", "request_uri"),
            ]
        ),
        st.text(max_size=60) | st.sampled_from(["openid", "code", CALLBACK, "urn:x", "none", "1"]),
        max_size=3,
    )
)
def test_any_pushed_request(app: Application, changes: dict[str, str]) -> None:
    url = f"{app.home}/par"
    sent = proof("POST", url, now=app.idp.clock.now()).encode()
    check(app, ask(app, "/par", sent, **{**app.asks(), **changes}))
