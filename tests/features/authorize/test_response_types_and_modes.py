"""Each response type in each response mode: what the client gets and how it travels (OAuth 2.0
Multiple Response Type Encoding Practices; OAuth 2.0 Form Post Response Mode; OpenID Connect
Core 1.0, 3.2 and 3.3).
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fixtures.application import ALICE, CALLBACK, Application, claims_in
from fixtures.browser import Browser
from mockidp import MockIdP
from mockidp.keys.jwt import verify
from mockidp.oauth import names
from mockidp.tokens.mint import half_hash
from mockidp.web.pages.interaction import FORM_POST_POLICY

OF_TYPE = {
    "code": {"code"},
    "id_token": {"id_token"},
    "id_token token": {"id_token", "access_token", "token_type", "expires_in", "scope"},
    "code id_token": {"code", "id_token"},
    "code token": {"code", "access_token", "token_type", "expires_in", "scope"},
    "code id_token token": {
        *("code", "id_token", "access_token", "token_type", "expires_in", "scope"),
    },
    "token": {"access_token", "token_type", "expires_in", "scope"},
}


@pytest.fixture
def all_types(idp: MockIdP) -> Application:
    """At a provider that serves the plain token too, which the usual one does not."""
    lane = idp._lane
    authorize = replace(lane.profile.authorize, response_types=names.RESPONSE_TYPES)
    lane.profile = replace(lane.profile, authorize=authorize)
    return Application(idp, idp.client, {"nonce": "n-1"})


def test_every_response_type_is_in_the_table() -> None:
    assert set(OF_TYPE) == set(names.RESPONSE_TYPES)


@pytest.mark.parametrize("mode", [None, *names.RESPONSE_MODES])
@pytest.mark.parametrize("response_type", OF_TYPE)
def test_what_comes_and_how(
    all_types: Application, browser: Browser, response_type: str, mode: str | None
) -> None:
    back = all_types.sign_in(browser, response_type=response_type, response_mode=mode)
    usual = "query" if response_type == "code" else "fragment"
    if mode == "query" and response_type != "code":
        # Encoding Practices, 3: a token never travels in a query.
        assert (back.mode, back.answer["error"]) == ("fragment", "invalid_request")
        return
    assert back.mode == (mode or usual)
    assert set(back.answer) == OF_TYPE[response_type] | {"state", "session_state", "iss"}
    assert (back.answer["state"], back.answer["iss"]) == ("st&te=ü", all_types.home)
    if back.mode == "form_post":
        assert back.page.by_id("form-post").attributes["action"] == CALLBACK
        assert ("content-security-policy", FORM_POST_POLICY) in back.headers
        assert ("cache-control", "no-store") in back.headers
        assert CALLBACK not in back.url
    else:
        assert back.sent_to.startswith(CALLBACK + ("?" if usual == "query" and not mode else ""))


@pytest.mark.parametrize(
    "response_type",
    ["id_token code", "token id_token code", "token id_token", "token code"],
)
def test_the_order_of_the_words_does_not_matter(
    app: Application, browser: Browser, response_type: str
) -> None:
    back = app.sign_in(browser, response_type=response_type, nonce="n-1")
    assert back.mode == "fragment"
    words = " ".join(sorted(response_type.split()))
    known = {" ".join(sorted(name.split())): name for name in OF_TYPE}
    assert OF_TYPE[known[words]] < set(back.answer)


def test_an_id_token_alone_has_the_claims_of_the_scopes(app: Application, browser: Browser) -> None:
    # OpenID Connect Core 1.0, 5.4: "returned in the ID Token" when there is no access token
    back = app.sign_in(browser, response_type="id_token", nonce="n", scope="openid email phone")
    claims = claims_in(back.answer["id_token"])
    assert claims["email"] == "alice@example.com"
    assert claims["email_verified"] is True
    assert claims["phone_number"] == "+1 555 0100"
    assert (claims["nonce"], claims["sub"]) == ("n", ALICE["sub"])
    assert not {"name", "at_hash", "c_hash"} & set(claims)


@pytest.mark.parametrize(
    ("response_type", "hashes"),
    [
        ("id_token", set()),
        ("id_token token", {"at_hash"}),
        ("code id_token", {"c_hash"}),
        ("code id_token token", {"at_hash", "c_hash"}),
    ],
)
def test_an_id_token_is_bound_to_what_comes_with_it(
    idp: MockIdP, app: Application, browser: Browser, response_type: str, hashes: set[str]
) -> None:
    answer = app.sign_in(browser, response_type=response_type, nonce="n").answer
    header, claims = verify(answer["id_token"], idp._lane.keys)
    assert header["typ"] == "JWT"
    assert {"at_hash", "c_hash"} & set(claims) == hashes
    for name, member in (("at_hash", "access_token"), ("c_hash", "code")):
        if name in hashes:
            assert claims[name] == half_hash(answer[member], "RS256")


def test_both_id_tokens_of_a_hybrid_answer_say_the_same_and_both_access_tokens_work(
    app: Application, browser: Browser
) -> None:
    answer = app.sign_in(browser, response_type="code id_token token", nonce="n-1").answer
    tokens = json.loads(app.redeem(answer["code"]).body)
    first, second = claims_in(answer["id_token"]), claims_in(tokens["id_token"])
    for name in ("iss", "sub", "aud", "auth_time", "nonce"):
        assert first[name] == second[name]
    for token in (answer["access_token"], tokens["access_token"]):
        assert json.loads(app.userinfo(token).body)["sub"] == ALICE["sub"]


def test_reuse_of_the_code_revokes_what_came_beside_it_too(
    app: Application, browser: Browser
) -> None:
    answer = app.sign_in(browser, response_type="code token").answer
    tokens = json.loads(app.redeem(answer["code"]).body)
    app.redeem(answer["code"])
    assert app.api(tokens["access_token"]) == app.api(answer["access_token"]) == 401


def test_an_implicit_answer_has_no_refresh_token(app: Application, browser: Browser) -> None:
    back = app.sign_in(
        browser, response_type="id_token token", nonce="n", scope="openid offline_access"
    )
    assert "refresh_token" not in back.answer  # RFC 6749, 4.2.2
    assert float(back.answer["expires_in"]) == 3600


@pytest.mark.parametrize("response_type", ["id_token", "code id_token", "id_token token"])
@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        pytest.param({"nonce": None}, "nonce is missing", id="no nonce"),
        pytest.param({"scope": "profile"}, "openid is not among the scopes", id="no openid"),
    ],
)
def test_an_id_token_needs_a_nonce_and_openid(
    idp: MockIdP,
    app: Application,
    browser: Browser,
    response_type: str,
    changes: dict[str, str | None],
    hint: str,
) -> None:
    back = app.begin(browser, **{"response_type": response_type, "nonce": "n", **changes})
    assert (back.mode, back.answer["error"]) == ("fragment", "invalid_request")
    assert hint in idp.journal.last.hint


@pytest.mark.parametrize(
    ("changes", "error", "mode"),
    [
        pytest.param({"response_type": None}, "invalid_request", "query", id="no type"),
        pytest.param({"response_type": "x"}, "unsupported_response_type", "query", id="unknown"),
        pytest.param({"response_type": "token"}, "unsupported_response_type", "fragment", id="no"),
        pytest.param(
            {"response_type": "code code"}, "unsupported_response_type", "query", id="twice"
        ),
        pytest.param({"response_type": "Code"}, "unsupported_response_type", "query", id="case"),
        pytest.param(
            {"response_type": "code  id_token"}, "unsupported_response_type", "fragment", id="gap"
        ),
        pytest.param(
            {"response_type": None, "response_mode": "form_post"},
            "invalid_request",
            "form_post",
            id="no type, by form",
        ),
        pytest.param(
            {"response_type": "x", "response_mode": "fragment"},
            "unsupported_response_type",
            "fragment",
            id="unknown, in the fragment",
        ),
        pytest.param(
            {"response_type": "token x", "response_mode": "query"},
            "unsupported_response_type",
            "fragment",
            id="a token never in the query",
        ),
        pytest.param({"response_mode": "jwt"}, "invalid_request", "query", id="unknown mode"),
        pytest.param(
            {"response_mode": "form_post", "scope": "nope"},
            "invalid_scope",
            "form_post",
            id="scope, by form",
        ),
        pytest.param(
            {"response_type": "code token", "scope": "nope"},
            "invalid_scope",
            "fragment",
            id="scope, in the fragment",
        ),
    ],
)
def test_a_refusal_travels_as_the_client_expects_its_answer(
    app: Application, browser: Browser, changes: dict[str, str | None], error: str, mode: str
) -> None:
    back = app.begin(browser, **changes)
    assert (back.answer["error"], back.mode) == (error, mode)
    assert set(back.answer) == {"error", "error_description", "state", "iss"}
    assert (back.answer["state"], back.answer["iss"]) == ("st&te=ü", app.home)
