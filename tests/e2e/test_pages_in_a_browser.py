"""Our pages in a real browser, from the application and back to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import requests

from fixtures.chromium import PHONE, Console, open_page, without_cookies
from fixtures.web_client import WebClient
from mockidp import MockIdP

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NewPage = Callable[..., "Page"]
Address = Callable[..., str]


@pytest.fixture
def mockidp_config(client: WebClient) -> dict[str, Any]:
    app = {
        "client_id": "app",
        "client_secret": "secret-of-the-app",
        "client_name": "My app",
        "redirect_uris": [client.redirect_uri],
    }
    return {"clients": [app]}


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """``new_page(**options)``: a browser profile of its own. None of its pages may break a policy
    or fail.
    """
    console = Console()
    pages: list[Page] = []

    def make(**options: Any) -> Page:
        pages.append(open_page(browser, console, **options))
        return pages[-1]

    yield make
    for page in pages:
        page.context.close()
    assert console.complaints == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()


@pytest.fixture
def address(client: WebClient) -> Address:
    """``address(idp, prompt="login")``: where the application sends its users."""

    def make(idp: MockIdP, **further: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": "app",
            "redirect_uri": client.redirect_uri,
            "scope": "openid profile",
            "state": "st",
            "nonce": "n",
        }
        return f"{idp.url('authorize')}?{urlencode(asked | further)}"

    return make


# A page is waited for by what is on it: after a click the old one is still there for a moment.


def wait_for_heading(page: Page, text: str) -> None:
    page.get_by_role("heading", level=1, name=text).wait_for()


def wait_for_step(page: Page, step: str) -> None:
    page.wait_for_url(f"**/_mockidp/{step}*")


def arrives(page: Page, client: WebClient) -> dict[str, str]:
    """What the application was given, when the browser has come to its own page."""
    page.wait_for_url(client.home)
    wait_for_heading(page, "You are at home")
    return dict(client.last.params)


def redeem(idp: MockIdP, client: WebClient, code: str) -> str:
    """The username of who the code is for."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri}
    tokens = requests.post(idp.url("token"), form, auth=idp.client.auth, timeout=60).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    sub = requests.get(idp.url("userinfo"), headers=headers, timeout=60).json()["sub"]
    (username,) = [user.username for user in idp._lane.users.all() if user.sub == sub]
    return username


def sign_in(page: Page, url: str, user: str = "alice") -> None:
    page.goto(url)
    page.click(f"#user-{user}")


