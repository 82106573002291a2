"""What the tests with a real browser have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from fixtures.chromium import chromium
from fixtures.web_client import WebClient, web_client

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def client() -> Iterator[WebClient]:
    """The application to which the browser comes back."""
    with web_client() as client:
        yield client
