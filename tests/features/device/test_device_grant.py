"""A device gets its codes, asks again and again, and gets its tokens once (RFC 8628)."""

from __future__ import annotations

import json
import re

import pytest

from fixtures.application import ALICE, Application, an_application, claims_in, refused
from fixtures.browser import Browser
from fixtures.device import TV, begin, connect


def test_a_device_gets_what_the_specification_names(app: Application) -> None:
    codes = begin(app).codes
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", codes["user_code"])
    assert codes == {
        "device_code": codes["device_code"],
        "user_code": codes["user_code"],
        "verification_uri": f"{app.home}/device",
        "verification_uri_complete": f"{app.home}/device?user_code={codes['user_code']}",
        "expires_in": 600,
        "interval": 5,
    }
    assert len(codes["device_code"]) >= 43


def test_it_waits_until_the_user_has_allowed_and_gets_the_tokens_once(
    app: Application, browser: Browser
) -> None:
    device = begin(app)
    assert device.error() == "authorization_pending"
    app.idp.clock.advance(5)
    signed_in_at = int(app.idp.clock.now())
    connect(browser, device.user_code)
    app.idp.clock.advance(5)
    tokens = device.tokens()
    assert list(tokens) == [
        *("access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token")
    ]
    assert tokens["scope"] == "openid offline_access"
    id_token = claims_in(tokens["id_token"])
    assert (id_token["sub"], id_token["aud"]) == (ALICE["sub"], "tv")
    assert id_token["auth_time"] == signed_in_at
    assert "nonce" not in id_token
    assert app.userinfo(tokens["access_token"]).status == 200
    assert device.error() == "invalid_grant"
    # A retry is no theft: the tokens stay good.
    assert app.userinfo(tokens["access_token"]).status == 200
    assert app.refresh(tokens["refresh_token"], **device.credentials).status == 200


def test_who_asks_too_often_has_to_wait_longer_each_time(
    app: Application, browser: Browser
) -> None:
    device = begin(app)
    assert device.error() == "authorization_pending"
    for interval in (5, 10, 15):
        app.idp.clock.advance(interval - 0.5)
        assert device.error() == "slow_down"
        assert f"it is {interval + 5} s from now on" in app.idp.journal.last.hint
    app.idp.clock.advance(20)
    assert device.error() == "authorization_pending"
    app.idp.clock.advance(1)
    connect(browser, device.user_code)
    # Only who waits for an answer can ask for it too often.
    assert device.tokens()["scope"]


def test_another_device_is_not_slowed_down(app: Application) -> None:
    one, other = begin(app), begin(app)
    assert (one.error(), one.error()) == ("authorization_pending", "slow_down")
    assert other.error() == "authorization_pending"


def test_a_user_who_says_no(app: Application, browser: Browser) -> None:
    device = begin(app)
    screen = connect(browser, device.user_code, action="deny")
    assert screen.page.by_id("denied").text.startswith("The TV")
    assert [device.error(), device.error()] == ["access_denied", "access_denied"]


def test_codes_expire(app: Application, browser: Browser) -> None:
    device = begin(app)
    login = browser.press(browser.open("/device"), user_code=device.user_code)
    app.idp.clock.advance(599)
    assert device.error() == "authorization_pending"
    app.idp.clock.advance(1)
    assert device.error() == "expired_token"
    assert "expired 0 seconds ago" in app.idp.journal.last.hint
    late = browser.press(login, user="alice")
    assert (late.status, late.code) == (400, "invalid_request")
    assert "start again on the device" in late.hint
    again = browser.press(browser.open("/device"), user_code=device.user_code)
    assert (again.status, again.path) == (400, "/device")


def test_an_answered_code_expires_too(app: Application, browser: Browser) -> None:
    device = begin(app)
    connect(browser, device.user_code)
    app.idp.clock.advance(600)
    assert device.error() == "expired_token"


@pytest.mark.parametrize(
    ("changes", "error", "hint"),
    [
        ({"device_code": "unknown"}, "invalid_grant", "no such device code"),
        ({"device_code": "BCDFGHJK"}, "invalid_grant", "no such device code"),
        ({"device_code": None}, "invalid_request", "device_code"),
        ({"client_id": "app", "client_secret": "app-secret-of-the-test"}, "invalid_grant", "'tv'"),
    ],
)
def test_what_is_not_its_code_is_refused(
    app: Application, changes: dict[str, str | None], error: str, hint: str
) -> None:
    assert begin(app).error(**changes) == error
    assert hint in app.idp.journal.last.hint
    assert app.idp.journal.last.cites


