"""Who intercepts which host at the moment, in all threads of the process."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable

from mockidp.hosting.interception.names import stand_in
from mockidp.hosting.interception.proxies import Bypass
from mockidp.hosting.lane import Lane
from mockidp.records import dataclass

Unpatch = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Interception:
    """Hosts that lead to a lane: ``trust`` lets a client's context accept the lane's certificates,
    ``owner`` names the provider in messages.
    """

    active: Active
    owner: str
    hosts: tuple[str, ...]
    lane: Lane
    trust: Callable[[ssl.SSLContext], None]
    blocks_others: bool
    allowed: frozenset[str]
    thread: threading.Thread

    def end(self) -> None:
        """Give the hosts back and close the lane: what is kept alive in a pool must not answer
        later, and who uses it connects again. Idempotent, in any order, from any thread.
        """
        self.active.remove(self)
        self.lane.close()


class Active:
    """The interceptions of a process, the innermost last."""

    def __init__(self, patch: Callable[[Active], Unpatch]) -> None:
        self._patch = patch
        self._unpatch: Unpatch | None = None
        self._lock = threading.Lock()
        # Replaced as a whole, so that the patched functions read it without the lock.
        self._all: tuple[Interception, ...] = ()
        self._bypasses: dict[Interception, Bypass] = {}

    def add(self, new: Interception) -> None:
        """:raises RuntimeError: when another thread intercepts one of the hosts."""
        with self._lock:
            covered = {self.host(host): host for host in new.hosts}
            for old, host in covered.items():
                if old is not None and old.thread is not new.thread:
                    raise RuntimeError(
                        f"{new.owner} cannot intercept {host} in thread {new.thread.name!r}: "
                        f"{old.owner} intercepts it in thread {old.thread.name!r}. The names of a "
                        "process lead to one place; run such tests in processes (pytest-xdist)."
                    )
            if not self._all:
                self._unpatch = self._patch(self)
            self._all = (*self._all, new)
            self._bypasses[new] = Bypass(new.hosts)
        for old in covered:
            if old is not None:
                # A kept-alive connection would still ask the outer provider.
                old.lane.hang_up()

    def remove(self, old: Interception) -> None:
        with self._lock:
            if old not in self._all:
                return
            self._bypasses.pop(old).remove()
            self._all = tuple(one for one in self._all if one is not old)
            if not self._all and self._unpatch is not None:
                self._unpatch()
                self._unpatch = None

    def host(self, host: str) -> Interception | None:
        """The innermost one of this host."""
        return next((one for one in reversed(self._all) if host in one.hosts), None)

    def place(self, host: str) -> tuple[str, Interception] | None:
        """The same for a host's name or the address that stands for it, with the name."""
        for one in reversed(self._all):
            for name in one.hosts:
                if host in (name, stand_in(name)):
                    return name, one
        return None

    def refuses(self, host: str) -> str | None:
        """Why this name or address of another host must not be reached, if that is so."""
        blocking = next((one for one in self._all if one.blocks_others), None)
        if blocking is None or any(host in one.allowed for one in self._all):
            return None
        hosts = ", ".join(dict.fromkeys(host for one in self._all for host in one.hosts))
        return (
            f"{host} is not to be reached: {blocking.owner} intercepts with "
            f"block_other_hosts=True, and only loopback and {hosts} are left"
        )
