"""A newcomer who has typed ``mockidp serve`` and has a browser: the index page is all they need."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from fixtures.chromium import Console, open_page
from fixtures.serving import serving
from mockidp.profiles import PROFILES
from mockidp.profiles.load import load_profile

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Providers where people sign in with codes.
SIGNED_IN_AT = [name for name in PROFILES if "code" in load_profile(name).authorize.response_types]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address that ``mockidp serve`` prints."""
    with serving(tmp_path_factory.mktemp("newcomer")) as printed:
        yield printed.text.partition("\n")[0].rpartition(" at ")[2]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    console = Console()
    page = open_page(browser, console)
    yield page
    page.context.close()
    assert console.complaints == []


def test_there_is_somebody_to_sign_in() -> None:
    assert SIGNED_IN_AT


@pytest.mark.parametrize("provider", SIGNED_IN_AT)
def test_from_the_index_page_to_a_token(address: str, page: Page, provider: str) -> None:
    """Click, click, click, and paste the command of the last page into a shell."""
    page.goto(address)
    page.click(f"#sign-in-{provider}")
    page.click("button[name=user]")
    consent, arrived = page.locator("#allow"), page.locator("#member-code")
    consent.or_(arrived).wait_for()
    if consent.is_visible():
        consent.click()
    assert arrived.inner_text()
    assert page.locator("#member-state").inner_text() == "try-out"
    done = subprocess.run(
        ["sh", "-c", page.locator("#curl").inner_text().replace("curl ", "curl --silent ", 1)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    tokens = json.loads(done.stdout)
    assert tokens["access_token"]
    # And once more from there: the session is known by now.
    code = arrived.inner_text()
    page.click("#again")
    page.wait_for_url(lambda url: code not in url)
    assert page.locator("#member-code").inner_text() != code
