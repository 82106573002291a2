"""Names and ports: what looks a host up is given an address that stands for it, and what connects
to that is led to the lane.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from typing import Any

from mockidp.hosting.interception.active import Active
from mockidp.hosting.interception.names import host_name, is_address, is_local, stand_in
from mockidp.hosting.interception.patch import Function, Patch, class_in

HTTPS = 443


def patch_sockets(active: Active) -> Iterator[Patch]:
    """getaddrinfo and its elders, and connecting; asyncio, trio and anyio use them too."""

    def getaddrinfo(original: Function) -> Function:
        def answer(
            host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
        ) -> Any:
            # With this flag trio asks whether the name is an address already.
            if not flags & socket.AI_NUMERICHOST:
                host = look_up(active, host)
            return original(host, port, family, type, proto, flags)

        return answer

    def gethostby(original: Function) -> Function:
        return lambda host: original(look_up(active, host))

    def connect(original: Function) -> Function:
        return lambda sock, address: original(sock, lead(active, sock.family, address))

    def connect_ex(original: Function) -> Function:
        def answer(sock: socket.socket, address: Any) -> Any:
            try:
                address = lead(active, sock.family, address)
            except ConnectionRefusedError as refusal:
                return refusal.errno
            return original(sock, address)

        return answer

    def send(original: Function) -> Function:
        # Of datagrams that go without a connection the address is the last argument.
        def answer(sock: socket.socket, *given: Any) -> Any:
            *before, last = given
            return original(sock, *before, lead(active, sock.family, last))

        return answer

    yield Patch(socket, "getaddrinfo", getaddrinfo)
    yield Patch(socket, "gethostbyname", gethostby)
    yield Patch(socket, "gethostbyname_ex", gethostby)
    kind = class_in("socket", socket.socket)
    yield Patch(kind, "connect", connect)
    yield Patch(kind, "connect_ex", connect_ex)
    yield Patch(kind, "sendto", send)
    yield Patch(kind, "sendmsg", send)


def look_up(active: Active, host: Any) -> Any:
    """What to look up instead of this name: the address that stands for an intercepted host.

    :raises OSError: for one that is blocked.
    """
    name = host_name(host)
    if active.host(name) is not None:
        return stand_in(name)
    if not is_local(name) and not is_address(name):
        refusal = active.refuses(name)
        if refusal is not None:
            raise socket.gaierror(socket.EAI_NONAME, refusal)
    return host


def lead(active: Active, family: int, address: Any) -> Any:
    """Where to connect to instead of this address.

    :raises OSError: for one that is blocked, and a port of an intercepted host that is not https.
    """
    if family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return address
    host = host_name(address[0])
    found = active.place(host)
    if found is not None:
        name, interception = found
        if address[1:2] != (HTTPS,):
            raise ConnectionRefusedError(
                errno.ECONNREFUSED,
                f"{interception.owner} intercepts https://{name} (port 443) alone, and the client "
                f"asked for port {address[1]}",
            )
        return interception.lane.host, interception.lane.port
    refusal = None if is_local(host) else active.refuses(host)
    if refusal is not None:
        raise ConnectionRefusedError(errno.ECONNREFUSED, refusal)
    return address
