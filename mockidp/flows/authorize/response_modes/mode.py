"""What a response mode makes of a redirect URI and the parameters for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Redirect:
    """The browser is sent to this address."""

    location: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Form:
    """The browser posts a form there."""

    redirect_uri: str
    members: tuple[tuple[str, str], ...] = field(repr=False)


class ResponseMode(Protocol):
    name: str

    def send(self, redirect_uri: str, members: Mapping[str, str]) -> Redirect | Form: ...
