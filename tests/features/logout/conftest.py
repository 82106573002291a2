"""A provider in process with two clients that want to hear of the end of a session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.application import APP, Application, an_application
from fixtures.signing_in import browser, idp, other_browser

__all__ = ["app", "browser", "idp", "other_browser"]

OUT = "https://app.example/out"
FIRST: dict[str, Any] = {
    **APP,
    "post_logout_redirect_uris": [OUT],
    "frontchannel_logout_uri": "https://app.example/front?a=b",
    "frontchannel_logout_session_required": True,
    "backchannel_logout_uri": "http://127.0.0.1:9/back",
}
SECOND: dict[str, Any] = {
    "client_id": "second",
    "client_secret": "secret-of-the-second",
    "redirect_uris": ["https://second.example/cb"],
    "frontchannel_logout_uri": "https://second.example/front",
}


@pytest.fixture
def app() -> Iterator[Application]:
    with an_application(clients=[FIRST, SECOND]) as app:
        yield app
