"""Interception: for a while, real host names lead from this process to a lane, TLS included.

`names` knows which names are equal and which loopback address stands for one; `sockets` and `loops`
lead look-ups and connections, and `proxies` keeps clients from going round them; `trust` lets TLS
accept the lane's certificates; `patch` replaces a function and puts it back; `active` knows who
intercepts what. Functions of the standard library are replaced while anything is intercepted, and
only then.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Sequence

from mockidp.hosting.interception.active import Active, Interception
from mockidp.hosting.interception.loops import patch_loops
from mockidp.hosting.interception.names import host_name
from mockidp.hosting.interception.patch import Patch
from mockidp.hosting.interception.sockets import patch_sockets
from mockidp.hosting.interception.trust import patch_trust
from mockidp.hosting.lane import Lane

__all__ = ["Interception", "begin"]


def _patch(active: Active) -> Callable[[], None]:
    patches: list[Patch] = []

    def remove() -> None:
        for patch in reversed(patches):
            patch.remove()

    try:
        for source in (patch_sockets, patch_loops, patch_trust):
            patches.extend(source(active))
    except BaseException:
        remove()
        raise
    return remove


# A process has one socket module: what is replaced in it is the state of the process.
_PROCESS = Active(_patch)


def begin(
    lane: Lane,
    *,
    owner: str,
    hosts: Sequence[str],
    trust: Callable[[ssl.SSLContext], None],
    block_other_hosts: bool = False,
    allowed: Iterable[str] = (),
) -> Interception:
    """Lead port 443 of these hosts to a lane that speaks TLS, until `Interception.end` closes it.

    A host that is intercepted already goes over to this lane: its kept-alive connections are
    aborted, so that they do not ask the other one. With `block_other_hosts`, names that are neither
    intercepted nor loopback nor `allowed` are not looked up, and such addresses not connected to.
    Raises RuntimeError for a host that another thread intercepts.
    """
    interception = Interception(
        active=_PROCESS,
        owner=owner,
        hosts=tuple(dict.fromkeys(map(host_name, hosts))),
        lane=lane,
        trust=trust,
        blocks_others=block_other_hosts,
        allowed=frozenset(allowed),
        thread=threading.current_thread(),
    )
    interception.active.add(interception)
    return interception
