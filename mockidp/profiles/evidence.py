"""How each fact of a profile is known: a value, a status word and a source."""

from __future__ import annotations

from typing import Any

from mockidp.records import dataclass

#: From the surest to the least sure.
STATUSES = ("documented", "recorded", "observed", "inferred", "assumed")

#: The status of what a user's own file, variable, option or keyword says.
CONFIGURED = "configured"


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of a profile.

    In a profile file it is written ``{ is = 3600, documented = "where it is said" }``: the key
    beside ``is`` is the status, its value the source.
    """

    value: Any
    status: str
    source: str
    origin: str = ""

    @property
    def is_known(self) -> bool:
        """Whether somebody has found it out, and not merely chosen it."""
        return self.status not in (CONFIGURED, "assumed")


def read_fact(written: Any, origin: str) -> Fact | None:
    """The fact in ``{ is = …, <status> = "…" }``; None when ``written`` is a plain value.

    :raises ValueError: naming the valid status words, when the table has ``is`` and anything else
        beside it.
    """
    if not (isinstance(written, dict) and "is" in written):
        return None
    statuses = [key for key in written if key != "is"]
    if len(statuses) != 1 or statuses[0] not in STATUSES:
        raise ValueError(f"beside `is` stands exactly one of: {', '.join(STATUSES)}")
    source = written[statuses[0]]
    if not isinstance(source, str) or not source.strip():
        raise ValueError(f"{statuses[0]} must say where the fact is from")
    return Fact(written["is"], statuses[0], source, origin)