def test_pick_a_user_allow_and_come_back(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    """By a redirect to the client's origin and on to one more: no policy of ours may stop it."""
    sign_in(page, address(mockidp))
    wait_for_step(page, "consent")
    wait_for_heading(page, "My app")
    assert "Alice Example" in page.locator("#who").inner_text()
    page.click("#allow")
    given = arrives(page, client)
    assert (given["state"], given["iss"]) == ("st", mockidp.issuer)
    assert redeem(mockidp, client, given["code"]) == "alice"
    # The client does not learn the address of our pages, and the ids in it.
    assert "referer" not in client.last.headers


def test_name_password_and_enter(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    page.goto(address(mockidp))
    page.get_by_role("textbox", name="Username").fill("bob")
    page.get_by_role("textbox", name="Password").fill("bob")
    page.keyboard.press("Enter")
    page.click("#allow")
    assert redeem(mockidp, client, arrives(page, client)["code"]) == "bob"


def test_the_keyboard_is_enough(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    page.goto(address(mockidp))
    press_focused(page, "user-bob")
    press_focused(page, "allow")
    assert redeem(mockidp, client, arrives(page, client)["code"]) == "bob"


def press_focused(page: Page, id: str) -> None:
    """Go to a button with the Tab key, and press it."""
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == id:
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab never comes to {id}")


def test_a_wrong_password_is_told_and_can_be_mended(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    page.goto(address(mockidp))
    page.fill("#username", "bob")
    page.fill("#password", "wrong")
    page.click("#sign-in")
    assert "wrong password" in page.locator("#problem").inner_text()
    assert page.input_value("#username") == "bob"
    assert page.input_value("#password") == ""
    # The cursor is where typing goes on.
    page.wait_for_function("document.activeElement.id === 'password'")
    page.keyboard.type("bob")
    page.keyboard.press("Enter")
    page.click("#allow")
    assert redeem(mockidp, client, arrives(page, client)["code"]) == "bob"


def test_deny(mockidp: MockIdP, address: Address, client: WebClient, page: Page) -> None:
    sign_in(page, address(mockidp))
    page.click("#deny")
    given = arrives(page, client)
    assert (given["error"], given["state"]) == ("access_denied", "st")


def test_cancel(mockidp: MockIdP, address: Address, client: WebClient, page: Page) -> None:
    page.goto(address(mockidp))
    page.click("#cancel")
    assert arrives(page, client)["error"] == "access_denied"


def test_sign_in_as_somebody_else(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    sign_in(page, address(mockidp), "alice")
    wait_for_step(page, "consent")
    page.click("#cancel")
    wait_for_step(page, "login")
    page.click("#user-bob")
    page.click("#allow")
    assert redeem(mockidp, client, arrives(page, client)["code"]) == "bob"


@pytest.mark.parametrize("where", ["login", "consent"])
def test_fail_with_an_error(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page, where: str
) -> None:
    page.goto(address(mockidp))
    if where == "consent":
        page.click("#user-alice")
    wait_for_step(page, where)
    page.click("summary")
    page.select_option("#error", "temporarily_unavailable")
    page.click("#fail")
    assert arrives(page, client)["error"] == "temporarily_unavailable"


def test_form_post_sends_itself(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    sign_in(page, address(mockidp, response_mode="form_post"))
    page.click("#allow")
    given = arrives(page, client)
    assert client.last.method == "POST"
    assert redeem(mockidp, client, given["code"]) == "alice"
    # So that a client can tell from whom the form is; and no more than that.
    assert client.last.headers["origin"] == mockidp.base_url
    assert client.last.headers["referer"] == f"{mockidp.base_url}/"


def test_form_post_without_scripts_needs_one_more_click(
    mockidp: MockIdP, address: Address, client: WebClient, new_page: NewPage
) -> None:
    page = new_page(java_script_enabled=False)
    sign_in(page, address(mockidp, response_mode="form_post"))
    page.click("#allow")
    page.click("#continue")
    given = arrives(page, client)
    assert client.last.method == "POST"
    assert redeem(mockidp, client, given["code"]) == "alice"


def test_everything_else_needs_no_scripts(
    mockidp: MockIdP, address: Address, client: WebClient, new_page: NewPage
) -> None:
    page = new_page(java_script_enabled=False)
    sign_in(page, address(mockidp), "bob")
    page.click("#allow")
    assert redeem(mockidp, client, arrives(page, client)["code"]) == "bob"


def test_cookies_off(
    mockidp: MockIdP, address: Address, client: WebClient, browser: Browser, tmp_path: Path
) -> None:
    context = without_cookies(browser, tmp_path / "profile")
    try:
        page = context.new_page()
        page.goto(address(mockidp))
        wait_for_heading(page, "This request was refused")
        assert "cookies are not allowed" in page.locator("#hint").inner_text()
    finally:
        context.close()
    assert client.visits == []


def test_back_after_it_is_done_and_a_form_sent_twice(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    sign_in(page, address(mockidp))
    page.click("#allow")
    arrives(page, client)
    page.go_back()
    # The page is not kept, so it is asked for again: what it asks has been answered.
    wait_for_heading(page, "This request was refused")
    assert "answered already" in page.locator("#hint").inner_text()
    assert len(client.visits) == 1


def test_back_from_consent_to_login_and_on_again(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    sign_in(page, address(mockidp), "alice")
    wait_for_step(page, "consent")
    page.go_back()
    wait_for_step(page, "login")
    page.click("#user-bob")
    page.click("#allow")
    assert redeem(mockidp, client, arrives(page, client)["code"]) == "bob"


def test_one_page_answered_in_two_tabs(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    sign_in(page, address(mockidp))
    wait_for_step(page, "consent")
    twin = page.context.new_page()
    twin.goto(page.url)
    page.click("#allow")
    arrives(page, client)
    twin.click("#allow")
    assert "answered already" in twin.locator("#hint").inner_text()
    assert len(client.visits) == 1


def test_a_double_click_is_one_answer(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    sign_in(page, address(mockidp))
    wait_for_step(page, "consent")
    page.dblclick("#allow", no_wait_after=True)
    # Whether the browser drops the first form or does not send the second is its own affair: where
    # it arrives is not asked, because it may give up the page while somebody waits for it.
    mockidp.journal.wait_for("consent", method="POST", status=303, timeout=60)
    assert len(mockidp.journal.find("consent", method="POST", status=303)) == 1
    assert len(client.visits) <= 1


def test_two_tabs_are_two_requests(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    other = page.context.new_page()
    page.goto(address(mockidp, state="one"))
    other.goto(address(mockidp, state="two"))
    for tab in (page, other):
        tab.click("#user-alice")
        wait_for_step(tab, "consent")
    for tab, state in ((page, "one"), (other, "two")):
        tab.click("#allow")
        given = arrives(tab, client)
        assert given["state"] == state
        assert redeem(mockidp, client, given["code"]) == "alice"


def test_one_browser_has_one_user(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    other = page.context.new_page()
    page.goto(address(mockidp, state="one"))
    other.goto(address(mockidp, state="two"))
    for tab, user in ((page, "alice"), (other, "bob")):
        tab.click(f"#user-{user}")
        wait_for_step(tab, "consent")
    # Alice has said nothing yet when Bob takes over: she is asked who she is.
    page.click("#allow")
    wait_for_step(page, "login")
    for tab, user, state in ((other, "bob", "two"), (page, "alice", "one")):
        if user == "alice":
            tab.click("#user-alice")
        tab.click("#allow")
        given = arrives(tab, client)
        assert given["state"] == state
        assert redeem(mockidp, client, given["code"]) == user


def test_a_stale_page(mockidp: MockIdP, address: Address, client: WebClient, page: Page) -> None:
    page.goto(address(mockidp))
    mockidp.clock.advance(hours=2)
    page.click("#user-alice")
    wait_for_heading(page, "This request was refused")
    assert "stood open too long" in page.locator("#hint").inner_text()
    assert client.visits == []


def test_signed_in_once_and_out_again(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    sign_in(page, address(mockidp))
    page.click("#allow")
    arrives(page, client)
    page.goto(address(mockidp, state="again"))
    assert arrives(page, client)["state"] == "again"
    page.goto(f"{mockidp.base_url}/_mockidp/sign-out")
    assert "Alice Example" in page.locator("#who").inner_text()
    page.click("#sign-out")
    wait_for_heading(page, "You are signed out")
    page.goto(address(mockidp))
    wait_for_step(page, "login")
    page.goto(address(mockidp, prompt="none"))
    assert arrives(page, client)["error"] == "login_required"


def test_asked_to_sign_in_again(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    sign_in(page, address(mockidp))
    page.click("#allow")
    arrives(page, client)
    page.goto(address(mockidp, prompt="login"))
    assert "signed in as alice" in page.locator("#current").inner_text()
    page.click("#user-alice")
    arrives(page, client)


def test_another_lane_of_this_machine_does_not_know_the_session(
    mockidp: MockIdP,
    mockidp_factory: Callable[[], MockIdP],
    address: Address,
    client: WebClient,
    page: Page,
) -> None:
    """Cookies do not know ports."""
    other = mockidp_factory()
    sign_in(page, address(mockidp))
    page.click("#allow")
    arrives(page, client)
    page.goto(address(other))
    wait_for_step(page, "login")
    page.click("#user-bob")
    page.click("#allow")
    assert redeem(other, client, arrives(page, client)["code"]) == "bob"
    # The first session is still what it was.
    page.goto(address(mockidp))
    assert redeem(mockidp, client, arrives(page, client)["code"]) == "alice"


def test_a_request_that_cannot_be_trusted_stays_here(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    page.goto(address(mockidp, redirect_uri=f"{client.redirect_uri}/"))
    wait_for_heading(page, "This request was refused")
    assert page.locator("#code").inner_text() == "invalid_request"
    assert "trailing slash" in page.locator("#hint").inner_text()
    assert client.visits == []


def test_a_form_on_the_page_of_somebody_else(
    mockidp: MockIdP, address: Address, client: WebClient, page: Page
) -> None:
    """The page of another site sends our form, with everything in it but its origin."""
    page.goto(address(mockidp))
    fields = page.evaluate("Object.fromEntries(new FormData(document.getElementById('login')))")
    page.goto(client.home)
    page.evaluate(
        """([action, fields]) => {
            const form = document.createElement("form")
            Object.assign(form, {method: "post", action})
            for (const [name, value] of Object.entries(fields))
                form.append(Object.assign(document.createElement("input"), {name, value}))
            document.body.append(form)
            form.submit()
        }""",
        [mockidp.url("login"), {**fields, "user": "alice"}],
    )
    page.wait_for_url(mockidp.url("login"))
    wait_for_heading(page, "This request was refused")
    assert "origin" in page.locator("#hint").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_screen(
    mockidp: MockIdP,
    address: Address,
    client: WebClient,
    new_page: NewPage,
    tmp_path: Path,
    scheme: str,
) -> None:
    page = new_page(**PHONE, color_scheme=scheme)
    mockidp.add_user("a" * 60, claims={"name": "A very long name " * 5, "email": "x" * 90})
    mockidp.client.update(client_name="An application with a name that does not end " * 2)
    shown: list[str] = []

    def look(name: str, id: str) -> None:
        page.wait_for_selector(f"#{id}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
        picture = page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        assert picture.startswith(b"\x89PNG")
        shown.append(page.locator("h1").inner_text())

    page.goto(address(mockidp, scope="openid profile email address phone offline_access"))
    look("login", "sign-in")
    page.fill("#username", "zoe")
    page.tap("#sign-in")
    look("problem", "problem")
    page.tap("#user-alice")
    look("consent", "allow")
    page.tap("#allow")
    arrives(page, client)
    page.goto(f"{mockidp.base_url}/_mockidp/sign-out")
    look("sign-out", "sign-out")
    page.goto(address(mockidp, client_id="b" * 90))
    look("error", "code")
    page.goto(address(mockidp, redirect_uri=f"{mockidp.base_url}/_mockidp/callback"))
    look("try-out", "member-code")
    assert len(set(shown)) == 5  # two of the six are the login page


def test_over_tls(
    mockidp_factory: Callable[..., MockIdP],
    address: Address,
    client: WebClient,
    new_page: NewPage,
) -> None:
    """From an https page back to an application without TLS; cookies are secure here."""
    idp = mockidp_factory(tls=True)
    page = new_page(ignore_https_errors=True)
    sign_in(page, address(idp))
    page.click("#allow")
    assert arrives(page, client)["iss"] == idp.base_url
    assert all(cookie["secure"] for cookie in page.context.cookies(idp.base_url))
    page.goto(address(idp, prompt="none"))
    assert "code" in arrives(page, client)


def test_a_policy_that_is_broken_would_be_seen(mockidp: MockIdP, browser: Browser) -> None:
    """So that the check of the console can fail."""
    console = Console()
    page = open_page(browser, console)
    page.goto(f"{mockidp.base_url}/_mockidp/callback")
    with page.expect_console_message():
        page.evaluate("document.body.append(Object.assign(new Image(), {src: '/picture.png'}))")
    page.context.close()
    assert any("Content Security Policy" in text for text in console.complaints)
