"""What a response mode makes of an authorization response (OAuth 2.0 Multiple Response Type
Encoding Practices, section 2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Protocol

from mockidp.flows.authorize.request import Destination
from mockidp.issuer import Issuer
from mockidp.records import dataclass


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

    def send(
        self, lane: Issuer, destination: Destination, members: Mapping[str, str]
    ) -> Redirect | Form:
        """The members on their way to the client of the destination; the keys of the lane are there
        for a mode that signs them.
        """
        ...
