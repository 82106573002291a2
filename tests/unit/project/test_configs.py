"""The configuration files that are kept for people are right."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockidp.idp.server import MockServer

FILES = sorted(Path(__file__).parents[3].joinpath("fixtures", "configs").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_server_can_be_made_of_it(path: Path) -> None:
    server = MockServer(["openid"], config=path)
    try:
        assert [lane.profile.name for lane in server.lanes] == ["openid"]
    finally:
        server.close()


def test_the_switches_of_a_conformance_run_are_set() -> None:
    (path,) = [path for path in FILES if path.stem == "conformance"]
    server = MockServer(["openid"], config=path)
    try:
        (lane,) = server.lanes
        assert lane.settings.outgoing.allowed
        assert "none" in lane.profile.signing.id_token
    finally:
        server.close()
