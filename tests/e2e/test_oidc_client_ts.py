"""oidc-client-ts, with which applications in browsers sign their users in, in Chromium: sign-in in
the page, in a window and in a frame, renewal, the monitor of the session, revocation and sign-out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.chromium import Console, open_page
from fixtures.node import packages
from fixtures.peer import Peer, a_peer
from mockidp import MockIdP

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).parent / "node"
LIBRARY = "oidc-client-ts/dist/browser/oidc-client-ts.min.js"
SECRET = "a-secret-of-more-than-thirty-two-octets"
GRANTS = ["authorization_code", "refresh_token"]


@pytest.fixture
def peer() -> Iterator[Peer]:
    """Where the application is."""
    library = (packages(FOLDER) / LIBRARY).read_bytes()
    with a_peer() as peer:
        for path in ("/", "/back", "/out"):
            peer.put(path, (FOLDER / "app/app.html").read_bytes())
        peer.put("/app.js", (FOLDER / "app/app.js").read_bytes())
        peer.put("/oidc-client-ts.js", library)
        yield peer


@pytest.fixture
def mockidp_config(peer: Peer) -> dict[str, Any]:
    app: dict[str, Any] = {
        "redirect_uris": [f"{peer.origin}/back"],
        "post_logout_redirect_uris": [f"{peer.origin}/out"],
        "grant_types": GRANTS,
    }
    public = {"client_id": "app", "token_endpoint_auth_method": "none"}
    confidential = {
        "client_id": "confidential",
        "token_endpoint_auth_method": "client_secret_post",
        "client_secret": SECRET,
    }
    passwords = {**public, "client_id": "passwords", "grant_types": ["password"]}
    return {"clients": [app | public, app | confidential, app | passwords]}


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def page(browser: Browser, console: Console) -> Iterator[Page]:
    """Nothing on it may fail, and no policy may be broken."""
    page = open_page(browser, console)
    yield page
    page.context.close()
    assert console.complaints == []


def configure(page: Page, peer: Peer, idp: MockIdP, **settings: Any) -> None:
    """Open the application, with these settings of its library."""
    page.goto(peer.origin)
    text = json.dumps({"authority": idp.issuer, **settings})
    page.evaluate("text => localStorage.setItem('settings', text)", text)
    page.reload()


def leave(page: Page, script: str) -> None:
    """Do what makes the page go elsewhere."""
    with page.expect_navigation():
        page.evaluate(f"() => {{ setTimeout(() => {script}) }}")


def answer_pages(page: Page) -> None:
    """What a person does on ours, for the first time."""
    page.click("#user-alice")
    page.click("#allow")


def sign_in(page: Page, peer: Peer) -> Any:
    leave(page, "manager.signinRedirect({ state: { place: 7 } })")
    answer_pages(page)
    page.wait_for_url(f"{peer.origin}/back*")
    return page.evaluate("came.then(user => ({ ...user, expired: user.expired }))")


def user(page: Page) -> Any:
    return page.evaluate("manager.getUser().then(user => user && ({ ...user }))")


def silently(page: Page) -> Any:
    return page.evaluate("manager.signinSilent().then(user => ({ ...user }))")


def call(page: Page, url: str, token: str) -> Any:
    """The status with which an API answers the application."""
    return page.evaluate("([url, token]) => call(url, token)", [url, token])


SETTINGS: dict[str, dict[str, Any]] = {
    "code": {},
    "with userinfo": {"loadUserInfo": True},
    "in the fragment": {"response_mode": "fragment"},
    "DPoP": {"dpop": True},
    "with a secret": {
        "client_id": "confidential",
        "client_secret": SECRET,
        "client_authentication": "client_secret_post",
    },
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
def test_from_sign_in_to_sign_out(
    mockidp: MockIdP, peer: Peer, page: Page, settings: dict[str, Any]
) -> None:
    configure(page, peer, mockidp, **settings)
    first = sign_in(page, peer)
    assert first["profile"]["sub"] == mockidp.user.sub
    assert (first["state"], first["expired"]) == ({"place": 7}, False)
    assert first["token_type"] == ("DPoP" if settings.get("dpop") else "Bearer")
    assert ("email" in first["profile"]) == bool(settings.get("loadUserInfo"))

    renewed = silently(page)
    assert renewed["refresh_token"] != first["refresh_token"]
    mockidp.journal.assert_called("token", times=1, status=200, grant_type="refresh_token")

    page.evaluate("forgetRefreshToken()")
    again = silently(page)
    assert again["access_token"] not in (first["access_token"], renewed["access_token"])
    mockidp.journal.assert_called("authorize", times=1, prompt="none")

    known = page.evaluate("manager.querySessionStatus()")
    assert known["sub"] == mockidp.user.sub
    assert known["session_state"]

    leave(page, "manager.signoutRedirect({ state: 'bye' })")
    page.wait_for_url(f"{peer.origin}/out?*")
    assert page.evaluate("came.then(answer => answer.userState)") == "bye"
    page.goto(peer.origin)
    assert user(page) is None
    assert page.evaluate("refusal(manager.signinSilent())") == "login_required"


def test_a_window_of_its_own(mockidp: MockIdP, peer: Peer, page: Page) -> None:
    configure(page, peer, mockidp)
    with page.expect_popup() as opened:
        page.evaluate("() => { window.signedIn = manager.signinPopup() }")
    window = opened.value
    with window.expect_event("close"):
        answer_pages(window)
    assert page.evaluate("signedIn.then(user => user.profile.sub)") == mockidp.user.sub
    assert page.url == f"{peer.origin}/"
    # The same for the sign-out.
    with page.expect_popup():
        page.evaluate("() => { window.signedOut = manager.signoutPopup() }")
    page.evaluate("signedOut")
    assert user(page) is None
    mockidp.journal.assert_called("end_session", times=1)


def test_signed_out_in_a_frame(mockidp: MockIdP, peer: Peer, page: Page) -> None:
    configure(page, peer, mockidp)
    sign_in(page, peer)
    # Without a state the library does not know its frame again.
    page.evaluate("manager.signoutSilent({ state: {} })")
    assert user(page) is None
    assert page.evaluate("refusal(manager.signinSilent())") == "login_required"


@pytest.mark.parametrize("way", ["refresh token", "frame"])
def test_renewed_by_itself_before_the_token_expires(
    mockidp: MockIdP, peer: Peer, page: Page, way: str
) -> None:
    scope = "openid offline_access" if way == "refresh token" else "openid"
    page.clock.install()
    configure(page, peer, mockidp, automaticSilentRenew=True, scope=scope)
    first = sign_in(page, peer)
    page.goto(peer.origin)
    page.evaluate("came")
    mockidp.clock.advance(minutes=59)
    page.clock.fast_forward("59:00")
    page.wait_for_function("events.length")
    assert page.evaluate("events") == [["loaded", mockidp.user.sub]]
    assert user(page)["access_token"] != first["access_token"]
    if way == "frame":
        mockidp.journal.assert_called("authorize", times=1, prompt="none")
    else:
        mockidp.journal.assert_called("token", times=1, grant_type="refresh_token")


@pytest.mark.parametrize("who", ["nobody", "bob"])
def test_the_monitor_sees_that_the_session_has_changed(
    mockidp: MockIdP, peer: Peer, page: Page, who: str
) -> None:
    """Session Management 1.0, 3: the application's frame asks ours, and no request is sent."""
    configure(page, peer, mockidp, monitorSession=True, checkSessionIntervalInSeconds=0.05)
    sign_in(page, peer)
    page.evaluate("came")
    mockidp.journal.wait_for("check_session", timeout=60)
    mockidp.journal.assert_not_called("authorize", prompt="none")

    other = page.context.new_page()
    other.goto(f"{mockidp.base_url}/_mockidp/sign-out")
    other.click("#sign-out")
    other.get_by_role("heading", level=1, name="You are signed out").wait_for()
    if who == "bob":
        other.goto(peer.origin)
        leave(other, "manager.signinRedirect()")
        other.click("#user-bob")
        other.click("#allow")
        other.wait_for_url(f"{peer.origin}/back*")
    page.wait_for_function("events.some(([what]) => what === 'signed out')")


