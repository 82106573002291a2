"""Clients and users as a user of mockidp writes them; what is left out gets a value in the
profile's look.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import fields
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from mockidp.ids import Ids
from mockidp.model.client import Client
from mockidp.model.user import User
from mockidp.oauth import names
from mockidp.oauth.uris import host_of, origin_of, redirect_uri_problem
from mockidp.profiles import rules
from mockidp.profiles.features import lists_of, response_types_of
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema import Profile

#: The users a lane starts with whose profile names none, with every claim of OpenID Connect Core
#: 1.0, 5.1.
DEFAULT_USERS = (
    {
        "username": "alice",
        "password": "alice",
        "claims": {
            "name": "Alice Example",
            "given_name": "Alice",
            "family_name": "Example",
            "middle_name": "Anna",
            "nickname": "Ally",
            "preferred_username": "alice",
            "profile": "https://example.com/alice",
            "picture": "https://example.com/alice.png",
            "website": "https://alice.example.com",
            "gender": "female",
            "birthdate": "1990-01-31",
            "zoneinfo": "Europe/Paris",
            "locale": "en-GB",
            "updated_at": 1577836800,
            "email": "alice@example.com",
            "email_verified": True,
            "address": {
                "formatted": "1 Example Street\nExampleton 12345\nUtopia",
                "street_address": "1 Example Street",
                "locality": "Exampleton",
                "region": "Example County",
                "postal_code": "12345",
                "country": "Utopia",
            },
            "phone_number": "+1 555 555 0100",
            "phone_number_verified": True,
        },
    },
    {
        "username": "bob",
        "password": "bob",
        "claims": {
            "name": "Bob Example",
            "given_name": "Bob",
            "family_name": "Example",
            "middle_name": "Benjamin",
            "nickname": "Bobby",
            "preferred_username": "bob",
            "profile": "https://example.com/bob",
            "picture": "https://example.com/bob.png",
            "website": "https://bob.example.com",
            "gender": "male",
            "birthdate": "0000-12-24",
            "zoneinfo": "America/New_York",
            "locale": "en-US",
            "updated_at": 1577836800,
            "email": "bob@example.com",
            "email_verified": True,
            "address": {
                "formatted": "2 Sample Road\nSampleville 54321\nUtopia",
                "street_address": "2 Sample Road",
                "locality": "Sampleville",
                "region": "Sample County",
                "postal_code": "54321",
                "country": "Utopia",
            },
            "phone_number": "+1 555 555 0101",
            "phone_number_verified": False,
        },
    },
)


@lru_cache(maxsize=64)
def default_users(profile: Profile) -> tuple[User, ...]:
    """The users that a profile comes with."""
    return tuple(
        make_user(profile.name, written) for written in profile.default_users or DEFAULT_USERS
    )


def make_client(profile: Profile, ids: Ids, origin: str, written: Mapping[str, Any]) -> Client:
    """A client of this profile; ``client_id``, ``client_secret`` and attributes are made up when
    left out.

    :raises ConfigError: for unknown fields, wrong types, or scopes and grants that the provider
        does not have.
    """
    client = _completed(profile, ids, client_fields(profile, written, origin))
    check_sector(client, origin)
    return client


def default_client(profile: Profile, ids: Ids) -> Client:
    """The client that a profile comes with."""
    return _completed(profile, ids, dict(_default_fields(profile)))


@lru_cache(maxsize=64)
def _default_fields(profile: Profile) -> Mapping[str, Any]:
    return client_fields(profile, profile.default_client, profile.name)


def _completed(profile: Profile, ids: Ids, values: dict[str, Any]) -> Client:
    look = profile.new_client
    if "client_id" not in values:
        values["client_id"] = ids.make(look.id_look)
    method = values.get("token_endpoint_auth_method")
    if "client_secret" not in values and method not in _SECRETLESS:
        values["client_secret"] = ids.make(look.secret_look)
    values.setdefault("grant_types", grant_types_of(profile))
    given = dict(values.get("attributes", {}))
    # In the order of the profile, which is that of the claims; the client's further ones follow.
    own = {n: given[n] if n in given else ids.make(kind) for n, kind in look.attributes.items()}
    values["attributes"] = own | given
    return Client(**values)


@lru_cache(maxsize=64)
def grant_types_of(profile: Profile) -> tuple[str, ...]:
    """All that a client of this provider may be registered for (RFC 7591, section 2)."""
    words = {word for served in response_types_of(profile) for word in served.split(" ")}
    implicit = ("implicit",) if words & {"token", "id_token"} else ()
    return (*lists_of(profile)["grant_types_supported"], *implicit)


def client_fields(profile: Profile, written: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Fields of a client as they are written, each checked and in the type of the model.

    :raises ConfigError: as ``make_client``.
    """
    values = _fields(Client, "client", written, origin)
    known = {
        "scope": profile.scopes.supported,
        "grant_types": (*profile.token.grant_types, *names.REGISTERED_GRANT_TYPES),
    }
    for field, valid in known.items():
        for name in values.get(field) or ():
            if name not in valid:
                raise ConfigError.unknown(origin, f"name in client.{field}", name, valid)
    lifetime = values.get("access_token_lifetime")
    if lifetime is not None and (problem := rules.told_seconds(lifetime)):
        raise ConfigError.at(origin, "client.access_token_lifetime", lifetime, problem)
    _check_addresses(origin, values)
    _check_keys(origin, values)
    _check_offered(profile, origin, values)
    method = values.get("token_endpoint_auth_method")
    methods = lists_of(profile)["token_endpoint_auth_methods_supported"]
    if method is not None and method not in methods:
        wanted = f"this provider takes: {', '.join(methods)}"
        raise ConfigError.at(origin, "client.token_endpoint_auth_method", method, wanted)
    return values


