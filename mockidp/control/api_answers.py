"""Canned answers of the provider's own API, as a test sets them."""

from __future__ import annotations

import json as jsonlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from mockidp.oauth.paths import is_below
from mockidp.profiles import rules
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema.api import Api

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

# Compact, as servers write it.
_to_json = jsonlib.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class ApiAnswers:
    """What the API stub answers to requests with a good token; without a canned answer it echoes
    the request.
    """

    def __init__(self, api: Api) -> None:
        self._prefixes = api.prefixes
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
            the provider's API does not have, and for a status outside 200 to 599.
        """
        if method.upper() not in _METHODS:
            raise ConfigError.unknown("api.respond", "method", method, _METHODS)
        if json is not None and body is not None:
            raise ConfigError("api.respond takes json or body, not both")
        if problem := rules.path(path):
            raise ConfigError.at("api.respond", "path", path, problem)
        if not any(is_below(path.lower(), prefix.lower()) for prefix in self._prefixes):
            places = ", ".join(f"{prefix}/…" for prefix in self._prefixes) or "nowhere"
            raise ConfigError.at("api.respond", "path", path, f"the provider's API is at {places}")
        if problem := rules.status(status):
            raise ConfigError.at("api.respond", "status", status, problem)
        if isinstance(body, str):
            body = body.encode()
        sent = dict(headers or {})
        if body is None:
            body = b"" if json is None else _to_json(json).encode()
            if json is not None:
                sent.setdefault("Content-Type", "application/json")
        with self._lock:
            answer = ApiAnswer(status=status, headers=sent, body=body)
            self._answers[method.upper(), unquote(path)] = answer

    def find(self, method: str, path: str) -> ApiAnswer | None:
        return self._answers.get((method, path))

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
