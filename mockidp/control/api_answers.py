"""Canned answers of the provider's own API, as a test sets them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from mockidp.control.canned import check_body, check_headers, check_status, typed
from mockidp.oauth.paths import is_below
from mockidp.profiles import rules
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema.api import Api
from mockidp.records import dataclass

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_CALL = "api.respond"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class ApiAnswers:
    """What the API stub answers to requests with a good token; without a canned answer it echoes
    the request.
    """

    def __init__(self, api: Api, *, folds: bool = False) -> None:
        self._prefixes = api.prefixes
        #: Whether /Text is the same path as /text.
        self._folds = folds
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, str], ApiAnswer] = {}

    def respond(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: str | bytes | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer ``method path`` (as in an address: without query, a space as %20) with this from
        now on; setting it again replaces it.

        :raises ConfigError: when both ``json`` and ``body`` are given, for a method or a path that
            the provider's API does not have, and for what no server could send.
        """
        if str(method).upper() not in _METHODS:
            raise ConfigError.unknown(_CALL, "method", method, _METHODS)
        if problem := rules.of_text(rules.path, path):
            raise ConfigError.at(_CALL, "path", path, problem)
        if not any(is_below(self._path(path), self._path(one)) for one in self._prefixes):
            places = ", ".join(f"{prefix}/…" for prefix in self._prefixes) or "nowhere"
            raise ConfigError.at(_CALL, "path", path, f"the provider's API is at {places}")
        status = check_status(_CALL, status)
        content = check_body(_CALL, status, json=json, body=body)
        sent = check_headers(_CALL, headers)
        if json is not None:
            sent = typed(sent, "application/json")
        with self._lock:
            answer = ApiAnswer(status=status, headers=sent, body=content or b"")
            self._answers[method.upper(), self._path(unquote(path))] = answer

    def find(self, method: str, path: str) -> ApiAnswer | None:
        return self._answers.get((method, self._path(path)))

    def _path(self, path: str) -> str:
        # As the provider compares all of its paths.
        return path.lower() if self._folds and path.isascii() else path

    def explain(self, method: str, path: str) -> str:
        """Why a request is echoed although there are canned answers; "" when there are none."""
        with self._lock:
            set_for = ", ".join(" ".join(key) for key in self._answers)
        return f"no answer is set for {method} {path}, only for {set_for}" if set_for else ""

    def snapshot(self) -> dict[tuple[str, str], ApiAnswer]:
        with self._lock:
            return dict(self._answers)

    def restore(self, snapshot: dict[tuple[str, str], ApiAnswer]) -> None:
        with self._lock:
            self._answers = dict(snapshot)
