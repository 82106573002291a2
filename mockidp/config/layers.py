"""One layer of settings for one profile: keywords, nested tables or both, brought to one form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any

from mockidp.config.addressing import TEXTS, base_path_problem, texts
from mockidp.config.outgoing import KEYS, check_outgoing
from mockidp.profiles.build import keywords
from mockidp.profiles.load import Overlay
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema import sections
from mockidp.records import dataclass

#: What can be set besides the facts of a profile, with the type and the meaning of each.
OPTIONS: Mapping[str, tuple[type, str]] = {
    "clients": (
        list,
        "the registered clients, in place of the profile's own; the first is `idp.client`",
    ),
    "users": (list, "the users who can log in, in place of the profile's own"),
    "auto_login": (str, "the username of whoever is signed in and consents without a page"),
    "keys": (str, "the signing keys: pool, generate, a PEM file or PEM text"),
    "borrowed": (bool, "whether tokens always carry the real provider's `iss`"),
    "tls": (bool, "whether the lane speaks https, with a certificate of a throw-away CA"),
    "tls_cert": (str, "a PEM file with a certificate of one's own, and its chain; implies tls"),
    "tls_key": (str, "a PEM file with the key of that certificate, if it is not in the same one"),
    "base_path": (
        str,
        "the path below which the provider is, such as /tenant/a; in a server its name otherwise",
    ),
    "public": (
        tuple,
        (
            "addresses at which clients see the port, such as https://idp.example:8443; tokens "
            "that are asked for there carry them in `iss`"
        ),
    ),
    "trusted_proxies": (
        tuple,
        (
            "addresses and networks of proxies whose Forwarded and X-Forwarded-* headers are "
            "believed: nobody's, unless they are named here"
        ),
    ),
    "outgoing": (
        dict,
        (
            "requests that the lane itself sends, for the keys of clients and the like: a table, "
            "see below; none are sent by default"
        ),
    ),
    "initial_access_token": (
        str,
        "the token that registers a client where registration.access = 'initial_access_token'",
    ),
    "most_clients": (int, "how many clients there may be before registrations are refused"),
    "seed": (int, "makes ids and secrets repeatable"),
    "journal_size": (int, "how many exchanges the journal keeps"),
}


_WANTED: Mapping[type, str] = MappingProxyType(
    {
        list: "a list of tables",
        dict: "a table",
        str: "text",
        bool: "true or false",
        int: "a whole number",
    }
)
#: The flat names of the keys of tables among the options, as keyword and variable use them.
FLAT_OPTIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {f"outgoing_{key}": ("outgoing", key) for key in KEYS}
)
_LONGEST_JOURNAL = 1_000_000
_MOST_CLIENTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Layer:
    """Settings from one place, for one profile."""

    origin: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Split:
    options: dict[str, Any]
    overlay: Overlay


def split(layer: Layer) -> Split:
    """A layer as options and as tables of facts.

    :raises ConfigError: for a name that is neither, naming the nearest valid one.
    """
    options: dict[str, Any] = {}
    tables: dict[str, dict[str, Any]] = {}
    flat = keywords()
    for name, value in layer.values.items():
        if name in OPTIONS:
            checked = _checked(layer.origin, name, value)
            options[name] = options.get(name, {}) | checked if name == "outgoing" else checked
        elif name in FLAT_OPTIONS:
            option, key = FLAT_OPTIONS[name]
            options.setdefault(option, {}).update(check_outgoing(layer.origin, {key: value}))
        elif name in sections():
            if not isinstance(value, Mapping):
                raise ConfigError.at(layer.origin, name, value, "must be a table")
            tables.setdefault(name, {}).update(value)
        elif name in flat:
            table, _, key = flat[name].partition(".")
            tables.setdefault(table, {})[key] = value
        else:
            raise ConfigError.unknown(layer.origin, "setting", name, _valid())
    return Split(options, Overlay(layer.origin, tables))


def _valid() -> tuple[str, ...]:
    return (*OPTIONS, *FLAT_OPTIONS, *sections(), *keywords())


def _checked(origin: str, name: str, value: Any) -> Any:
    kind, _ = OPTIONS[name]
    if name in TEXTS:
        return tuple(texts(origin, name, value))
    if kind is list and isinstance(value, tuple):
        value = list(value)
    if kind is dict and isinstance(value, Mapping):
        value = dict(value)
    is_right = type(value) is kind
    if not is_right:
        # What should have been clients or keys may hold secrets.
        is_secret = name in ("clients", "users", "keys", "initial_access_token")
        error = ConfigError.hidden if is_secret else ConfigError.at
        raise error(origin, name, value, f"must be {_WANTED[kind]}")
    if name == "journal_size" and not 1 <= value <= _LONGEST_JOURNAL:
        raise ConfigError.at(origin, name, value, f"must be from 1 to {_LONGEST_JOURNAL}")
    if name == "most_clients" and not 1 <= value <= _MOST_CLIENTS:
        raise ConfigError.at(origin, name, value, f"must be from 1 to {_MOST_CLIENTS}")
    if name == "base_path" and (problem := base_path_problem(value)):
        raise ConfigError.at(origin, name, value, problem)
    return check_outgoing(origin, value) if name == "outgoing" else value
