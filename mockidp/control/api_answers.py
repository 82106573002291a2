"""Canned answers of the provider's own API, as a test sets them."""

from __future__ import annotations

import json as jsonlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class ApiAnswers:
    """What the API stub answers to requests with a good token; without a canned answer it echoes
    the request.
    """

    def __init__(self) -> None:
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
        """Answer ``method path`` (without query) with this from now on; setting it again replaces
        it.

        :raises ValueError: when both ``json`` and ``body`` are given, or the path does not begin
            with a slash.
        """
        if json is not None and body is not None:
            raise ValueError("api.respond takes json or body, not both")
        if not path.startswith("/"):
            raise ValueError(f"api.respond: path {path!r} must begin with a slash")
        if isinstance(body, str):
            body = body.encode()
        sent = dict(headers or {})
        if body is None:
            body = b"" if json is None else jsonlib.dumps(json, ensure_ascii=False).encode()
            if json is not None:
                sent.setdefault("Content-Type", "application/json")
        with self._lock:
            self._answers[method.upper(), path] = ApiAnswer(status=status, headers=sent, body=body)

    def find(self, method: str, path: str) -> ApiAnswer | None:
        return self._answers.get((method, path))

    def snapshot(self) -> dict[tuple[str, str], ApiAnswer]:
        with self._lock:
            return dict(self._answers)

    def restore(self, snapshot: dict[tuple[str, str], ApiAnswer]) -> None:
        with self._lock:
            self._answers = dict(snapshot)
