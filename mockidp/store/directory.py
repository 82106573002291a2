"""The clients and the users of one issuer, kept in memory in the order in which they were added.

Their names are unique as the specifications ask: `client_id` (RFC 6749, section 2.2), `sub` (OpenID
Connect Core 1.0, section 2).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from mockidp.model.client import Client
from mockidp.model.user import User

T = TypeVar("T")


class Directory(Generic[T]):
    """A small registry that any thread may read and change.

    A subclass names what it holds and the attributes no two entries may share; the first of these
    is the key.
    """

    what: ClassVar[str]
    unique: ClassVar[tuple[str, ...]]

    def __init__(self, items: Iterable[T] = ()) -> None:
        """Raises ValueError if two of the items share a unique attribute."""
        self._lock = threading.Lock()
        self._indexes = self._index(items)

    @property
    def default(self) -> T:
        """The first one. Raises LookupError if there is none."""
        with self._lock:
            for item in self._items.values():
                return item
        raise LookupError(f"there is no {self.what} at all: add one first")

    def add(self, item: T) -> None:
        """Appends a new one. Raises ValueError if a unique attribute is taken."""
        with self._lock:
            self._insert(self._indexes, item)

    def get(self, key: str) -> T | None:
        # Without the lock: a dict is read atomically, and every token request comes through.
        return self._items.get(key)

    def replace(self, item: T) -> None:
        """Puts the item in the place of the one with the same key, keeping the order.

        Raises LookupError if there is none, ValueError if another one has its second unique
        attribute.
        """
        with self._lock:
            before = self._known(self._key(item))
            for name, index in self._indexes.items():
                if index.get(getattr(item, name), before) is not before:
                    raise self._taken(name, item)
            for name, index in self._indexes.items():
                if getattr(before, name) != getattr(item, name):
                    del index[getattr(before, name)]
                index[getattr(item, name)] = item

    def remove(self, key: str) -> T:
        """Takes one out and returns it. Raises LookupError if there is none."""
        with self._lock:
            item = self._known(key)
            for name, index in self._indexes.items():
                del index[getattr(item, name)]
            return item

    def all(self) -> tuple[T, ...]:
        with self._lock:
            return tuple(self._items.values())

    def snapshot(self) -> tuple[T, ...]:
        """What `restore` returns to; the entries are frozen, so a tuple of them is enough."""
        return self.all()

    def restore(self, snapshot: Iterable[T]) -> None:
        indexes = self._index(snapshot)
        with self._lock:
            self._indexes = indexes

    @property
    def _items(self) -> dict[str, T]:
        return self._indexes[self.unique[0]]

    def _key(self, item: T) -> str:
        key: str = getattr(item, self.unique[0])
        return key

    def _index(self, items: Iterable[T]) -> dict[str, dict[str, T]]:
        indexes: dict[str, dict[str, T]] = {name: {} for name in self.unique}
        for item in items:
            self._insert(indexes, item)
        return indexes

    def _insert(self, indexes: dict[str, dict[str, T]], item: T) -> None:
        for name, index in indexes.items():
            if getattr(item, name) in index:
                raise self._taken(name, item)
        for name, index in indexes.items():
            index[getattr(item, name)] = item

    def _known(self, key: str) -> T:
        item = self._items.get(key)
        if item is None:
            known = ", ".join(map(repr, self._items)) or "none"
            raise LookupError(f"no {self.what} has the {self.unique[0]} {key!r}; known: {known}")
        return item

    def _taken(self, name: str, item: T) -> ValueError:
        return ValueError(f"there is already a {self.what} with the {name} {getattr(item, name)!r}")


class Clients(Directory[Client]):
    """The registered clients, by `client_id`.

    >>> clients = Clients([Client(client_id="web"), Client(client_id="cli")])
    >>> clients.default.client_id, clients.get("desktop")
    ('web', None)
    """

    what = "client"
    unique = ("client_id",)


class Users(Directory[User]):
    """The users who can log in, by `username` and by `sub`."""

    what = "user"
    unique = ("username", "sub")

    def by_sub(self, sub: str) -> User | None:
        return self._indexes["sub"].get(sub)
