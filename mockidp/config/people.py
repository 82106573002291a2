"""Clients and users as a user of mockidp writes them; what is left out gets a value in the
profile's look.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from mockidp.ids import Ids
from mockidp.model.client import Client
from mockidp.model.user import User
from mockidp.oauth import names
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema import Profile

#: The users every lane starts with.
DEFAULT_USERS = (
    {
        "username": "alice",
        "password": "alice",
        "claims": {"name": "Alice Example", "email": "alice@example.com", "email_verified": True},
    },
    {
        "username": "bob",
        "password": "bob",
        "claims": {"name": "Bob Example", "email": "bob@example.com", "email_verified": True},
    },
)


def make_client(profile: Profile, ids: Ids, origin: str, written: Mapping[str, Any]) -> Client:
    """A client of this profile; ``client_id``, ``client_secret`` and attributes are made up when
    left out.

    :raises ConfigError: for unknown fields, wrong types, or scopes and grants that the provider
        does not have.
    """
    values = _fields(Client, "client", written, origin)
    look = profile.new_client
    values.setdefault("client_id", ids.make(look.id_look))
    if values.get("token_endpoint_auth_method") != "none":
        values.setdefault("client_secret", ids.make(look.secret_look))
    values.setdefault("grant_types", profile.token.grant_types)
    made_up = {name: ids.make(kind) for name, kind in look.attributes.items()}
    values["attributes"] = {**made_up, **values.get("attributes", {})}
    client = Client(**values)
    key = f"client {client.client_id!r}"
    method = client.token_endpoint_auth_method
    if method is not None and method not in names.CLIENT_AUTH_METHODS:
        raise ConfigError.at(
            origin,
            f"{key}: token_endpoint_auth_method",
            method,
            f"valid: {', '.join(names.CLIENT_AUTH_METHODS)}",
        )
    for scope in client.scope or ():
        if scope not in profile.scopes.supported:
            raise ConfigError.unknown(origin, f"scope of {key}", scope, profile.scopes.supported)
    return client


def make_user(origin: str, written: Mapping[str, Any]) -> User:
    """A user; the password is the username and ``sub`` a UUID made from it where they are left out.

    :raises ConfigError: for unknown fields or wrong types.
    """
    values = _fields(User, "user", written, origin)
    if "username" not in values:
        raise ConfigError(f"{origin}: a user needs a username")
    values.setdefault("password", values["username"])
    values.setdefault("sub", str(uuid.uuid5(uuid.NAMESPACE_URL, f"mockidp:{values['username']}")))
    return User(**values)


def _fields(kind: type, what: str, written: Mapping[str, Any], origin: str) -> dict[str, Any]:
    if not isinstance(written, Mapping):
        raise ConfigError.at(origin, what, written, "must be a table")
    known = {item.name: item for item in fields(kind)}
    values: dict[str, Any] = {}
    for name, value in written.items():
        if name not in known:
            raise ConfigError.unknown(origin, f"field of a {what}", name, known)
        values[name] = _typed(known[name].type, value, f"{what}.{name}", origin)
    return values


def _typed(hint: Any, value: Any, key: str, origin: str) -> Any:
    # The model's annotations are text; their few forms are told apart by what they begin with.
    if hint.startswith("tuple"):
        if isinstance(value, str) and key == "client.scope":
            return tuple(value.split())  # RFC 7591, 2: one string, separated by spaces
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise ConfigError.at(origin, key, value, "must be a list of texts")
        return tuple(value)
    kinds: tuple[tuple[str, Any, str], ...] = (
        ("str", str, "text"),
        ("bool", bool, "true or false"),
        ("float", int | float, "a number of seconds"),
        ("Mapping", Mapping, "a table"),
    )
    for prefix, kind, wanted in kinds:
        if hint.startswith(prefix):
            wrong_bool = isinstance(value, bool) and prefix == "float"
            if wrong_bool or not (isinstance(value, kind) or (value is None and "None" in hint)):
                raise ConfigError.at(origin, key, _hidden(key, value), f"must be {wanted}")
            if (
                prefix == "str"
                and value is not None
                and not value
                and key.endswith(("client_id", "username"))
            ):
                raise ConfigError.at(origin, key, value, "must not be empty")
    return value


def _hidden(key: str, value: Any) -> Any:
    return "…" if "secret" in key or "password" in key else value
