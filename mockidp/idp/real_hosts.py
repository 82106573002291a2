"""How clients whose host names cannot be changed reach a provider: a TLS lane that answers for the
real names, a proxy that leads to it, and the environment of child processes.
"""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
import threading
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mockidp.config.settings import Settings
from mockidp.hosting.certificates import Authority, own_context
from mockidp.hosting.host import Lane
from mockidp.idp.environment import Files, variables
from mockidp.idp.reach import Reach
from mockidp.issuer import Issuer
from mockidp.profiles.problems import ConfigError

if TYPE_CHECKING:
    from mockidp.hosting.interception import Interception


class RealHosts:
    """The real host names of one application. Everything is made when first asked for."""

    def __init__(self, names: Iterable[str], reach: Reach) -> None:
        #: In small letters.
        self.names = tuple(dict.fromkeys(name.lower() for name in names))
        self.reach = reach
        self._lock = threading.RLock()
        self._lane: Lane | None = None
        self._proxy: Lane | None = None
        self._files: Files | None = None
        #: What somebody is still in.
        self.interceptions: list[Interception] = []
        self._remove_files: weakref.finalize[..., RealHosts] | None = None

    @property
    def authority(self) -> Authority:
        """Who signs the certificates."""
        return self.reach.thread.authority

    def listen(self, host: str, port: int, *, tls: bool, own: ssl.SSLContext | None = None) -> Lane:
        """Open the usual lane of the application; one that speaks TLS is that of the real names
        as well. ``own`` has a certificate of the user's own for all other names.
        """
        if not tls:
            return self.reach.open(host=host, port=port)
        self._lane = self.reach.open(host=host, port=port, tls=self._context(host, own=own))
        return self._lane

    @property
    def lane(self) -> Lane:
        """The lane that speaks TLS with the certificates of the real names."""
        with self._lock:
            if self._lane is None:
                self._lane = self.open_tls_lane()
            return self._lane

    def open_tls_lane(self) -> Lane:
        """One more such lane, to be closed by who asked for it."""
        return self.reach.open(tls=self._context())

    def open_proxy(self, host: str = "127.0.0.1", port: int = 0) -> Lane:
        """The proxy; where it listens is only heeded the first time."""
        with self._lock:
            if self._proxy is None:
                routes = dict.fromkeys(self.names, self.lane)
                self._proxy = self.reach.open_proxy(routes, host=host, port=port)
            return self._proxy

    @property
    def files(self) -> Files:
        """The certificates as files, in a folder that only this user can read."""
        with self._lock:
            if self._files is None:
                folder = Path(tempfile.mkdtemp(prefix="mockidp-"))
                self._remove_files = weakref.finalize(self, _remove, folder, os.getpid())
                authority = self.authority
                self._files = Files.write(folder, bundle=authority.bundle(), ca=authority.pem)
            return self._files

    def environment(self) -> dict[str, str]:
        """Variables for a child process."""
        return variables(self.files, self.open_proxy().origin, os.environ)

    def certificate_variables(self) -> dict[str, str]:
        """Those of them that are about trust alone."""
        return variables(self.files, None, os.environ)

    def close(self) -> None:
        """End what intercepts, close the lane and the proxy, and remove the files."""
        for interception in reversed(self.interceptions):
            interception.end()
        with self._lock:
            for lane in (self._proxy, self._lane):
                if lane is not None:
                    lane.close()
            if self._remove_files is not None:
                self._remove_files()

    def _context(self, *further: str, own: ssl.SSLContext | None = None) -> ssl.SSLContext:
        named = [name for name in further if name not in ("", "0.0.0.0", "::")]
        try:
            return self.authority.server_context([*self.names, *named], own=own)
        except ValueError as problem:
            raise ConfigError(f"https: {problem}") from None


def own_certificate(settings: Settings) -> ssl.SSLContext | None:
    """The certificate that the settings name, if they do.

    :raises ConfigError: for files that are none, or do not fit each other.
    """
    if settings.tls_cert is None:
        return None
    try:
        return own_context(settings.tls_cert, settings.tls_key)
    except (OSError, ValueError) as problem:
        named = [repr(path) for path in (settings.tls_cert, settings.tls_key) if path]
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise ConfigError(
            f"{settings.origin('tls_cert')}: tls_cert, tls_key = {', '.join(named)}: {reason}; "
            "both must be PEM files, the key without a password"
        ) from None


def real_names(lanes: Iterable[Issuer]) -> list[str]:
    """The host names that the real providers have."""
    return [served.partition("/")[0] for lane in lanes for served in lane.profile.routing.serves]


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # a forked child has no say in it
        shutil.rmtree(folder, ignore_errors=True)
