"""What an action is, and what it needs of the provider that it acts on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Controlled(Protocol):
    """A provider as the actions use it: ``mockidp.MockIdP`` is one."""

    def rotate_keys(self, *, overlap: bool = True) -> str: ...

    def reset(self) -> None: ...


class Action(Protocol):
    #: As in the path.
    name: str
    #: Parameters of the query, each with what it may be.
    parameters: Mapping[str, tuple[str, ...]]

    def run(self, provider: Controlled, given: Mapping[str, str]) -> Mapping[str, Any]:
        """Do it; gives the members of the answer."""
        ...