def test_the_user_code_redeems_nothing(app: Application, browser: Browser) -> None:
    device = begin(app)
    connect(browser, device.user_code)
    assert device.error(device_code=device.user_code) == "invalid_grant"
    assert device.error(device_code=device.user_code.replace("-", "")) == "invalid_grant"
    assert device.tokens()


def test_a_confidential_client_proves_who_it_is(app: Application) -> None:
    assert app.post("/device_authorization", scope="openid").status == 200
    reply = app.post("/device_authorization", client_secret=None)
    assert refused(reply) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({"client_id": None}, (401, "invalid_client")),
        ({"client_id": "nobody"}, (401, "invalid_client")),
        ({"scope": "everything"}, (400, "invalid_scope")),
        ({"scope": '"'}, (400, "invalid_scope")),
        ({"client_id": "m", "client_secret": "secret-of-m"}, (400, "unauthorized_client")),
    ],
)
def test_codes_are_refused_as_tokens_are(
    app: Application, given: dict[str, str | None], answer: tuple[int, str]
) -> None:
    app.idp.add_client(client_id="m", client_secret="secret-of-m", grant_types=["password"])
    sent = {"client_id": "tv", "client_secret": None, **given}
    assert refused(app.post("/device_authorization", **sent)) == answer
    assert app.idp.journal.last.cites


def _disabled_client(app: Application) -> None:
    app.idp._lane.clients.remove("tv")
    app.idp.add_client(**TV, enabled=False)


def _disabled_user(app: Application) -> None:
    app.idp._lane.users.remove("alice")
    app.idp.add_user("alice", sub=ALICE["sub"], enabled=False)


def _removed_user(app: Application) -> None:
    app.idp._lane.users.remove("alice")


def _withdrawn(app: Application) -> None:
    app.idp.revoke("alice")


@pytest.mark.parametrize(
    ("happens", "answer"),
    [
        (_disabled_client, (401, "invalid_client")),
        (_disabled_user, (400, "invalid_grant")),
        (_removed_user, (400, "invalid_grant")),
        (_withdrawn, (400, "invalid_grant")),
    ],
)
def test_who_is_no_longer_good_gets_nothing(
    app: Application, browser: Browser, happens: object, answer: tuple[int, str]
) -> None:
    device = begin(app)
    connect(browser, device.user_code)
    assert callable(happens)
    happens(app)
    assert refused(device.poll()) == answer


def test_without_openid_and_offline_access_there_is_an_access_token_alone(
    app: Application, browser: Browser
) -> None:
    device = begin(app, scope="read")
    connect(browser, device.user_code)
    assert list(device.tokens()) == ["access_token", "token_type", "expires_in", "scope"]


def test_everything_is_a_setting() -> None:
    settings = {
        "path": "/oauth/device/code",
        "verification_path": "/activate",
        "code_look": "hex:40",
        "user_code_look": "{decimal:3}-{decimal:3}-{decimal:3}",
        "complete": False,
        "lifetime": 60,
        "interval": 1,
    }
    with an_application(device_authorization=settings) as app:
        reply = app.post("/oauth/device/code")
        codes = json.loads(reply.body)
        assert re.fullmatch("[0-9a-f]{40}", codes["device_code"])
        assert re.fullmatch(r"\d{3}-\d{3}-\d{3}", codes["user_code"])
        assert list(codes) == [
            *("device_code", "user_code", "verification_uri", "expires_in", "interval")
        ]
        assert codes["verification_uri"] == f"{app.home}/activate"
        assert (codes["expires_in"], codes["interval"]) == (60, 1)
        browser = Browser(app.idp.app, app.home)
        screen = browser.press(browser.open("/activate"), user_code=codes["user_code"])
        assert screen.path == "/_mockidp/login"


def test_a_provider_without_it_says_nothing_of_it() -> None:
    with an_application(device_authorization_path="") as app:
        assert app.post("/device_authorization").status == 404
        browser = Browser(app.idp.app, app.home)
        assert browser.open("/device").status == 404
        assert "device_authorization_endpoint" not in app.idp.metadata()


def test_the_journal_shows_no_device_code(app: Application, browser: Browser) -> None:
    device = begin(app)
    device.poll()
    connect(browser, device.user_code)
    device.poll()
    assert device.codes["device_code"] not in app.idp.journal.render(100)
