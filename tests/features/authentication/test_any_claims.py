"""Whatever JSON the parameter `claims` holds: an answer to the client, and no defect of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.application import ALICE, Application, an_application, claims_in
from fixtures.browser import Browser

NAMES = st.sampled_from(
    ["name", "email", "name#et", "sub", "acr", "amr", "iss", "aud", "auth_time", "#", "", "x" * 300]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["1", "2", ALICE["sub"], "Alice Ames"]),
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)
WANTED = st.none() | st.fixed_dictionaries(
    {},
    optional={"essential": st.booleans(), "value": ANYTHING, "values": st.lists(SCALARS)},
)
PLACES = st.dictionaries(NAMES, WANTED | ANYTHING, max_size=4) | ANYTHING
CLAIMS = st.fixed_dictionaries({}, optional={"userinfo": PLACES, "id_token": PLACES, "x": PLACES})


@pytest.fixture(scope="module")
def app() -> Iterator[Application]:
    with an_application(auto_login="alice") as app:
        yield app


@settings(
    max_examples=300,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(claims=CLAIMS | ANYTHING, locales=st.text(max_size=30))
def test_any_claims(app: Application, claims: Any, locales: str) -> None:
    browser = Browser(app.idp.app, app.idp.issuer)
    back = app.begin(
        browser,
        response_type="id_token token",
        nonce="n",
        claims=json.dumps(claims),
        claims_locales=locales.replace("\0", ""),
    )
    if "error" in back.answer:
        known = ("invalid_request", "login_required", "unmet_authentication_requirements")
        assert back.answer["error"] in known
        return
    found = claims_in(back.answer["id_token"])
    assert (found["sub"], found["aud"]) == (ALICE["sub"], "app")
    reply = app.userinfo(back.answer["access_token"])
    assert reply.status == 200
    assert json.loads(reply.body)["sub"] == ALICE["sub"]
