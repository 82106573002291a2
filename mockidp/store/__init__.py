"""What one issuer remembers: its clients and users (`directory`), and the artifacts it gave out
(`base` says what a store promises, each other module is one store).

A store answers for atomicity and expiry and for nothing else: it does not know what a code or a
session means, who may use it or what time it is; time is passed in. `STORES` names every store, and
the contract suite runs over it: a store in the tuple, called without arguments, is an empty one of
its own.
"""

from __future__ import annotations

from mockidp.store.base import Store
from mockidp.store.memory import MemoryStore

STORES: tuple[type[Store], ...] = (MemoryStore,)
