"""Names and ports where the module socket is not asked: event loops that connect by themselves, and
aiohttp's resolver of choice.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from mockidp.hosting.interception.active import Active
from mockidp.hosting.interception.patch import Function, Patch
from mockidp.hosting.interception.sockets import lead, look_up


def patch_loops(active: Active) -> Iterator[Patch]:
    """The loop of Windows, uvloop and aiodns, where they are installed."""

    def sock_connect(original: Function) -> Function:
        async def answer(loop: Any, sock: socket.socket, address: Any) -> Any:
            return await original(loop, sock, lead(active, sock.family, address))

        return answer

    def getaddrinfo(original: Function) -> Function:
        async def answer(loop: Any, host: Any, port: Any, **kwargs: Any) -> Any:
            return await original(loop, look_up(active, host), port, **kwargs)

        return answer

    def create_connection(original: Function) -> Function:
        async def answer(
            loop: Any, protocol_factory: Any, host: Any = None, port: Any = None, **kwargs: Any
        ) -> Any:
            if host is not None:
                if kwargs.get("ssl") and kwargs.get("server_hostname") is None:
                    kwargs["server_hostname"] = host
                host, port = lead(active, socket.AF_INET, (look_up(active, host), port))
            return await original(loop, protocol_factory, host, port, **kwargs)

        return answer

    def resolve(original: Function) -> Function:
        # Not a coroutine: it gives a future.
        return lambda resolver, host, *args, **kwargs: original(
            resolver, look_up(active, host), *args, **kwargs
        )

    # It connects without the socket's method.
    proactor = sys.modules.get("asyncio.proactor_events")
    if proactor is not None:
        yield Patch(proactor.BaseProactorEventLoop, "sock_connect", sock_connect)
    # It does all in C, below a class in Python.
    uvloop = _installed("uvloop")
    if uvloop is not None:
        yield Patch(uvloop.Loop, "getaddrinfo", getaddrinfo)
        yield Patch(uvloop.Loop, "create_connection", create_connection)
    # aiohttp takes it where it is installed (aiohttp[speedups]).
    aiodns = _installed("aiodns")
    if aiodns is not None:
        yield Patch(aiodns.DNSResolver, "getaddrinfo", resolve)
        yield Patch(aiodns.DNSResolver, "gethostbyname", resolve)


def _installed(name: str) -> ModuleType | None:
    """Imported now, because the client may do so later, in the block."""
    return import_module(name) if _is_installed(name) else None


# The module itself is not kept: pytester forgets modules, and another one is imported then.
@cache
def _is_installed(name: str) -> bool:
    return find_spec(name) is not None
