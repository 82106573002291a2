"""A provider, a public client on a device, and its user's browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.application import Application, an_application
from fixtures.browser import Browser
from fixtures.device import TV


@pytest.fixture
def app() -> Iterator[Application]:
    with an_application() as app:
        app.idp.clock.freeze()
        app.idp.add_client(**TV)
        yield app


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app.idp.app, app.home)
