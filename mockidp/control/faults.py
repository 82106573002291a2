"""Faults: rules that make one response wrong. One-shot for now; scenarios will be sets of them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mockidp.oauth.names import ENDPOINTS
from mockidp.profiles import rules
from mockidp.profiles.problems import ConfigError


@dataclass(slots=True, kw_only=True)
class Fault:
    """The answer that the next calls of an endpoint get instead of the real one."""

    endpoint: str
    status: int
    retry_after: int | str | None = None
    #: The `error` member of a JSON body; with neither this nor ``json`` or ``body`` the body
    #: names the status.
    error: str | None = None
    json: Any = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    left: int = 1

    def __str__(self) -> str:
        return f"fault: {self.endpoint} answers {self.status}"


class Faults:
    """The faults of a lane.

    >>> faults = Faults()
    >>> faults.next("token", status=503, retry_after=2, times=2)
    >>> faults.take("token").status, faults.take("token").status, faults.take("token")
    (503, 503, None)
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []

    def next(
        self,
        endpoint: str,
        *,
        status: int,
        retry_after: int | str | None = None,
        times: int = 1,
        error: str | None = None,
        json: Any = None,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer the next ``times`` calls of an endpoint with this instead.

        :param endpoint: as the journal names it: ``token``, ``authorize``, ``jwks``, ``api`` …
        :param retry_after: seconds, or an HTTP date, for the Retry-After header.
        :param error: the ``error`` member of a body in the provider's manner.
        :param json: a whole JSON body instead; ``body``: any other one.
        :raises ConfigError: for an unknown endpoint, a status outside 200 to 599, or both ``json``
            and ``body``.
        """
        if endpoint not in ENDPOINTS:
            raise ConfigError.unknown("faults.next", "endpoint", endpoint, ENDPOINTS)
        if problem := rules.status(status):
            raise ConfigError.at("faults.next", "status", status, problem)
        if json is not None and body is not None:
            raise ConfigError("faults.next takes json or body, not both")
        if times < 1:
            raise ConfigError.at("faults.next", "times", times, "must be at least 1")
        fault = Fault(
            endpoint=endpoint,
            status=status,
            retry_after=retry_after,
            error=error,
            json=json,
            body=body.encode() if isinstance(body, str) else body,
            headers=dict(headers or {}),
            left=times,
        )
        with self._lock:
            self._rules.append(fault)

    def take(self, endpoint: str) -> Fault | None:
        """The fault for this call of the endpoint, counted down."""
        if not self._rules:
            return None
        with self._lock:
            for rule in self._rules:
                if rule.endpoint == endpoint:
                    rule.left -= 1
                    if not rule.left:
                        self._rules.remove(rule)
                    return rule
        return None

    @property
    def pending(self) -> tuple[Fault, ...]:
        """Faults that have not fired yet."""
        with self._lock:
            return tuple(self._rules)

    def snapshot(self) -> tuple[Fault, ...]:
        """What ``restore`` needs; the rules are copied, because firing counts them down."""
        return tuple(replace(rule) for rule in self.pending)

    def restore(self, snapshot: tuple[Fault, ...]) -> None:
        with self._lock:
            self._rules = [replace(rule) for rule in snapshot]
