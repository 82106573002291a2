"""The limits of requests that a lane sends itself: for keys, request objects, sector documents and
logout notifications. None is sent unless a setting allows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mockidp.profiles.problems import ConfigError
from mockidp.records import dataclass

VERIFY = ("verify", "do not verify")
ADDRESSES = ("loopback", "any")

_LONGEST = 60.0
_LARGEST = 10 * 1024 * 1024
_MOST_REDIRECTS = 10
_LONGEST_KEPT = 86400.0
_LATEST_REFETCH = 3600.0


def _key(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What a lane may ask others, and how much it takes of their answers."""

    allowed: bool = _key(False, "whether any request is sent at all")
    addresses: str = _key(
        "loopback",
        "where to: `loopback`, or `any` address but link-local and multicast ones; http is for "
        "loopback alone, https for all",
    )
    ca_file: str = _key("", "a PEM file of further certificates that are trusted")
    verify: str = _key("verify", "certificates: `verify`, or `do not verify`")
    timeout: float = _key(5.0, "real seconds until the whole answer must be there, at most 60")
    max_bytes: int = _key(64 * 1024, "the largest body, in bytes, at most 10485760")
    max_redirects: int = _key(0, "how many redirects are followed, at most 10; of a POST none")
    keep: float = _key(
        300.0, "seconds of the lane's clock for which a document is good, from 1 to a day (86400)"
    )
    refetch_after: float = _key(
        5.0,
        "seconds of the lane's clock within which a document is not fetched again when a key is "
        "missing in it, at most 3600; 0: it may be at once",
    )


#: The keys, with what each means.
KEYS: Mapping[str, str] = MappingProxyType(
    {item.name: item.metadata["doc"] for item in fields(Outgoing)}
)


def check_outgoing(origin: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a table, each checked.

    :raises ConfigError: naming place, key, value and choices.
    """
    for key, value in table.items():
        if key not in KEYS:
            raise ConfigError.unknown(origin, "key of outgoing", key, KEYS)
        problem = _RULES[key](value)
        if problem:
            raise ConfigError.at(origin, f"outgoing.{key}", value, problem)
    return dict(table)


def _flag(value: object) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def _one_of(*choices: str) -> Callable[[object], str]:
    wanted = f"valid: {', '.join(choices)}"
    return lambda value: "" if value in choices else wanted


def _number(low: float, high: float, *, whole: bool) -> Callable[[object], str]:
    kind = "a whole number" if whole else "a number"
    wanted = f"must be {kind} from {low:g} to {high:.0f}"

    def rule(value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            return wanted
        assert isinstance(value, int | float)
        return "" if math.isfinite(value) and low <= value <= high else wanted

    return rule


def _file(value: object) -> str:
    if not isinstance(value, str):
        return "must be the name of a PEM file"
    if not value:
        return ""
    from ssl import SSLContext, SSLError, create_default_context  # only who names a file needs it

    try:
        if not Path(value).is_file():
            return "there is no such file"
        context: SSLContext = create_default_context(cafile=value)
    except (SSLError, OSError, ValueError) as problem:
        return f"is no PEM file of certificates: {problem}"
    return "" if context.cert_store_stats()["x509"] else "has no certificate in it"


_RULES: Mapping[str, Callable[[object], str]] = MappingProxyType(
    {
        "allowed": _flag,
        "addresses": _one_of(*ADDRESSES),
        "ca_file": _file,
        "verify": _one_of(*VERIFY),
        "timeout": _number(0.01, _LONGEST, whole=False),
        "max_bytes": _number(1, _LARGEST, whole=True),
        "max_redirects": _number(0, _MOST_REDIRECTS, whole=True),
        "keep": _number(1, _LONGEST_KEPT, whole=False),
        "refetch_after": _number(0, _LATEST_REFETCH, whole=False),
    }
)