def _check_addresses(origin: str, values: Mapping[str, Any]) -> None:
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in values.get(name, ()):
            if problem := redirect_uri_problem(uri):
                raise ConfigError.at(origin, f"client.{name}", uri, problem)
    for name in ("frontchannel_logout_uri", "backchannel_logout_uri"):
        uri = values.get(name)
        if uri is None:
            continue
        if problem := redirect_uri_problem(uri) or ("" if origin_of(uri) else "is not of the web"):
            raise ConfigError.at(origin, f"client.{name}", uri, problem)


def _check_keys(origin: str, values: Mapping[str, Any]) -> None:
    jwks = values.get("jwks")
    if jwks is None:
        return
    from mockidp.keys.foreign import check_jwks  # few clients have keys

    try:
        check_jwks(jwks)
    except ValueError as problem:
        # Not shown: whoever has sent a private key by mistake need not read it here too.
        raise ConfigError.hidden(origin, "client.jwks", jwks, str(problem)) from None


def _check_offered(profile: Profile, origin: str, values: Mapping[str, Any]) -> None:
    """Algorithms, and the kind of subjects."""
    id_token_algs = dict.fromkeys((profile.id_token.alg, *profile.signing.id_token))
    known: dict[str, tuple[Collection[str], str]] = {
        "id_token_signed_response_alg": (id_token_algs, "signing.id_token"),
        "userinfo_signed_response_alg": (profile.signing.userinfo, "signing.userinfo"),
        "subject_type": (profile.authentication.subject_types, "authentication.subject_types"),
    }
    for name, (offered, fact) in known.items():
        value = values.get(name)
        if value is not None and value not in offered:
            wanted = f"this provider offers: {', '.join(offered) or 'none'} ({fact})"
            raise ConfigError.at(origin, f"client.{name}", value, wanted)


def check_sector(client: Client, origin: str) -> None:
    """:raises ConfigError: where nobody knows which clients share subjects with this one (OpenID
    Connect Core 1.0, 8.1).
    """
    has_sector = len({*map(host_of, client.redirect_uris)}) <= 1
    has_sector = has_sector or bool(client.sector_identifier_uri)
    if client.subject_type == "pairwise" and not has_sector:
        wanted = "needs sector_identifier_uri, as the redirect_uris are on several hosts"
        raise ConfigError.at(origin, "client.subject_type", "pairwise", wanted)


def make_user(origin: str, written: Mapping[str, Any]) -> User:
    """A user; the password is the username and ``sub`` a UUID made from it where they are left
    out.

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
        raise ConfigError.hidden(origin, what, written, "must be a table")
    known = {item.name: item for item in fields(kind)}
    values: dict[str, Any] = {}
    for name, value in written.items():
        if name not in known:
            raise ConfigError.unknown(origin, f"field of a {what}", name, known)
        values[name] = _typed(str(known[name].type), value, f"{what}.{name}", origin)
    return values


def _typed(hint: str, value: Any, key: str, origin: str) -> Any:
    form = hint.removesuffix(" | None")
    if value is None and form != hint:
        return None
    if form == "tuple[str, ...]":
        return _texts(value, key, origin)
    kind, wanted, rule = _FORMS[form]
    is_secret = key.endswith(("client_secret", "password"))
    error = ConfigError.hidden if is_secret else ConfigError.at
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise error(origin, key, value, f"must be {wanted}")
    if isinstance(value, Mapping):
        value = dict(value)
    problem = rule(value) or ("" if value or key not in _NOT_EMPTY else "must not be empty")
    if problem:
        raise error(origin, key, value, problem)
    return value


def _texts(value: Any, key: str, origin: str) -> tuple[str, ...]:
    if isinstance(value, str) and key == "client.scope":
        return tuple(value.split())  # RFC 7591, 2: one string, separated by spaces
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise ConfigError.at(origin, key, value, "must be a list of texts")
    return tuple(value)


#: The forms that the model's annotations have: the type to be written, in words, and its rule.
_FORMS: Mapping[str, tuple[Any, str, rules.Rule]] = MappingProxyType(
    {
        "str": (str, "text", rules.json),
        "bool": (bool, "true or false", rules.json),
        "float": (int | float, "a number of seconds", rules.amount),
        "Mapping[str, object]": (Mapping, "a table", lambda table: rules.json(table, depth=1)),
    }
)
#: Methods of clients that have no secret.
_SECRETLESS = ("none", "private_key_jwt")
_NOT_EMPTY = ("client.client_id", "user.username", "user.sub")
