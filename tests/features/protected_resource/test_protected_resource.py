"""The provider's own API says what it is, and takes tokens that were made for it (RFC 9728; RFC
9068, section 4).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from fixtures.application import APP, SECRET, Application, an_application, claims_in
from fixtures.asgi import Reply, call
from fixtures.browser import FORM, Browser

CLIENT = APP | {"grant_types": ["client_credentials", "authorization_code", "implicit"]}
NAME = "/.well-known/oauth-protected-resource"


@pytest.fixture
def app() -> Iterator[Application]:
    with an_application(clients=[CLIENT]) as app:
        yield app


def get(app: Application, url: str, token: str = "") -> Reply:
    headers = [("authorization", f"Bearer {token}")] if token else []
    return call(app.idp.app, "GET", url, headers=headers)


def token(app: Application, **form: str) -> str:
    who = {"grant_type": "client_credentials", "client_id": "app", "client_secret": SECRET}
    reply = call(
        app.idp.app,
        "POST",
        f"{app.home}/token",
        headers=[("content-type", FORM)],
        body=urlencode(who | form).encode(),
    )
    assert reply.status == 200, reply.body
    found: str = json.loads(reply.body)["access_token"]
    return found


def metadata_named_in(reply: Reply) -> str:
    found = re.search(r'resource_metadata="([^"]+)"', dict(reply.headers)["www-authenticate"])
    assert found
    return found[1]


@pytest.mark.parametrize(
    "settings",
    [{}, {"base_path": "/tenant/a"}, {"api_prefixes": ["/mcp", "/v2/api"]}],
    ids=["at the root", "below a path", "several"],
)
def test_a_client_that_knows_only_the_api_finds_all(settings: dict[str, Any]) -> None:
    """As an MCP client does it."""
    with an_application(clients=[CLIENT], **settings) as app:
        base = settings.get("base_path", "")
        home = f"http://127.0.0.1:8400{base}"
        app.idp._lane.listen_at("http://127.0.0.1:8400", [], base)
        for prefix in app.idp._lane.profile.api.prefixes:
            at = metadata_named_in(get(app, f"{home}{prefix}/tools"))
            assert urlsplit(at).path == f"{NAME}{base}{prefix}"
            document = json.loads(get(app, at).body)
            assert document["resource"] == f"{home}{prefix}"
            assert document["authorization_servers"] == [home] == [app.idp.issuer]
            assert document["bearer_methods_supported"] == ["header", "body"]
            bound = token(app, resource=document["resource"])
            assert claims_in(bound)["aud"] == f"{home}{prefix}"
            assert get(app, f"{home}{prefix}/tools", bound).status == 200


def test_its_address_is_known() -> None:
    with an_application() as app:
        app.idp._lane.listen_at("http://127.0.0.1:8400", [])
        assert app.idp.url("protected_resource") == f"http://127.0.0.1:8400{NAME}/api"


@pytest.mark.parametrize(
    ("audience", "is_good"),
    [
        ("{home}", True),
        ("{home}/api", True),
        (["https://other.example", "{home}/api"], True),
        ("https://other.example", False),
        ("{home}/", False),
        ("{home}/api/", False),
        ("{home}/API", False),
        ("app", False),
        ([], False),
        (["https://other.example", 7], False),
        (7, False),
        ({"{home}": 1}, False),
    ],
)
def test_a_token_is_for_the_api_or_for_the_issuer(
    app: Application, audience: Any, is_good: bool
) -> None:
    claims = json.loads(json.dumps({"aud": audience}).replace("{home}", app.home))
    reply = get(app, f"{app.home}/api/me", app.idp.issue_token(claims=claims))
    assert reply.status == (200 if is_good else 401)
    if not is_good:
        assert 'error="invalid_token"' in dict(reply.headers)["www-authenticate"]
        assert "this API is" in app.idp.journal.last.hint


def test_a_token_for_nobody_is_none(app: Application) -> None:
    reply = get(app, f"{app.home}/api/me", app.idp.issue_token(claims={"aud": None}))
    assert reply.status == 401
    assert "the token has no aud" in app.idp.journal.last.hint


def test_a_token_of_one_address_is_good_at_another() -> None:
    with an_application(clients=[CLIENT]) as app:
        app.idp._lane.listen_at("http://127.0.0.1:8400", ["localhost:8400"])
        bound = token(app, resource="http://127.0.0.1:8400/api")
        assert get(app, "http://localhost:8400/api/me", bound).status == 200


def test_an_api_may_have_another_name_or_none() -> None:
    with an_application(
        protected_resource_audiences=["https://api.example"], clients=[CLIENT]
    ) as app:
        good = token(app, resource="https://api.example")
        assert get(app, f"{app.home}/api/me", good).status == 200
        assert get(app, f"{app.home}/api/me", token(app)).status == 401
    with an_application(protected_resource_audiences=[], clients=[CLIENT]) as app:
        assert get(app, f"{app.home}/api/me", token(app, resource="urn:x:y")).status == 200


def test_the_metadata_is_named_with_each_refusal() -> None:
    with an_application(clients=[CLIENT], api_scopes={"GET /api/me": "write"}) as app:
        url = f"{app.home}/api/me"
        replies = [get(app, url), get(app, url, "x"), get(app, url, token(app))]
        assert [reply.status for reply in replies] == [401, 401, 403]
        assert {metadata_named_in(reply) for reply in replies} == {f"{app.home}{NAME}/api"}
        challenge = dict(replies[2].headers)["www-authenticate"]
        assert 'error="insufficient_scope", scope="write"' in challenge


@pytest.mark.parametrize(
    ("supported", "told"),
    [
        (["openid", "email", "offline_access", "read", "write"], ["read", "write"]),
        (["openid", "profile", "email", "address", "phone", "offline_access"], None),
    ],
    ids=["some of the API", "none of the API"],
)
def test_scopes_that_say_who_somebody_is_give_no_access_to_an_api(
    supported: list[str], told: list[str] | None
) -> None:
    """A client that asks for all that the metadata names gets a token without a user."""
    with an_application(clients=[CLIENT], scopes_supported=supported) as app:
        document = json.loads(get(app, f"{app.home}{NAME}/api").body)
        assert document.get("scopes_supported") == told
        assert token(app, scope=" ".join(told or []), resource=document["resource"])


def test_userinfo_is_another_resource(app: Application) -> None:
    challenge = dict(get(app, f"{app.home}/userinfo").headers)["www-authenticate"]
    assert "resource_metadata" not in challenge


def test_without_a_path_there_is_none() -> None:
    with an_application(clients=[CLIENT], protected_resource_path="") as app:
        assert get(app, f"{app.home}{NAME}/api").status == 404
        challenge = dict(get(app, f"{app.home}/api/me").headers)["www-authenticate"]
        assert "resource_metadata" not in challenge


@pytest.mark.parametrize(
    "path", [f"{NAME}/apix", f"{NAME}/", f"{NAME}/api/me", f"{NAME}/tenant/api"]
)
@pytest.mark.parametrize("base", ["", "/tenant"])
def test_of_nothing_else_there_is_metadata(path: str, base: str) -> None:
    with an_application(**({"base_path": base} if base else {})) as app:
        app.idp._lane.listen_at("http://127.0.0.1:8400", [], base)
        is_there = base and path.endswith("/tenant/api")
        assert get(app, f"http://127.0.0.1:8400{path}").status == (200 if is_there else 404)


def test_a_token_says_when_and_how_its_user_has_signed_in(app: Application) -> None:
    """RFC 9068, 2.2.1"""
    app.idp.clock.freeze()
    browser = Browser(app.idp.app, app.home)
    claims = claims_in(app.tokens(browser, acr_values="2")["access_token"])
    assert claims["auth_time"] == int(app.idp.clock.now())
    assert (claims["acr"], claims["amr"]) == ("2", ["pwd"])
    app.idp.clock.advance(100)
    later = claims_in(app.tokens(browser)["access_token"])
    assert later["auth_time"] == claims["auth_time"]
    assert "acr" not in later
    of_nobody = claims_in(token(app))
    assert not {"auth_time", "acr", "amr"} & set(of_nobody)