def test_revoked_tokens_are_of_no_use(mockidp: MockIdP, peer: Peer, page: Page) -> None:
    configure(page, peer, mockidp)
    before = sign_in(page, peer)
    page.evaluate("manager.revokeTokens()")
    mockidp.journal.assert_called("revocation", times=2, status=200)
    assert call(page, mockidp.url("userinfo"), before["access_token"]) == 401
    assert user(page)["refresh_token"] is None


def test_the_keys_are_fetched_and_the_api_answers(mockidp: MockIdP, peer: Peer, page: Page) -> None:
    configure(page, peer, mockidp)
    token = sign_in(page, peer)["access_token"]
    keys = page.evaluate("manager.metadataService.getSigningKeys()")
    assert keys == mockidp.jwks()["keys"]
    assert call(page, f"{mockidp.issuer}/api/orders", token) == 200


def test_a_user_who_says_no(mockidp: MockIdP, peer: Peer, page: Page, console: Console) -> None:
    configure(page, peer, mockidp)
    leave(page, "manager.signinRedirect()")
    page.click("#user-alice")
    page.click("#deny")
    page.wait_for_url(f"{peer.origin}/back*")
    assert page.evaluate("refusal(came)") == "access_denied"
    assert console.complaints.pop() == "The user or the provider denied the request"


@pytest.mark.mockidp(token_grant_types=["authorization_code", "password"])
def test_a_password_where_the_provider_takes_it(mockidp: MockIdP, peer: Peer, page: Page) -> None:
    configure(page, peer, mockidp, client_id="passwords", scope="openid")
    given = "manager.signinResourceOwnerCredentials({ username: 'alice', password: 'alice' })"
    token = page.evaluate(f"{given}.then(user => user.access_token)")
    assert call(page, mockidp.url("userinfo"), token) == 200
