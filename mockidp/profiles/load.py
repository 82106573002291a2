"""Reads profile files, follows ``extends``, lays a user's settings over them and builds the
``Profile``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mockidp.profiles import MANNERS, PROFILES
from mockidp.profiles.build import build_sections, leaf_names, leaf_of
from mockidp.profiles.evidence import CONFIGURED, Fact, read_fact
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema import Profile, sections
from mockidp.profiles.together import check_together
from mockidp.records import dataclass

_HERE = Path(__file__).parent
#: What a profile says besides facts.
_META: Mapping[str, tuple[type, str]] = MappingProxyType(
    {
        "extends": (str, "the name of a profile or a manner"),
        "title": (str, "text"),
        "summary": (str, "text"),
        "documentation": (list, "a list of texts"),
        "default_client": (dict, "a table"),
        "default_users": (list, "a list of tables"),
    }
)


@dataclass(frozen=True, slots=True)
class Document:
    """One profile file as written: what it extends, what describes it, and its facts by dotted
    path.
    """

    origin: str
    extends: str | None
    meta: Mapping[str, Any]
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Overlay:
    """Settings of a user laid over a profile: nested tables as in a profile file, and where they
    are from.
    """

    origin: str
    tables: Mapping[str, Any]


def load_profile(
    name: str, *, overlays: Sequence[Overlay] = (), own: Mapping[str, Document] | None = None
) -> Profile:
    """The profile ``name``: built in, or one of ``own`` (a user's), with the user's settings laid
    over it.

    :raises ConfigError: for an unknown name, key, type or choice, naming the file, the key and what
        is valid.
    """
    own = own or {}
    if not overlays and name not in own:
        return _built_in(name, tuple(sorted(own)))
    return _assemble(name, _chain(name, own), overlays)


def stated(name: str, path: str) -> Any:
    """What a built-in profile says of one fact, itself or by what it extends; None where that is
    left to the schema. It reads no more than it needs, where ``load_profile`` builds all.
    """
    wanted: str | None = name
    while wanted is not None and (document := _shipped(wanted)) is not None:
        if path in document.facts:
            return document.facts[path].value
        wanted = document.extends
    return None


@lru_cache(maxsize=64)
def _built_in(name: str, own_names: tuple[str, ...]) -> Profile:
    if name not in PROFILES:
        raise ConfigError.unknown("", "profile", name, (*PROFILES, *own_names))
    return _assemble(name, _chain(name, {}), ())


def read_document(tables: Mapping[str, Any], origin: str) -> Document:
    """A profile as parsed from TOML.

    :raises ConfigError: for unknown tables or keys, and for facts that are not written as such.
    """
    meta = {key: tables[key] for key in _META if key in tables}
    for key, value in meta.items():
        kind, wanted = _META[key]
        if not isinstance(value, kind):
            raise ConfigError.at(origin, key, value, f"must be {wanted}")
        item = dict if key == "default_users" else str
        if isinstance(value, list) and not all(isinstance(inner, item) for inner in value):
            raise ConfigError.at(origin, key, value, f"must be {wanted}")
    facts = flatten({key: value for key, value in tables.items() if key not in _META}, origin)
    return Document(origin, meta.pop("extends", None), meta, facts)


def flatten(tables: Mapping[str, Any], origin: str) -> dict[str, Fact]:
    """Nested tables as facts by dotted path, each key checked against the schema."""
    facts: dict[str, Fact] = {}
    for name, table in tables.items():
        kind = sections().get(name)
        if kind is None:
            raise ConfigError.unknown(origin, "key", name, (*_META, *sections()))
        if not isinstance(table, Mapping):
            raise ConfigError.at(origin, name, table, "must be a table")
        for key, written in table.items():
            path = f"{name}.{key}"
            leaf = leaf_of(kind, key)
            if leaf is None:
                raise ConfigError.unknown(origin, f"key in [{name}]", key, leaf_names(kind))
            found = _fact(written, origin, path)
            if leaf.metadata["open"]:
                facts.update(_entries(found, path, leaf.metadata["doc"]))
            else:
                facts[path] = found
    return facts


def _fact(written: Any, origin: str, path: str) -> Fact:
    try:
        return read_fact(written, origin) or Fact(written, CONFIGURED, origin, origin)
    except ValueError as problem:
        raise ConfigError.at(origin, path, written, str(problem)) from None


def _entries(table: Fact, path: str, doc: str) -> dict[str, Fact]:
    """The keys of an open table: each a fact of its own, or all with the evidence of the table."""
    if not isinstance(table.value, Mapping):
        raise ConfigError.at(table.origin, path, table.value, f"must be a table ({doc})")
    if table.status != CONFIGURED:
        return {f"{path}.{key}": replace(table, value=value) for key, value in table.value.items()}
    return {
        f"{path}.{key}": _fact(value, table.origin, f"{path}.{key}")
        for key, value in table.value.items()
    }


@lru_cache(maxsize=64)
def _shipped(name: str) -> Document | None:
    if name not in (*PROFILES, *MANNERS):
        return None
    folder = _HERE / "manners" if name in MANNERS else _HERE
    path = folder / f"{name}.toml"
    return read_document(tomllib.loads(path.read_text("utf-8")), path.name)


def _chain(name: str, own: Mapping[str, Document]) -> list[Document]:
    """The documents from the most basic manner to the profile itself."""
    chain: list[Document] = []
    seen: list[str] = []
    wanted: str | None = name
    while wanted is not None:
        document = own.get(wanted) or _shipped(wanted)
        if document is None:
            if not chain:
                raise ConfigError.unknown("", "profile", wanted, (*PROFILES, *own))
            others = [known for known in (*PROFILES, *own, *MANNERS) if known not in seen]
            raise ConfigError.unknown(f"{chain[-1].origin}: extends", "profile", wanted, others)
        if wanted in seen:
            circle = " → ".join((*seen, wanted))
            problem = f"goes round in a circle: {circle}"
            raise ConfigError.at(chain[-1].origin, "extends", wanted, problem)
        seen.append(wanted)
        chain.append(document)
        wanted = document.extends
    return chain[::-1]


def _assemble(name: str, chain: Sequence[Document], overlays: Sequence[Overlay]) -> Profile:
    facts: dict[str, Fact] = {}
    meta: dict[str, Any] = {}
    for document in chain:
        facts.update(document.facts)
        meta.update(document.meta)
    for overlay in overlays:
        facts.update(flatten(overlay.tables, overlay.origin))
    profile = Profile(
        name=name,
        title=meta.get("title", name),
        summary=meta.get("summary", ""),
        documentation=tuple(meta.get("documentation", ())),
        default_client=meta.get("default_client", {}),
        default_users=tuple(meta.get("default_users", ())),
        evidence=facts,
    )
    built = replace(profile, **build_sections(facts))
    check_together(built)
    return built
