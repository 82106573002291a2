"""The settings of one lane: a profile with everything laid over it, ready to build a lane from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from mockidp.config.environ import environ_layers
from mockidp.config.file import ConfigFile
from mockidp.config.layers import Layer, Split, split
from mockidp.config.outgoing import Outgoing
from mockidp.config.people import default_client, default_users, make_client, make_user
from mockidp.ids import Ids
from mockidp.model.client import Client
from mockidp.model.user import User
from mockidp.profiles.load import load_profile
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema import Profile
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a lane is built from."""

    profile: Profile
    clients: tuple[Client, ...]
    users: tuple[User, ...]
    keys: str = "pool"
    auto_login: str | None = None
    borrowed: bool = False
    tls: bool = False
    tls_cert: str | None = None
    tls_key: str | None = None
    base_path: str = ""
    public: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    outgoing: Outgoing = field(default_factory=Outgoing)
    initial_access_token: str | None = None
    most_clients: int = 1000
    seed: int | None = None
    journal_size: int = 1000
    #: Which place said it, for the options that somebody has set.
    origins: Mapping[str, str] = field(default_factory=dict)
    #: All places that said anything, the last one winning.
    places: tuple[str, ...] = ()

    def origin(self, option: str) -> str:
        """Where an option is from, for an error about it."""
        return self.origins.get(option, self.profile.name)


def resolve(
    profile: str,
    *,
    file: ConfigFile | None = None,
    environ: Mapping[str, str] | None = None,
    layers: Sequence[Layer] = (),
) -> Settings:
    """Lay the places over each other: profile < file < environment < ``layers``, the last one
    winning.

    :raises ConfigError: naming the place, the key, the value and the valid choices.
    """
    file = file or ConfigFile()
    places = [
        *file.layers_of(profile),
        *environ_layers(environ or {}, profile, file.profiles),
        *layers,
    ]
    parts = [split(layer) for layer in places if layer.values]
    overlays = [part.overlay for part in parts if part.overlay.tables]
    loaded = load_profile(profile, overlays=overlays, own=file.own)
    options, origins = _merged(parts)
    _check_options(loaded, options, origins)
    clients, users = options.pop("clients", None), options.pop("users", None)
    return Settings(
        profile=loaded,
        users=_users(loaded, users, options.get("auto_login"), origins),
        clients=_clients(loaded, clients, Ids(options.get("seed")), origins),
        tls=options.pop("tls", False) or "tls_cert" in options,
        outgoing=Outgoing(**options.pop("outgoing", {})),
        origins=origins,
        places=tuple(dict.fromkeys(part.overlay.origin for part in parts)),
        **options,
    )


def _merged(parts: Sequence[Split]) -> tuple[dict[str, Any], dict[str, str]]:
    """The options of all places, and which one has said each; of `outgoing` each key by itself."""
    options: dict[str, Any] = {}
    origins: dict[str, str] = {}
    outgoing: dict[str, Any] = {}
    for part in parts:
        outgoing |= part.options.get("outgoing", {})
        options |= part.options
        origins |= dict.fromkeys(part.options, part.overlay.origin)
    return options | ({"outgoing": outgoing} if outgoing else {}), origins


def _check_options(
    profile: Profile, options: Mapping[str, Any], origins: Mapping[str, str]
) -> None:
    """What is of no use without something else."""
    if options.get("borrowed") and not profile.routing.issuer:
        problem = "there is nothing to borrow: the profile has no routing.issuer"
        raise ConfigError.at(origins["borrowed"], "borrowed", True, problem)
    if "tls_key" in options and "tls_cert" not in options:
        raise ConfigError(f"{origins['tls_key']}: tls_key is of no use without tls_cert")


def _users(
    profile: Profile,
    written: Sequence[Any] | None,
    auto_login: str | None,
    origins: Mapping[str, str],
) -> tuple[User, ...]:
    """Those that are written, or the profile's own; ``auto_login`` is one of them."""
    users = (
        default_users(profile)
        if written is None
        else tuple(make_user(origins["users"], user) for user in written)
    )
    if auto_login is not None and auto_login not in (names := [u.username for u in users]):
        raise ConfigError.unknown(origins["auto_login"], "user in auto_login", auto_login, names)
    return users


def _clients(
    profile: Profile, written: Sequence[Any] | None, ids: Ids, origins: Mapping[str, str]
) -> tuple[Client, ...]:
    """Those that are written, or the profile's own."""
    if written is None:
        return (default_client(profile, ids),)
    return tuple(make_client(profile, ids, origins["clients"], client) for client in written)
