"""How an application is reached: the listening sockets of a provider or server on a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mockidp.clock import Clock
from mockidp.control.journal import Journal
from mockidp.hosting.host import Host, Lane
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange

if TYPE_CHECKING:
    import ssl

    from starlette.types import ASGIApp

    from mockidp.hosting.refusal import Refusal


class Reach:
    """Opens addresses of one application; what HTTP itself refuses there goes into its journal."""

    def __init__(
        self,
        thread: Host,
        app: ASGIApp,
        journal: Journal,
        clock: Clock,
        *,
        lanes: Sequence[Issuer],
        has_scripts: bool = False,
    ) -> None:
        self.thread = thread
        self._app = app
        self._journal = journal
        self._clock = clock
        #: They know what is secret.
        self._lanes = lanes
        # CORS: a script shall see what was refused before anybody knew which endpoint it was for.
        self._refusal_headers = [(b"access-control-allow-origin", b"*")] if has_scripts else []

    def open(
        self, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> Lane:
        """:raises OSError: for an address that cannot be had."""
        from mockidp.web.respond import http_date

        return self.thread.open(
            self._app,
            host=host,
            port=port,
            on_refusal=self._note,
            http_date=http_date(self._clock),
            on_error=self._note_failure,
            tls=tls,
            refusal_headers=self._refusal_headers,
        )

    def open_proxy(self, routes: Mapping[str, Lane], *, host: str, port: int) -> Lane:
        """A CONNECT proxy from host names to lanes.

        :raises OSError: for an address that cannot be had.
        """
        from mockidp.web.respond import http_date

        return self.thread.open_proxy(
            routes, host=host, port=port, on_refusal=self._note, http_date=http_date(self._clock)
        )

    def _note_failure(self, problem: BaseException) -> None:
        """Note what no handler expected, and what the client has got 500 for."""
        self._journal.failures.append(problem)
        self._journal.note(f"mockidp failed: {type(problem).__name__}: {problem}")

    def _note(self, refusal: Refusal) -> None:
        """Note what HTTP itself refused before the provider saw it."""
        from mockidp.web.noting import shown_path

        self._journal.add(
            Exchange(
                at=self._clock.now(),
                method=refusal.method,
                path=shown_path(unquote(refusal.path), *self._lanes),
                status=refusal.status,
                hint=refusal.reason,
            )
        )
