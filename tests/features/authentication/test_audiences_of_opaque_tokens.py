"""Whom an opaque access token is for: kept with it, looked at as that of a JWT, and told where it
is introspected (RFC 7662, section 2.2; RFC 8707; RFC 9068, section 4).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.application import Application, an_application
from fixtures.browser import Browser

FORMS = ("jwt", "hex:40")
API = "https://api.example/"


@pytest.fixture(params=FORMS)
def app(request: pytest.FixtureRequest) -> Iterator[Application]:
    with an_application(access_token_format=request.param) as app:
        yield app


def token(app: Application, **asks: str) -> str:
    return str(app.tokens(Browser(app.idp.app, app.home), **asks)["access_token"])


def told(app: Application, token: str) -> Any:
    return json.loads(app.post("/introspect", token=token).body)


def test_it_is_the_usual_one(app: Application) -> None:
    found = token(app)
    assert told(app, found)["aud"] == app.home
    assert (app.userinfo(found).status, app.api(found)) == (200, 200)


def test_one_for_another_resource_is_refused(app: Application) -> None:
    found = token(app, resource=API)
    assert told(app, found)["aud"] == API
    assert (app.userinfo(found).status, app.api(found)) == (401, 401)
    assert f"aud is {API}" in app.idp.journal.last.hint


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("aud", "kept", "status"),
    [
        (API, API, 401),
        ([API, "https://idp.example"], [API, "https://idp.example"], 401),
        ("{client_id}", "app", 401),
        (["{client_id}", "/userinfo"], ["app", "/userinfo"], 200),
        ("{absent}", None, 200),
    ],
)
def test_it_is_what_the_profile_says(form: str, aud: Any, kept: Any, status: int) -> None:
    settings: dict[str, Any] = {"userinfo_audiences": ["/userinfo"]}
    settings["access_token_claims"] = {"aud": aud}
    with an_application(access_token_format=form, **settings) as app:
        found = token(app)
        assert told(app, found).get("aud") == kept
        assert app.userinfo(found).status == status


def test_one_test_may_want_another_or_none() -> None:
    with an_application(access_token_format="hex:40") as app:
        app.idp.next_token(claims={"aud": API})
        assert app.userinfo(token(app)).status == 401
        app.idp.next_token(claims={"aud": None})
        found = token(app)
        assert "aud" not in told(app, found)
        assert app.userinfo(found).status == 200
