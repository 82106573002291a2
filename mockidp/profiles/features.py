"""Which fact of a profile switches each feature, and whether it is on: the table of features, read
beside a profile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mockidp.oauth import names
from mockidp.oauth.features import FEATURES, Feature
from mockidp.profiles import rules
from mockidp.profiles.build import leaves
from mockidp.profiles.schema import Profile

#: Lists of names with the fact that says which of them a provider has, and the member of its
#: metadata that says so to clients (RFC 8414, section 2).
_REGISTRIES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (names.GRANT_TYPES, "token.grant_types", "grant_types_supported"),
    (
        names.CLIENT_AUTH_METHODS,
        "client_auth.methods",
        "token_endpoint_auth_methods_supported",
    ),
    (names.RESPONSE_MODES, "authorize.response_modes", "response_modes_supported"),
    (
        names.CODE_CHALLENGE_METHODS,
        "authorize.code_challenge_methods",
        "code_challenge_methods_supported",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One feature as a profile has it."""

    feature: Feature
    #: Dotted path of the fact that switches it; "" when every provider has it.
    switch: str
    is_on: bool


def states(profile: Profile) -> Iterator[State]:
    """Every row of the table, in its order."""
    for feature in FEATURES:
        yield State(feature=feature, switch=switch_of(feature), is_on=is_on(profile, feature))


def is_on(profile: Profile, feature: Feature) -> bool:
    """Whether a provider has it."""
    switch = switch_of(feature)
    if not switch:
        return True
    table, _, key = switch.partition(".")
    section = getattr(profile, table)
    if section is None or (table == "authorize" and not profile.authorize.response_types):
        return False
    value = getattr(section, key)
    if feature.unless is not None:
        return bool(value != feature.unless)
    wanted = feature.value or feature.name
    if isinstance(value, tuple) and wanted in _words(switch):
        return any(wanted in item.split(" ") for item in value)
    if isinstance(value, str) and feature.value is not None:
        return value == wanted
    return bool(value)


def switch_of(feature: Feature) -> str:
    """The fact that switches it: the one that its row names, or else that of its registry."""
    if feature.switch is not None:
        return feature.switch
    for registry, path, _ in _REGISTRIES:
        if feature.name in registry:
            return path
    own = f"{feature.name}.path"
    # A path that may be empty; others every provider has.
    return own if own in _leaves() and _leaves()[own]["rule"] is rules.path_or_nothing else ""


def member_of(feature: Feature) -> str:
    """The member of the metadata that tells of it; "" where none does."""
    for registry, _, member in _REGISTRIES:
        if feature.name in registry:
            return member
    return f"{feature.name}_endpoint" if f"{feature.name}_endpoint" in names.PLACEHOLDERS else ""


def _words(switch: str) -> set[str]:
    """The choices of a list, word by word; empty for a list that is no choice of names."""
    return {word for choice in _leaves()[switch]["choices"] for word in str(choice).split(" ")}


@lru_cache(maxsize=1)
def _leaves() -> Mapping[str, Mapping[str, Any]]:
    return {path: leaf.metadata for path, _, leaf in leaves()}
