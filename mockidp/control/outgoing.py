"""What a lane asks of others, without the asking: documents that a flow needs, kept for a while,
and messages to be sent before an answer leaves.

A flow is synchronous and knows no HTTP. When it needs a foreign document that is not here it raises
``NeedsDocument``; the gate fetches it off the event loop and calls the flow again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import Any, NamedTuple

from mockidp.clock import Clock
from mockidp.records import dataclass

#: How many are kept.
MOST = 100


class Key(NamedTuple):
    """Which document is meant."""

    url: str
    #: Whether it is for one request.
    once: bool
    #: The client whose it is: what one has had fetched may be older than another that names the
    #: same address.
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The answer to a GET request with status 200."""

    key: Key
    content: bytes = field(repr=False)
    #: When it was fetched, by the lane's clock.
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A form to be sent to a client before an answer leaves, such as a logout token (OpenID Connect
    Back-Channel Logout 1.0, 2.5). What comes of it is in the journal and changes nothing.
    """

    url: str
    form: tuple[tuple[str, str], ...] = field(repr=False)


class NeedsDocument(Exception):
    """A flow cannot go on without a document; it will be called again with it."""

    def __init__(self, url: str, *, once: bool = False, owner: str = "") -> None:
        super().__init__(url)
        self.key = Key(url, once, owner)
        #: The request as the endpoint has read it: it is answered again, not read again.
        self.parsed: Any = None


class Unavailable(Exception):
    """The document cannot be had; ``hint`` says why."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


class Documents:
    """The foreign documents of a lane, by address and owner.

    >>> documents = Documents(Clock(), allowed=True, keep=300, refetch_after=5)
    >>> try:
    ...     documents.need("https://client.example/jwks")
    ... except NeedsDocument as needed:
    ...     documents.keep(needed, b"{}")
    >>> documents.need("https://client.example/jwks").content
    b'{}'
    """

    def __init__(self, clock: Clock, *, allowed: bool, keep: float, refetch_after: float) -> None:
        self._clock = clock
        self._allowed = allowed
        #: Seconds for which a document is good.
        self._lifetime = keep
        #: Seconds within which it is not fetched again, however often an unknown key asks for it.
        self.refetch_after = refetch_after
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Document] = OrderedDict()
        self._failed: dict[Key, str] = {}
        #: What was fetched for the request that this thread answers.
        self._in_hand = threading.local()

    def need(self, url: str, *, once: bool = False, owner: str = "") -> Document:
        """The document; with ``once`` it is fetched for this request alone, and else kept for its
        ``owner``.

        :raises NeedsDocument: when it has to be fetched first.
        :raises Unavailable: when it may not be, or could not be.
        """
        key = Key(url, once, owner)
        with self._lock:
            failed = self._failed.pop(key, None)
            document = self._kept.get(key)
        if failed is not None:
            raise Unavailable(failed)
        if document is not None and (
            self._is_in_hand(key) or 0 <= self._age(document) < self._lifetime
        ):
            return document
        raise self._needed(key)

    def renew(self, document: Document) -> Document:
        """A newer one in its place; the same when it was fetched a moment ago, or for this request.

        :raises NeedsDocument: as ``need``.
        """
        is_in_hand = self._is_in_hand(document.key)
        if is_in_hand or 0 <= self._age(document) < self.refetch_after:
            return document
        raise self._needed(document.key)

    def keep(self, needed: NeedsDocument, content: bytes) -> None:
        """Here it is."""
        with self._lock:
            self._kept[needed.key] = Document(key=needed.key, content=content, at=self._clock.now())
            self._kept.move_to_end(needed.key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    @contextmanager
    def in_hand(self, fetched: Iterable[NeedsDocument]) -> Iterator[None]:
        """Within it these were fetched for the request that is answered: they are good for it,
        however soon they may be fetched again.
        """
        self._in_hand.keys = {needed.key for needed in fetched}
        try:
            yield
        finally:
            del self._in_hand.keys

    def forget(self, needed: NeedsDocument) -> None:
        """The request for which it was fetched is answered."""
        with self._lock:
            self._kept.pop(needed.key, None)

    def fail(self, needed: NeedsDocument, hint: str) -> None:
        """It cannot be had: whoever needs it next is told so, and later ones try again."""
        with self._lock:
            self._failed[needed.key] = hint

    def snapshot(self) -> object:
        with self._lock:
            return OrderedDict(self._kept)

    def restore(self, snapshot: Any) -> None:
        with self._lock:
            self._kept = OrderedDict(snapshot)
            self._failed.clear()

    def _is_in_hand(self, key: Key) -> bool:
        return key in getattr(self._in_hand, "keys", ())

    def _age(self, document: Document) -> float:
        return self._clock.now() - document.at

    def _needed(self, key: Key) -> Exception:
        if self._allowed:
            return NeedsDocument(key.url, once=key.once, owner=key.owner)
        return Unavailable(not_allowed(key.url))


def not_allowed(url: str) -> str:
    """The hint where nothing may be sent."""
    return f"{shown(url)} is not asked: outgoing requests are off; set outgoing.allowed = true"


def shown(url: str) -> str:
    """An address for a hint, without its query, which may hold a secret."""
    return url.partition("#")[0].partition("?")[0][:200]
