"""One exchange as the journal keeps it: what was asked, what was answered, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from types import MappingProxyType

from mockidp.records import dataclass


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request and its answer, redacted: values of secret parameters, tokens and credentials are
    never in it.

    The entry is open while the request is handled; once it is in the journal nothing changes it any
    more.
    """

    #: Seconds since the epoch, by the lane's clock.
    at: float
    method: str
    path: str
    #: token, jwks, discovery, api; "" for a path that is none of them.
    endpoint: str = ""
    #: Parameters of the request; a secret one has the value ``***``.
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    client_id: str | None = None
    #: 0 while open, and when the client hung up before it was answered.
    status: int = 0
    #: The error code on the wire; None when the request was served.
    error: str | None = None
    #: What the developer should change.
    hint: str = ""
    #: The section that asks for it.
    cites: str = ""
    #: The fault or limit that answered in the provider's place.
    by: str = ""
    #: The requests that were sent to others for it, each with what came of it.
    outgoing: tuple[str, ...] = ()

    @property
    def grant_type(self) -> str | None:
        return self.params.get("grant_type")

    def __str__(self) -> str:
        line = f"{self.method} {self.path} → {self.status or 'no answer'}"
        if self.error:
            line += f" {self.error}"
        if self.client_id:
            line += f"  client_id={self.client_id}"
        shown = [f"{name}={value}" for name, value in self.params.items() if name != "client_id"]
        if shown:
            line += f"  {' '.join(shown)}"
        lines = [line]
        if self.by:
            lines.append(f"    answered by {self.by}")
        lines += [f"    asked for it: {request}" for request in self.outgoing]
        if self.hint:
            lines.append(f"    hint: {self.hint}" + (f" ({self.cites})" if self.cites else ""))
        return "\n".join(map(_plain, lines))


def _plain(line: str) -> str:
    """What a client sends cannot begin a line of its own, nor move the cursor of a terminal."""
    if line.isprintable():
        return line
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in line
    )


#: What can be asked of an exchange by name.
ATTRIBUTES = tuple(item.name for item in fields(Exchange) if item.name != "params")
