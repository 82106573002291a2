"""Whatever is sent to the endpoints that take a token, and to the page that takes a user code: an
answer of the provider, and no defect of ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.application import Application, an_application
from fixtures.asgi import call
from fixtures.browser import FORM
from mockidp.oauth.names import DEVICE_CODE

CODES = {
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_token_type",
    "unsupported_grant_type",
    "authorization_pending",
    "slow_down",
}
PATHS = ("/introspect", "/revoke", "/device_authorization", "/token", "/device")

any_input = settings(max_examples=200, deadline=None)


@pytest.fixture(scope="module")
def app() -> Iterator[Application]:
    with an_application(device_authorization_wrong_codes=0) as app:
        yield app


def values(app: Application) -> st.SearchStrategy[str]:
    token = app.idp.issue_token()
    codes = json.loads(app.post("/device_authorization").body)
    return st.one_of(
        st.sampled_from(
            [token, token[:-1], f"{token}=", *token.split("."), *map(str, codes.values())]
        ),
        st.text(max_size=60),
        st.sampled_from(["openid", "access_token", "refresh_token", DEVICE_CODE, "." * 5000]),
    )


@any_input
@given(data=st.data())
def test_parameters(app: Application, data: st.DataObject) -> None:
    names = [
        *("token", "token_type_hint", "client_id", "client_secret", "scope", "grant_type"),
        *("device_code", "user_code", "interaction", "action"),
    ]
    changes = data.draw(
        st.lists(st.tuples(st.sampled_from(names), values(app)), min_size=1, max_size=4)
    )
    record = app.client.record
    good = [("client_id", record.client_id), ("client_secret", record.client_secret or "")]
    form = [*good[: data.draw(st.integers(0, 2))], *changes]
    path = data.draw(st.sampled_from(PATHS))
    reply = call(
        app.idp.app,
        "POST",
        f"{app.home}{path}",
        headers=[("content-type", FORM)],
        body=urlencode(form, errors="replace").encode(),
    )
    check(app, path, reply.status, reply.body)


@any_input
@given(data=st.data())
def test_bytes(app: Application, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(PATHS))
    body = data.draw(st.binary(max_size=300))
    query = urlencode({"user_code": data.draw(st.text(max_size=50))}, errors="replace")
    method = data.draw(st.sampled_from(["POST", "GET"]))
    reply = call(
        app.idp.app,
        method,
        f"{app.home}{path}?{query}",
        headers=[("content-type", FORM)],
        body=body if method == "POST" else b"",
    )
    check(app, path, reply.status, reply.body)


def check(app: Application, path: str, status: int, body: bytes) -> None:
    assert app.idp.journal.failures == []
    assert status < 500
    if status >= 400:
        assert app.idp.journal.last.hint
        if path != "/device":
            assert json.loads(body)["error"] in CODES
