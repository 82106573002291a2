"""Front-channel logout in a real browser, with and without scripts (OpenID Connect Front-Channel
Logout 1.0).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from fixtures.chromium import Console, open_page
from fixtures.peer import Peer, a_peer
from mockidp import MockIdP

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def peer() -> Iterator[Peer]:
    with a_peer() as peer:
        for path in ("/cb", "/out", "/one", "/two"):
            peer.put(path, f"<!doctype html><title>{path}</title><h1>{path}</h1>")
        yield peer


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_frames_are_loaded_and_the_browser_goes_on(
    browser: Browser, peer: Peer, scripts: bool
) -> None:
    app: dict[str, Any] = {
        "redirect_uris": [f"{peer.origin}/cb"],
        "post_logout_redirect_uris": [f"{peer.origin}/out"],
    }
    one = {**app, "client_id": "one", "frontchannel_logout_uri": f"{peer.origin}/one"}
    two = {**app, "client_id": "two", "frontchannel_logout_uri": f"{peer.origin}/two"}
    one["frontchannel_logout_session_required"] = True
    console = Console()
    with MockIdP(clients=[one, two]) as idp:
        page = open_page(browser, console, java_script_enabled=scripts)
        for client in ("one", "two"):
            asked = {
                "response_type": "code",
                "client_id": client,
                "redirect_uri": f"{peer.origin}/cb",
                "scope": "openid",
            }
            page.goto(f"{idp.url('authorize')}?{urlencode(asked)}")
            if client == "one":
                page.click("#user-alice")
            page.click("#allow")
            page.wait_for_url(f"{peer.origin}/cb?*")
        left = {"client_id": "one", "post_logout_redirect_uri": f"{peer.origin}/out", "state": "s"}
        page.goto(f"{idp.url('end_session')}?{urlencode(left)}")
        page.click("#sign-out")
        page.wait_for_url(f"{peer.origin}/out?state=s")
        page.context.close()
    visited = [hit.partition("?")[0] for hit in peer.hits]
    assert {"/one", "/two"} < set(visited[: visited.index("/out")])
    assert any(hit.startswith("/one?iss=") and "&sid=" in hit for hit in peer.hits)
    assert console.complaints == []
