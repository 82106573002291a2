"""Faults: rules that make one response wrong. One-shot for now; scenarios will be sets of them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Any

from mockidp.control.canned import (
    EMPTY,
    check_body,
    check_headers,
    check_status,
    retry_after_text,
    typed,
)
from mockidp.control.times import check_times
from mockidp.oauth.names import ENDPOINTS
from mockidp.profiles import rules
from mockidp.profiles.problems import ConfigError
from mockidp.records import dataclass

_CALL = "faults.next"


@dataclass(slots=True, kw_only=True)
class Fault:
    """The answer that the next calls of an endpoint get instead of the real one."""

    endpoint: str
    #: None: that of the provider's refusals with this error.
    status: int | None = None
    retry_after: str | None = None
    #: The `error` member of a body in the provider's manner; with neither this nor ``body`` it
    #: names the status, or where access tokens are taken, 401 is what a bad one gets.
    error: str | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    left: int = 1

    def __str__(self) -> str:
        said = self.error if self.status is None else self.status
        return f"fault: {self.endpoint} answers {said}"


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
        status: int | None = None,
        retry_after: int | str | datetime | None = None,
        times: int = 1,
        error: str | None = None,
        json: Any = None,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer the next ``times`` calls of an endpoint with this instead, of whatever method:
        what the journal counts as a call is one, HEAD too. What a browser asks before a call of
        another origin (OPTIONS) is none.

        >>> faults = Faults()
        >>> faults.next("token", error="invalid_grant")
        >>> print(faults.pending[0])
        fault: token answers invalid_grant

        :param endpoint: as the journal names it: ``token``, ``authorize``, ``jwks``, ``api`` …
        :param status: from 200 to 599; with ``error`` it may be left out, and is then that with
            which the provider refuses.
        :param retry_after: seconds, an HTTP date, or a ``datetime`` (in UTC where it has no zone),
            for the Retry-After header.
        :param error: the ``error`` member of a body in the provider's manner. Without it, 401 at
            ``api`` and ``userinfo`` is what a token gets there that is not good.
        :param json: a whole JSON body instead; ``body``: any other one.
        :param headers: further headers; not those that the server writes itself, such as
            Content-Length.
        :raises ConfigError: for an unknown endpoint, for what no server could send, and for several
            of ``error``, ``json`` and ``body``.
        """
        if endpoint not in ENDPOINTS:
            raise ConfigError.unknown(_CALL, "endpoint", endpoint, ENDPOINTS)
        if status is not None:
            status = check_status(_CALL, status)
        elif error is None:
            raise ConfigError(f"{_CALL} needs a status from 200 to 599, or an error")
        content = check_body(_CALL, status, json=json, body=body)
        _check_error(status, error, content)
        sent = check_headers(_CALL, headers)
        fault = Fault(
            endpoint=endpoint,
            status=status,
            retry_after=retry_after_text(_CALL, retry_after),
            error=error,
            body=b"" if status in EMPTY else content,
            headers=sent if json is None else typed(sent, "application/json"),
            left=check_times(_CALL, times),
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


def _check_error(status: int | None, error: object, content: bytes | None) -> None:
    if error is None:
        return
    if not isinstance(error, str) or not error:
        raise ConfigError.at(_CALL, "error", error, "must be text, such as invalid_grant")
    if problem := rules.json(error):
        raise ConfigError.at(_CALL, "error", error, problem)
    if content is not None:
        raise ConfigError(f"{_CALL} takes one of error, json and body, not several")
    if status in EMPTY:
        problem = f"an answer with the status {status} has no body"
        raise ConfigError.at(_CALL, "error", error, problem)
