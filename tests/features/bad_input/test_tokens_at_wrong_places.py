"""Whatever the provider or a client has signed or been given, at each place that takes something:
it is good where it belongs and nowhere else (RFC 8725, 2.8 and 3.11; RFC 9068, 4).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

import pytest

from fixtures.application import SECRET, Application, an_application
from fixtures.asgi import call
from fixtures.browser import Browser
from fixtures.jwt_places import (
    CLIENT,
    PLACES,
    Api,
    Assertion,
    Place,
    Proof,
    RequestObject,
    Taker,
    a_provider,
)
from fixtures.registrant import Registrant, send
from fixtures.signed import EC, sign
from mockidp.oauth.names import DEVICE_CODE
from mockidp.tokens.mint import mint_logout_token


class Refresh(Taker):
    code = "invalid_grant"

    def verdict(self, text: str) -> str:
        return said(self.app.refresh(text).body)


class Code(Taker):
    code = "invalid_grant"

    def verdict(self, text: str) -> str:
        return said(self.app.redeem(text).body)


class Management(Taker):
    """RFC 7592, 3"""

    code = "invalid_token"

    def verdict(self, text: str) -> str:
        mine = Registrant.at(self.app.idp)
        url = str(mine.answer["registration_client_uri"])
        answer = send(self.app.idp, "GET", url, token=text)
        return "" if answer.status == 200 else "invalid_token"


WHERE: Mapping[str, type[Taker]] = {
    **PLACES,
    "refresh_token": Refresh,
    "code": Code,
    "registration": Management,
}


def said(body: bytes) -> str:
    return str(json.loads(body).get("error", ""))


def answered(app: Application, name: str) -> str:
    browser = Browser(app.idp.app, app.home)
    if name == "code":
        return app.begin(browser).answer["code"]
    if name == "ID token of the front":
        return app.begin(browser, response_type="id_token", nonce="n").answer["id_token"]
    code = app.begin(browser, scope="openid offline_access").answer["code"]
    return str(json.loads(app.redeem(code).body)[name])


def logout_token(app: Application) -> str:
    lane = app.idp._lane
    user, client = lane.users.default, lane.clients.default
    return mint_logout_token(lane, client=client, user=user, issuer=app.idp.issuer, sid="s")


def signed_userinfo(app: Application) -> str:
    return app.userinfo(answered(app, "access_token")).body.decode()


def made_at(kind: type[Place]) -> Callable[[Application], str]:
    return lambda app: kind(app).kit().token()


TOKENS: Mapping[str, Callable[[Application], str]] = {
    "access token": lambda app: answered(app, "access_token"),
    "access token of a client": lambda app: app.idp.issue_token(scope="read"),
    "refresh token": lambda app: answered(app, "refresh_token"),
    "ID token": lambda app: answered(app, "id_token"),
    "ID token of the front": lambda app: answered(app, "ID token of the front"),
    "code": lambda app: answered(app, "code"),
    "logout token": logout_token,
    "signed userinfo": signed_userinfo,
    "registration access token": lambda app: Registrant.at(app.idp).token,
    "device code": lambda app: str(
        json.loads(app.post("/device_authorization").body)["device_code"]
    ),
    "client assertion": made_at(Assertion),
    "DPoP proof": made_at(Proof),
    "request object": made_at(RequestObject),
    "client secret": lambda app: str(app.client.client_secret),
}
#: Where each of them belongs.
GOOD = {
    *(("access token", name) for name in ("userinfo", "userinfo by form", "api", "introspection")),
    *(("access token of a client", name) for name in ("api", "introspection")),
    *(("refresh token", name) for name in ("refresh_token", "introspection")),
    *(("ID token", name) for name in ("id_token_hint", "id_token_hint of a logout")),
    *(("ID token of the front", name) for name in ("id_token_hint", "id_token_hint of a logout")),
    ("code", "code"),
    ("client assertion", "client_assertion"),
    ("DPoP proof", "DPoP"),
    ("request object", "request"),
}
#: What is no bearer token of a user with openid is no invalid one either (RFC 6750, 3.1).
ALSO = {
    ("access token of a client", "userinfo"): "insufficient_scope",
    ("access token of a client", "userinfo by form"): "insufficient_scope",
}


@pytest.fixture(scope="module")
def app() -> Iterator[Application]:
    with a_provider() as app:
        app.client.update(grant_types=[*CLIENT["grant_types"], DEVICE_CODE])
        yield app


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("token", TOKENS)
def test_it_is_good_where_it_belongs_alone(app: Application, token: str, where: str) -> None:
    place = WHERE[where](app)
    verdict = place.verdict(TOKENS[token](app))
    expected = "" if (token, where) in GOOD else ALSO.get((token, where), place.code)
    assert verdict == expected, app.idp.journal.last
    assert app.idp.journal.failures == []
    assert app.idp.journal.last.hint or verdict in ("", "inactive")


def test_a_registration_is_managed_with_its_own_token_alone(app: Application) -> None:
    mine, other = Registrant.at(app.idp), Registrant.at(app.idp)
    assert mine.manage("GET").status == 200
    assert mine.manage("GET", token=other.token).status == 401


def test_what_was_used_once_is_refused_a_second_time(app: Application) -> None:
    for kind in (Assertion, Proof):
        place = kind(app)
        text = place.kit().token()
        assert place.verdict(text) == ""
        assert place.verdict(text) == place.code
    # A request object may be sent again: whoever reloads the page does (RFC 9101, 10.3).
    asked = RequestObject(app)
    text = asked.kit().token()
    assert [asked.verdict(text), asked.verdict(text)] == ["", ""]
    assert Api(app).verdict(text) == "invalid_token"


@pytest.mark.parametrize("path", ["/revoke", "/introspect", "/userinfo", "/api/me"])
def test_no_secret_in_a_token_gets_into_the_journal(path: str) -> None:
    with an_application() as app:
        token = sign({"alg": "ES256", "kid": SECRET}, {"iss": SECRET}, EC)
        if path in ("/revoke", "/introspect"):
            assert app.post(path, token=token).status == 200
        else:
            headers = [("authorization", f"Bearer {token}")]
            assert call(app.idp.app, "GET", app.home + path, headers=headers).status == 401
        assert "kid '***' is not published" in app.idp.journal.last.hint


@pytest.mark.parametrize("is_pushed", [True, False], ids=["pushed", "at once"])
def test_no_secret_among_the_scopes_gets_into_the_journal(*, is_pushed: bool) -> None:
    with an_application() as app:
        asked = app.asks(scope=f"openid {SECRET}")
        if is_pushed:
            app.post("/par", **asked)
        else:
            Browser(app.idp.app, app.home).open("/authorize", **asked)
        (hint,) = [entry.hint for entry in app.idp.journal if entry.hint]
        assert hint.startswith("scope '***' is unknown")
