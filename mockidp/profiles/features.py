"""Which features a provider has: the table of features, read beside a profile and the one setting
of a lane that switches some of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from mockidp.oauth import names
from mockidp.oauth.features import FEATURES, OUTGOING, Feature
from mockidp.profiles import rules
from mockidp.profiles.build import leaves
from mockidp.profiles.schema import Profile
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True)
class _Registry:
    """Names of which a provider has some, each of them a feature."""

    names: tuple[str, ...]
    #: The fact that says which.
    switch: str
    #: The member of the metadata that says so to clients (RFC 8414, section 2).
    member: str
    #: What each of them needs.
    needs: tuple[str, ...] = ()


_REGISTRIES = (
    _Registry(names.GRANT_TYPES, "token.grant_types", "grant_types_supported"),
    _Registry(
        names.CLIENT_AUTH_METHODS,
        "client_auth.methods",
        "token_endpoint_auth_methods_supported",
    ),
    _Registry(
        names.RESPONSE_MODES,
        "authorize.response_modes",
        "response_modes_supported",
        needs=("authorize",),
    ),
    _Registry(
        names.CODE_CHALLENGE_METHODS,
        "authorize.code_challenge_methods",
        "code_challenge_methods_supported",
        needs=("code",),
    ),
)
#: The feature that answers each word of a response type.
_OF_WORD: Mapping[str, str] = {"code": "code", "token": "implicit", "id_token": "id_token"}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One feature as a provider has it."""

    feature: Feature
    #: Dotted paths of the facts or the setting that switch it; none where only others do.
    switches: tuple[str, ...]
    #: What it needs besides, in words; "" for nothing.
    needs: str
    is_on: bool


def states(profile: Profile, *, outgoing: bool = False) -> Iterator[State]:
    """Every row of the table, in its order; ``outgoing`` is the setting ``outgoing.allowed``."""
    on = features_on(profile, outgoing=outgoing)
    for feature in FEATURES:
        yield State(
            feature=feature,
            switches=tuple(filter(None, (switch_of(feature), feature.also, feature.counts))),
            needs=_in_words(feature),
            is_on=feature.name in on,
        )


@lru_cache(maxsize=128)
def features_on(profile: Profile, *, outgoing: bool = False) -> frozenset[str]:
    """Names of the features that are switched on and have what they need."""
    on = {row.name for row in FEATURES if _is_switched_on(profile, row, outgoing=outgoing)}
    # What is off takes others with it. Two that need each other are on together, or not at all.
    while off := {row.name for row in FEATURES if not _has_needs(profile, row, on)} & on:
        on -= off
    return frozenset(on)


def _in_words(feature: Feature) -> str:
    any_of = " or ".join(feature.needs_one)
    return ", ".join(filter(None, (*needs_of(feature), any_of)))


def _has_needs(profile: Profile, feature: Feature, on: set[str]) -> bool:
    one_of = set(feature.needs_one)
    if feature.counts:
        one_of &= set(_value(profile, feature.counts) or ())
    return on.issuperset(needs_of(feature)) and (not feature.needs_one or not on.isdisjoint(one_of))


def _is_switched_on(profile: Profile, feature: Feature, *, outgoing: bool) -> bool:
    switch = switch_of(feature)
    if switch == OUTGOING:
        return outgoing
    if feature.also_one:
        named = _value(profile, feature.also)
        has_one = named is None or not set(feature.also_one).isdisjoint(named)
        return has_one and _holds(profile, switch, feature)
    return all(_holds(profile, path, feature) for path in (switch, feature.also) if path)


def _holds(profile: Profile, path: str, feature: Feature) -> bool:
    value = _value(profile, path)
    if value is None:
        return False
    if feature.unless is not None:
        return bool(value != feature.unless)
    wanted = feature.value or feature.name
    if wanted == "*" or path.endswith(".path"):
        return bool(value)
    if isinstance(value, Mapping):
        return value.get(wanted) not in (None, "{absent}")
    if isinstance(value, tuple):
        return any(wanted in item.split(" ") for item in value)
    return bool(value == wanted)


def _value(profile: Profile, path: str) -> Any:
    """What the fact says; None where the provider has nothing of the kind."""
    table, _, key = path.partition(".")
    section = getattr(profile, table)
    return None if section is None else getattr(section, key)


def switch_of(feature: Feature) -> str:
    """The fact that switches it: the one that its row names, or else that of its registry or its
    endpoint; "" where only others switch it.
    """
    if feature.switch:
        return feature.switch
    for registry in _REGISTRIES:
        if feature.name in registry.names:
            return registry.switch
    own = f"{feature.name}.path"
    # A path that may be empty; others every provider has.
    return own if own in _leaves() and _leaves()[own]["rule"] is rules.path_or_nothing else ""


def needs_of(feature: Feature) -> tuple[str, ...]:
    """The features without which it is nothing."""
    of_registry = (r.needs for r in _REGISTRIES if feature.name in r.names)
    return (*feature.needs, *(name for needs in of_registry for name in needs))


def lists_of(profile: Profile) -> Mapping[str, list[str]]:
    """The members of the metadata that name features, such as ``grant_types_supported``, each in
    the order of its fact.
    """
    on = features_on(profile)
    found: dict[str, list[str]] = {}
    for registry in _REGISTRIES:
        table, _, key = registry.switch.partition(".")
        has = getattr(getattr(profile, table), key)
        found[registry.member] = [name for name in has if name in on]
    return found


@lru_cache(maxsize=128)
def response_types_of(profile: Profile) -> tuple[str, ...]:
    """Those that the authorization endpoint answers (RFC 6749, 3.1.1)."""
    on = features_on(profile)
    return tuple(
        kind
        for kind in profile.authorize.response_types
        if all(_OF_WORD[word] in on for word in kind.split(" "))
    )


@lru_cache(maxsize=1)
def _leaves() -> Mapping[str, Mapping[str, Any]]:
    return {path: leaf.metadata for path, _, leaf in leaves()}
