"""A provider in process, a client of it, and browsers that come to sign in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.application import Application, an_application
from fixtures.browser import Browser
from mockidp import MockIdP


@pytest.fixture
def app() -> Iterator[Application]:
    with an_application() as app:
        yield app


@pytest.fixture
def idp(app: Application) -> MockIdP:
    return app.idp


@pytest.fixture
def browser(idp: MockIdP) -> Browser:
    return Browser(idp.app, idp.issuer)


@pytest.fixture
def other_browser(idp: MockIdP) -> Browser:
    return Browser(idp.app, idp.issuer)
