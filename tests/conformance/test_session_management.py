"""oidcc-session-management-rp-initiated-logout, in Chromium: the suite's own browser cannot play it
(OpenID Connect Session Management 1.0, 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from fixtures.chromium import Console, chromium, with_foreign_cookies
from fixtures.conformance import a_trial, must_fail
from fixtures.conformance_plans import RESPONSE_TYPES
from fixtures.conformance_suite import Suite
from fixtures.conformance_trial import Trial, Variant
from mockidp.idp.clients import RegisteredClient
from mockidp.testing import Callback

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

_RP_PAGE = "<!doctype html><title>app</title><iframe src='{iframe}'></iframe>"
_ASK = """message => new Promise(resolve => {
    addEventListener("message", event => resolve([event.data, event.origin]), {once: true});
    document.querySelector("iframe").contentWindow.postMessage(message, "*");
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def context(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    context = with_foreign_cookies(browser, tmp_path_factory.mktemp("profile"))
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Of a browser in which nobody has signed in."""
    console = Console()
    context.clear_cookies()
    console.listen(context)
    page = context.new_page()
    yield page
    page.close()
    assert console.complaints == []


def changes_when_signed_out(it: Trial, page: Page) -> None:
    # Another site than the provider's, and a browser lets it ask for frames of this machine.
    app = it.suite.peer.origin.replace("127.0.0.1", "localhost")
    for path in ("/cb", "/out"):
        it.suite.peer.put(path, "<!doctype html><title>app</title>")
    it.suite.peer.put("/rp", _RP_PAGE.format(iframe=it.metadata["check_session_iframe"]))
    addresses: dict[str, Any] = {
        "redirect_uris": [f"{app}/cb"],
        "post_logout_redirect_uris": [f"{app}/out"],
    }
    it.begin(**addresses)
    if it.is_static:
        RegisteredClient(it.idp._lane, it.client["client_id"]).update(**addresses)
    client_id, it.redirect_uri = it.client["client_id"], f"{app}/cb"
    page.goto(it.address())
    page.click("#user-alice")
    page.click("#allow")
    page.wait_for_url(f"{app}/cb*")
    back = Callback(page.url)
    session_state = back.params["session_state"]
    assert not set(session_state) & set(" <>\"'&")
    it.finish(back, {})

    def ask(*messages: object) -> list[Any]:
        page.goto(f"{app}/rp")
        return [page.evaluate(_ASK, message) for message in messages]

    origin = it.idp.issuer
    right = f"{client_id} {session_state}"
    others = (f"other {session_state}", f"{client_id} x{session_state}", f"{right}x")
    malformed: tuple[object, ...] = ("", client_id, f"{client_id} ", f"{client_id} x", {"app": 1})
    assert ask(right, *others, *malformed) == [
        ["unchanged", origin],
        *[["changed", origin]] * len(others),
        *[["error", origin]] * len(malformed),
    ]
    asked = {"client_id": client_id, "post_logout_redirect_uri": f"{app}/out"}
    page.goto(f"{it.metadata['end_session_endpoint']}?{urlencode(asked)}")
    page.click("#sign-out")
    page.wait_for_url(f"{app}/out")
    assert ask(right) == [["changed", origin]]


VARIANTS = [
    *(Variant(response_type=kind) for kind in RESPONSE_TYPES),
    Variant(client_registration="static_client"),
]


@pytest.mark.parametrize(
    "variant",
    VARIANTS,
    ids=lambda variant: f"{variant.response_type}/{variant.client_registration}",
)
def test_oidcc_session_management_rp_initiated_logout(
    variant: Variant, suite: Suite, page: Page
) -> None:
    with a_trial(variant, suite) as it:
        changes_when_signed_out(it, page)
        it.clean_up()


def test_without_a_new_browser_state_it_is_red(
    suite: Suite, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockidp.web.endpoints.sign_out.set_session", lambda *_: None)
    with must_fail(), a_trial(Variant(), suite) as it:
        changes_when_signed_out(it, page)
