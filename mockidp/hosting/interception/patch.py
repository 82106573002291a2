"""One function of the standard library that is replaced for a while."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

Function = Callable[..., Any]


class Patch:
    """Replaces an attribute of a module or class by what ``around`` makes of it."""

    def __init__(self, owner: Any, name: str, around: Callable[[Function], Function]) -> None:
        self._owner = owner
        self._name = name
        self._is_own = name in vars(owner)
        self._original: Function = getattr(owner, name)
        self._replacement = wraps(self._original)(around(self._original))
        setattr(owner, name, self._replacement)

    def remove(self) -> None:
        """Put the original back, unless somebody has put another replacement over this one: theirs
        stays, and ours below it hands every call on when nothing is intercepted.
        """
        if vars(self._owner).get(self._name) is not self._replacement:
            return
        if self._is_own:
            setattr(self._owner, self._name, self._original)
        else:
            delattr(self._owner, self._name)


def class_in(module: str, kind: type) -> type:
    """The standard library's class, also where a subclass took its name, as those of truststore and
    pytest-socket do: all that derive from it are reached.
    """
    return next((base for base in kind.__mro__ if base.__module__ == module), kind)
