"""Subjects of a client's own (OpenID Connect Core 1.0, 8)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.application import (
    ALICE,
    APP,
    BOB,
    CALLBACK,
    SECRET,
    Application,
    an_application,
    claims_in,
)
from fixtures.asgi import call
from fixtures.browser import Browser
from mockidp import MockIdP
from mockidp.profiles.problems import ConfigError

PAIRWISE = {**APP, "subject_type": "pairwise"}


def known_as(redirect_uris: list[str], **more: Any) -> str:
    client = {**PAIRWISE, "redirect_uris": redirect_uris, **more}
    with an_application(clients=[client]) as app:
        return subjects(app)["id_token"]


def subjects(app: Application, user: str = "alice", **given: str) -> dict[str, str]:
    """The `sub` of all that one sign-in gives."""
    browser = Browser(app.idp.app, app.idp.issuer)
    redirect_uri = app.client.record.redirect_uris[0]
    begun = {"scope": "openid offline_access", "redirect_uri": redirect_uri, **given}
    answer = app.sign_in(browser, user, response_type="code id_token", nonce="n", **begun).answer
    tokens = json.loads(app.redeem(answer["code"], redirect_uri=redirect_uri).body)
    again = json.loads(app.refresh(tokens["refresh_token"]).body)
    told = [
        json.loads(app.post("/introspect", token=each).body)
        for each in (tokens["access_token"], again["refresh_token"])
    ]
    found = {
        "front": claims_in(answer["id_token"])["sub"],
        "id_token": claims_in(tokens["id_token"])["sub"],
        "access_token": claims_in(tokens["access_token"])["sub"],
        "refreshed": claims_in(again["id_token"])["sub"],
        "refreshed access_token": claims_in(again["access_token"])["sub"],
        "userinfo": json.loads(app.userinfo(tokens["access_token"]).body)["sub"],
        "introspection": told[0]["sub"],
        "introspection of a refresh token": told[1]["sub"],
    }
    assert not any("username" in each for each in told), "it would say who it is"
    return found


def test_all_that_a_client_gets_has_the_same_subject() -> None:
    with an_application(clients=[PAIRWISE]) as app:
        (alice,) = set(subjects(app, "alice").values())
        (bob,) = set(subjects(app, "bob").values())
        assert len({alice, bob, ALICE["sub"], BOB["sub"]}) == 4
        assert app.idp.issue_token(user="alice") not in alice
        assert claims_in(app.idp.issue_token(user="alice"))["sub"] == alice


def test_a_sector_is_one_host() -> None:
    here = known_as([CALLBACK])
    assert known_as([CALLBACK, "https://app.example/other"], client_id="second") == here
    assert known_as(["https://else.example/cb"]) != here
    sector = "https://app.example/sector.json"
    assert known_as(["https://else.example/cb"], sector_identifier_uri=sector) == here


def test_subjects_are_the_same_in_each_run() -> None:
    assert known_as([CALLBACK]) == known_as([CALLBACK])


def test_opaque_tokens_have_them_too() -> None:
    with an_application(clients=[PAIRWISE], access_token_format="hex:40") as app:
        browser = Browser(app.idp.app, app.idp.issuer)
        tokens = app.tokens(browser, scope="openid")
        sub = claims_in(tokens["id_token"])["sub"]
        assert sub != ALICE["sub"]
        assert json.loads(app.userinfo(tokens["access_token"]).body)["sub"] == sub


def test_a_hint_and_a_sub_with_a_value_mean_the_user(browser: Browser) -> None:
    with an_application(clients=[PAIRWISE]) as app:
        browser = Browser(app.idp.app, app.idp.issuer)
        tokens = app.tokens(browser, scope="openid")
        sub = claims_in(tokens["id_token"])["sub"]
        claims = json.dumps({"id_token": {"sub": {"value": sub}}})
        public = json.dumps({"id_token": {"sub": {"value": ALICE["sub"]}}})
        given = {"prompt": "none", "scope": "openid"}
        hinted = app.begin(browser, id_token_hint=tokens["id_token"], **given)
        assert "code" in hinted.answer
        assert "code" in app.begin(browser, claims=claims, **given).answer
        assert app.begin(browser, claims=public, **given).answer["error"] == "login_required"


def test_logout_finds_the_session() -> None:
    with an_application(clients=[PAIRWISE]) as app:
        browser = Browser(app.idp.app, app.idp.issuer)
        tokens = app.tokens(browser, scope="openid")
        browser.open("/end_session", id_token_hint=tokens["id_token"])
        back = app.begin(browser, prompt="none", scope="openid")
        assert back.answer["error"] == "login_required"


def test_what_is_granted_can_be_withdrawn_by_name() -> None:
    with an_application(clients=[PAIRWISE]) as app:
        browser = Browser(app.idp.app, app.idp.issuer)
        tokens = app.tokens(browser, scope="openid")
        app.idp.revoke("alice")
        assert app.userinfo(tokens["access_token"]).status == 401


def test_tokens_are_good_when_the_client_becomes_pairwise(
    idp: MockIdP, app: Application, browser: Browser
) -> None:
    tokens = app.tokens(browser, scope="openid offline_access")
    app.client.update(subject_type="pairwise")
    assert json.loads(app.userinfo(tokens["access_token"]).body)["sub"] == ALICE["sub"]
    again = json.loads(app.refresh(tokens["refresh_token"]).body)
    assert claims_in(again["id_token"])["sub"] != ALICE["sub"]


def test_a_provider_may_not_have_them() -> None:
    with pytest.raises(ConfigError, match="this provider offers: public"):
        MockIdP("openid", config={}, clients=[PAIRWISE], authentication_subject_types=["public"])


def test_redirect_uris_on_two_hosts_need_a_sector() -> None:
    client = {**PAIRWISE, "redirect_uris": [CALLBACK, "https://else.example/cb"]}
    with pytest.raises(ConfigError, match="needs sector_identifier_uri"):
        MockIdP("openid", config={}, clients=[client])


def test_a_client_that_changes_needs_a_sector_too() -> None:
    with an_application() as app:
        client = app.idp.add_client(redirect_uris=[CALLBACK, "https://else.example/cb"])
        with pytest.raises(ConfigError, match="needs sector_identifier_uri"):
            client.update(subject_type="pairwise")
        client.update(subject_type="pairwise", redirect_uris=[CALLBACK])
        with pytest.raises(ConfigError, match="needs sector_identifier_uri"):
            client.update(redirect_uris=[CALLBACK, "https://else.example/cb"])


def test_where_there_are_no_others_everybody_has_them() -> None:
    with an_application(authentication_subject_types=["pairwise"]) as app:
        (alice,) = set(subjects(app, "alice").values())
        assert alice != ALICE["sub"]


def test_a_registered_client_may_choose_them(idp: MockIdP, app: Application) -> None:
    wanted = {"redirect_uris": [CALLBACK], "subject_type": "pairwise", "client_name": SECRET[:3]}
    reply = call(
        idp.app,
        "POST",
        f"{app.home}/register",
        headers=[("content-type", "application/json")],
        body=json.dumps(wanted).encode(),
    )
    assert (reply.status, json.loads(reply.body)["subject_type"]) == (201, "pairwise")
