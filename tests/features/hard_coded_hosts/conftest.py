"""A network without an outside, and providers whose real hosts do not exist there."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockidp import MockIdP


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that are looked up outside this machine; none is found."""
    names: list[str] = []
    getaddrinfo = socket.getaddrinfo

    def look_up(
        host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        # trio asks with this flag whether a name is an address.
        if flags & socket.AI_NUMERICHOST or host == "localhost" or str(host)[0].isdigit():
            return getaddrinfo(host, port, family, type, proto, flags)
        names.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "there is no outside")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


@pytest.fixture
def idp(mockidp_groupdocs_total: MockIdP, outside: list[str]) -> MockIdP:
    """The provider of https://api.groupdocs.cloud."""
    return mockidp_groupdocs_total
