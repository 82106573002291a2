"""ID tokens that are for others too: `azp` says whose they are (OpenID Connect Core 1.0, sections 2
and 3.1.3.7).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.application import APP, Application, an_application, claims_in
from fixtures.browser import Browser

API = "https://api.example"
HOME = "https://app.example/out"
SETTINGS: dict[str, Any] = {"id_token_claims": {"aud": [API, "{client_id}"]}}


def sign_in(app: Application, **asks: str) -> Any:
    return app.tokens(Browser(app.idp.app, app.home), scope="openid offline_access", **asks)


def test_every_id_token_says_it() -> None:
    with an_application(**SETTINGS) as app:
        front = app.sign_in(
            Browser(app.idp.app, app.home), response_type="code id_token", nonce="n"
        ).answer
        tokens = json.loads(app.redeem(front["code"]).body)
        again = json.loads(app.refresh(sign_in(app)["refresh_token"]).body)
        for found in (front, tokens, again):
            claims = claims_in(found["id_token"])
            assert claims["aud"] == [API, "app"]
            assert claims["azp"] == "app"


@pytest.mark.parametrize("aud", ["{client_id}", ["{client_id}"]], ids=["text", "list"])
def test_one_that_is_for_its_client_alone_does_not(aud: Any) -> None:
    with an_application(id_token_claims={"aud": aud}) as app:
        claims = claims_in(sign_in(app)["id_token"])
        assert "azp" not in claims
        assert claims["aud"] in ("app", ["app"])


@pytest.mark.parametrize("subject_type", ["public", "pairwise"])
def test_it_is_a_hint_of_its_client(subject_type: str) -> None:
    client = {**APP, "subject_type": subject_type, "post_logout_redirect_uris": [HOME]}
    with an_application(**SETTINGS, clients=[client]) as app:
        browser = Browser(app.idp.app, app.home)
        token = app.tokens(browser)["id_token"]
        asked = app.begin(browser, prompt="none", id_token_hint=token)
        assert "code" in asked.answer
        asked = browser.open("/end_session", id_token_hint=token, post_logout_redirect_uri=HOME)
        assert asked.sent_to == HOME
