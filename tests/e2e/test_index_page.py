"""The index page in a real browser: rendered, in order, and asking nobody else."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.chromium import CHROMIUM, FLAGS
from mockidp import MockServer
from mockidp.profiles import PROFILES

HEADLESS = (
    *FLAGS,
    "--headless",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: By the setting `preferredColorScheme`.
DARK, LIGHT = 0, 1

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


def browse(url: str, folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CHROMIUM, *HEADLESS, f"--user-data-dir={folder}", *flags, url],
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )


def test_the_browser_shows_every_provider_and_refuses_nothing(
    server: MockServer, tmp_path: Path
) -> None:
    seen = browse(server.base_url, tmp_path, "--dump-dom", "--enable-logging=stderr")
    for name in PROFILES:
        assert f'<article id="{name}">' in seen.stdout
        assert server[name].base_url in seen.stdout
        assert server[name].client.client_secret in seen.stdout
    # What the policy forbids, and what cannot be loaded, would be a message of the console.
    assert "CONSOLE" not in seen.stderr


def test_a_policy_that_is_broken_would_be_seen(tmp_path: Path) -> None:
    """So that the test above can fail."""
    page = tmp_path / "page.html"
    page.write_text(
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\"><style>p{}</style>"
    )
    seen = browse(page.as_uri(), tmp_path / "profile", "--dump-dom", "--enable-logging=stderr")
    assert "CONSOLE" in seen.stderr


@pytest.mark.parametrize(
    ("scheme", "size"), [(LIGHT, "1100,1400"), (DARK, "1100,1400"), (LIGHT, "500,1400")]
)
def test_the_page_can_be_drawn_in_light_dark_and_on_a_phone(
    server: MockServer, tmp_path: Path, scheme: int, size: str
) -> None:
    picture = tmp_path / "page.png"
    browse(
        server.base_url,
        tmp_path / "profile",
        f"--screenshot={picture}",
        f"--window-size={size}",
        f"--blink-settings=preferredColorScheme={scheme}",
    )
    assert picture.read_bytes().startswith(b"\x89PNG")
