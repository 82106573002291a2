"""A device is connected in a real browser, without scripts (RFC 8628, section 3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

from fixtures.chromium import PHONE, Console, open_page
from fixtures.device import TV
from mockidp import MockIdP
from mockidp.oauth.names import DEVICE_CODE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    console = Console()
    page = open_page(browser, console, java_script_enabled=False, **PHONE)
    yield page
    page.context.close()
    assert console.complaints == []


@pytest.fixture
def mockidp_config() -> dict[str, Any]:
    return {"clients": [TV]}


def begin(idp: MockIdP) -> Any:
    form = {"client_id": "tv", "scope": "openid profile"}
    return requests.post(idp.url("device_authorization"), form, timeout=60).json()


def poll(idp: MockIdP, codes: Any) -> Any:
    form = {"grant_type": DEVICE_CODE, "client_id": "tv", "device_code": codes["device_code"]}
    return requests.post(idp.url("token"), form, timeout=60).json()


def test_a_code_is_typed_and_the_device_is_allowed(mockidp: MockIdP, page: Page) -> None:
    codes = begin(mockidp)
    page.goto(codes["verification_uri"])
    page.fill("#user_code", "wrong")
    page.press("#user_code", "Enter")
    assert "mistyped" in page.inner_text("#problem")
    page.fill("#user_code", codes["user_code"].lower())
    page.click("#continue")
    assert page.inner_text("#user-code") == codes["user_code"]
    page.click("#user-alice")
    assert page.inner_text("#user-code") == codes["user_code"]
    page.click("#allow")
    assert "The TV" in page.inner_text("#allowed")
    assert poll(mockidp, codes)["id_token"]
    page.goto(codes["verification_uri"])
    page.fill("#user_code", codes["user_code"])
    page.click("#continue")
    assert "has been used" in page.inner_text("#problem")


def test_a_scanned_address_has_the_code_in_it(mockidp: MockIdP, page: Page) -> None:
    codes = begin(mockidp)
    page.goto(codes["verification_uri_complete"])
    assert page.input_value("#user_code") == codes["user_code"]
    page.click("#continue")
    page.fill("#username", "bob")
    page.fill("#password", "bob")
    page.click("#sign-in")
    page.click("#deny")
    assert "The TV" in page.inner_text("#denied")
    assert poll(mockidp, codes)["error"] == "access_denied"
