"""What can change on a lane, taken and put back as a whole."""

from __future__ import annotations

from typing import Any

from mockidp.issuer import Issuer
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Opaque; only ``restore`` reads it."""

    clock: Any
    keys: Any
    clients: Any
    users: Any
    store: Any
    limits: Any
    wrong_codes: Any
    faults: Any
    script: Any
    api: Any
    documents: Any


_PARTS = tuple(State.__dataclass_fields__)


def take_snapshot(lane: Issuer) -> State:
    return State(**{name: getattr(lane, name).snapshot() for name in _PARTS})


def restore(lane: Issuer, state: State) -> None:
    if not isinstance(state, State):
        raise TypeError(f"restore takes what snapshot() has given, not {state!r}")
    for name in _PARTS:
        getattr(lane, name).restore(getattr(state, name))
