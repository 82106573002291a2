"""The store that lives and dies with its process: dicts behind one lock; see `base`."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import field
from typing import ClassVar, TypeAlias

from mockidp.model.artifact import Artifact, ArtifactKind
from mockidp.records import dataclass
from mockidp.store.base import Take

Key: TypeAlias = tuple[ArtifactKind, str]

#: Below this many artifacts nothing is swept unasked: an ordinary test keeps what has expired, can
#: rewind its clock and be told "expired" instead of "missing".
FEWEST_TO_SWEEP = 1024


@dataclass(slots=True, kw_only=True)
class Content:
    """Dicts that change together: a key is in `live` (even if expired) or `spent`, never both."""

    live: dict[Key, Artifact] = field(default_factory=dict)
    spent: dict[Key, Artifact] = field(default_factory=dict)
    #: A dict instead of a set, for its order.
    families: dict[str, dict[Key, None]] = field(default_factory=dict)

    def copy(self) -> Content:
        families = {family: dict(keys) for family, keys in self.families.items()}
        return Content(live=dict(self.live), spent=dict(self.spent), families=families)

    def keep(self, key: Key, artifact: Artifact) -> None:
        if key in self.live:  # so that the newcomer is the last, here and in its family
            self.forget(key)
        self.live[key] = artifact
        if artifact.family is not None:
            self.families.setdefault(artifact.family, {})[key] = None

    def forget(self, key: Key) -> None:
        artifact = self.live.pop(key, None) or self.spent.pop(key)
        if artifact.family is None:
            return
        keys = self.families[artifact.family]
        del keys[key]
        if not keys:
            del self.families[artifact.family]

    def sweep(self, now: float) -> int:
        expired = [
            key
            for part in (self.live, self.spent)
            for key, artifact in part.items()
            if artifact.is_expired(now)
        ]
        for key in expired:
            self.forget(key)
        return len(expired)


class MemoryStore:
    """The default store of a lane.

    It sweeps itself when it has grown to twice what the last sweep left, so that each `put` pays a
    constant share and the memory is bounded by what is still good.
    """

    name: ClassVar[str] = "memory"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._content = Content()
        self._sweep_at = FEWEST_TO_SWEEP

    def put(self, artifact: Artifact, *, now: float) -> bool:
        key = (artifact.kind, artifact.id)
        with self._lock:
            content = self._content
            spent = content.spent.get(key)
            if spent is not None:
                if not spent.is_expired(now):
                    return False
                content.forget(key)
            content.keep(key, artifact)
            if len(content.live) + len(content.spent) >= self._sweep_at:
                self._sweep(now)
            return True

    def get(self, kind: ArtifactKind, id: str, *, now: float) -> Artifact | None:
        with self._lock:
            artifact = self._content.live.get((kind, id))
        return None if artifact is None or artifact.is_expired(now) else artifact

    def take(self, kind: ArtifactKind, id: str, *, now: float) -> Take:
        key = (kind, id)
        with self._lock:
            content = self._content
            spent = content.spent.get(key)
            artifact = spent or content.live.get(key)
            if artifact is None:
                return Take(outcome="missing", artifact=None)
            if artifact.is_expired(now):
                return Take(outcome="expired", artifact=artifact)
            if spent is not None:
                return Take(outcome="spent", artifact=artifact)
            content.spent[key] = content.live.pop(key)
            return Take(outcome="won", artifact=artifact)

    def revoke(self, kind: ArtifactKind, id: str) -> bool:
        key = (kind, id)
        with self._lock:
            if key not in self._content.live:
                return False
            self._content.forget(key)
            return True

    def revoke_family(self, family: str) -> int:
        with self._lock:
            content = self._content
            keys = list(content.families.get(family, ()))
            unspent = sum(key in content.live for key in keys)
            for key in keys:
                content.forget(key)
            return unspent

    def find(
        self,
        kind: ArtifactKind | None = None,
        *,
        family: str | None = None,
        client_id: str | None = None,
        sub: str | None = None,
        now: float,
    ) -> list[Artifact]:
        with self._lock:
            candidates = self._candidates(kind, family)
        return [
            artifact
            for artifact in candidates
            if (client_id is None or artifact.client_id == client_id)
            and (sub is None or artifact.sub == sub)
            and not artifact.is_expired(now)
        ]

    def sweep(self, *, now: float) -> int:
        with self._lock:
            return self._sweep(now)

    def snapshot(self) -> object:
        with self._lock:
            return self._content.copy()

    def restore(self, snapshot: object) -> None:
        if not isinstance(snapshot, Content):
            raise TypeError(f"not a snapshot of a memory store: {type(snapshot).__name__}")
        content = snapshot.copy()
        with self._lock:
            self._content = content
            self._set_next_sweep()

    def clear(self) -> None:
        with self._lock:
            self._content = Content()
            self._set_next_sweep()

    def _candidates(self, kind: ArtifactKind | None, family: str | None) -> Iterable[Artifact]:
        live = self._content.live
        keys: Iterable[Key] = live if family is None else self._content.families.get(family, ())
        if kind is not None:  # before anything else is looked at: a family may have grown long
            keys = [key for key in keys if key[0] == kind]
        return [live[key] for key in keys if key in live]

    def _sweep(self, now: float) -> int:
        dropped = self._content.sweep(now)
        self._set_next_sweep()
        return dropped

    def _set_next_sweep(self) -> None:
        left = len(self._content.live) + len(self._content.spent)
        self._sweep_at = max(FEWEST_TO_SWEEP, 2 * left)
