"""What was worked out before. It may be forgotten at any time, and is worked out again then."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """The latest things by their names; whoever asks knows whether they still hold."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: dict[str, T] = {}

    def get(self, name: str) -> T | None:
        return self._things.get(name)

    def put(self, name: str, thing: T) -> None:
        if len(self._things) >= self._most:
            self._things.clear()  # cheaper than finding out which is the oldest
        self._things[name] = thing
