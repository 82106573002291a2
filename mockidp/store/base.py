"""What every store of artifacts promises. "Take once" follows RFC 6749, section 4.1.2 and RFC 9700,
section 4.14.2.

Ids are kept as they are, not hashed: they are secrets of a test, `find` gives them back, and a
tester who looks into the store wants to recognise them.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Protocol

from mockidp.model.artifact import Artifact, ArtifactKind
from mockidp.records import dataclass

Outcome = Literal["won", "spent", "expired", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """How an attempt to use up an artifact ended; `artifact` is None only if it is missing."""

    outcome: Outcome
    artifact: Artifact | None


class Store(Protocol):
    """Artifacts by kind and id.

    Every verb is one atomic operation, whoever else uses the store at the same time.
    `now` is in epoch seconds. At any moment an artifact is *live*, *spent* (somebody took it) or
    *expired* (`now` has reached its `expires_at`, taken or not). An expired one is forgotten by
    `sweep`, or by a store that sweeps by itself; after that it is missing, even if `now` goes back.
    """

    name: ClassVar[str]

    def put(self, artifact: Artifact, *, now: float) -> bool:
        """Keeps the artifact, in the place of one with the same kind and id.

        A spent one is not replaced: nothing changes and False comes back. So a slow writer cannot
        make a taken code good again, and `put` followed by `take` lets exactly one caller through
        (the replay check of a `jti`).
        """

    def get(self, kind: ArtifactKind, id: str, *, now: float) -> Artifact | None:
        """The artifact if it is live, else None."""

    def take(self, kind: ArtifactKind, id: str, *, now: float) -> Take:
        """Uses the artifact up; of all who try, in any thread or process, exactly one has "won".

        It is remembered as spent until it expires (one that never expires: until its family is
        revoked or the store is cleared), so that whoever comes later is told "spent" and gets it
        too, to revoke its family.
        """

    def revoke(self, kind: ArtifactKind, id: str) -> bool:
        """Forgets one artifact; True if there was one, not spent.

        A spent one stays remembered: revoking it must not hide that it was used before.
        """

    def revoke_family(self, family: str) -> int:
        """Forgets the whole family, spent ones too; how many of them were not spent."""

    def find(
        self,
        kind: ArtifactKind | None = None,
        *,
        family: str | None = None,
        client_id: str | None = None,
        sub: str | None = None,
        now: float,
    ) -> list[Artifact]:
        """The live artifacts to which all that is given applies, in the order they were put."""

    def sweep(self, *, now: float) -> int:
        """Forgets what has expired, spent or not; how many these were."""

    def snapshot(self) -> object:
        """The whole content, spent marks included; later changes of the store do not reach it."""

    def restore(self, snapshot: object) -> None:
        """Returns to a snapshot of this store, any number of times; TypeError if it is none."""

    def clear(self) -> None:
        """Forgets everything, spent marks included."""
