"""The members of a client's metadata: which there are, of what type and how large (OpenID Connect
Dynamic Client Registration 1.0, section 2; RFC 7591, section 2; each extension where it is named).

What is not named here is ignored and not kept (RFC 7591, 2): also `software_statement`, whose
claims nobody here could verify (2.3), and what only the provider's own people decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any

from mockidp.flows.registration.refusal import bad_metadata, bad_redirect_uri, shown
from mockidp.keys import segment
from mockidp.model.client import Client
from mockidp.oauth.errors import OAuthError
from mockidp.records import dataclass

#: Bytes of a registration, characters of a text, entries of a list. What is kept stays small,
#: however many register.
MAX_METADATA = 64 * 1024
_LONGEST_TEXT = 2000
_MOST_ENTRIES = 100
_LONGEST_TIME = 10**10

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
#: A language tag (RFC 5646, 2.1), by its letters.
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")

#: The model's value of a member; a ValueError says what is wrong with it, as "must be …".
Form = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a client says of itself, each member of the type it must have."""

    values: Mapping[str, Any] = field(repr=False)
    #: Names of members that are passed over.
    ignored: tuple[str, ...] = ()


def parse_metadata(body: bytes) -> dict[str, Any]:
    """The JSON object of a registration.

    :raises OAuthError: ``invalid_client_metadata`` for anything else, and for what is too large.
    """
    if len(body) > MAX_METADATA:
        raise bad_metadata(f"the metadata has {len(body)} bytes, more than {MAX_METADATA}")
    try:
        return segment.parse_object(body)
    except ValueError as problem:
        raise bad_metadata(f"the body {problem}", cites="RFC 7591, 3.1; RFC 8259") from None


def read_metadata(members: Mapping[str, Any]) -> Metadata:
    """The members that mean something here; null and empty ones count as left out (RFC 7592, 2.2).

    :raises OAuthError: ``invalid_client_metadata`` or ``invalid_redirect_uri``.
    """
    values: dict[str, Any] = {}
    localized: dict[str, str] = {}
    ignored: list[str] = []
    for name, value in members.items():
        base, hash_mark, tag = name.partition("#")
        if value is None or value == "":
            continue
        if hash_mark and base in _FOR_PEOPLE and _TAG.fullmatch(tag):
            localized[name] = _read(name, _FOR_PEOPLE[base], value)
        elif name in MEMBERS:
            values[name] = _read(name, MEMBERS[name], value)
        elif name in _UNSERVED and value is not False:
            hint = f"{name} is {shown(value)}, and this provider {_UNSERVED[name]}"
            raise bad_metadata(hint)
        else:
            ignored.append(name)
    if len(localized) > _MOST_ENTRIES:
        raise bad_metadata(f"more than {_MOST_ENTRIES} members are in other languages")
    if localized:
        values["localized"] = localized
    return Metadata(values=values, ignored=tuple(ignored))


def written(client: Client) -> dict[str, Any]:
    """The metadata of a client as they are told to it, defaults included (RFC 7591, 3.2.1)."""
    members: dict[str, Any] = {}
    for name in MEMBERS:
        value = getattr(client, name)
        if name == "scope":
            value = None if value is None else " ".join(value)
        elif isinstance(value, tuple):
            value = list(value) if value or name in _ALWAYS else None
        elif isinstance(value, Mapping):
            value = dict(value)
        if value is not None and value is not False and value != "":
            members[name] = value
    return members | dict(client.localized)


def _read(name: str, form: Form, value: Any) -> Any:
    try:
        return form(value)
    except ValueError as problem:
        raise _error(name)(f"{name} {problem}") from None


def _error(name: str) -> Callable[[str], OAuthError]:
    return bad_redirect_uri if name == "redirect_uris" else bad_metadata


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {shown(value)}")
    if len(value) > _LONGEST_TEXT:
        raise ValueError(f"has {len(value)} characters, more than {_LONGEST_TEXT}")
    if _CONTROL.search(value):
        raise ValueError("has a control character")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"must be a list of texts, not {shown(value)}")
    if len(value) > _MOST_ENTRIES:
        raise ValueError(f"has {len(value)} entries, more than {_MOST_ENTRIES}")
    return tuple(dict.fromkeys(map(_text, value)))


def _words(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_text(value).split(" ")))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {shown(value)}")
    return value


def _seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LONGEST_TIME:
        raise ValueError(f"must be a whole number of seconds, not {shown(value)}")
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"must be an object, not {shown(value)}")
    return value


#: Shown to people; may also come in other languages (RFC 7591, 2.2).
_FOR_PEOPLE: Mapping[str, Form] = MappingProxyType(
    {
        "client_name": _text,
        "client_uri": _text,
        "logo_uri": _text,
        "policy_uri": _text,
        "tos_uri": _text,
    }
)

#: All members, in the order of the answer. The names are those of the model.
MEMBERS: Mapping[str, Form] = MappingProxyType(
    {
        **_FOR_PEOPLE,
        "contacts": _texts,
        "application_type": _text,
        "redirect_uris": _texts,
        "response_types": _texts,
        "grant_types": _texts,
        "scope": _words,
        "token_endpoint_auth_method": _text,
        "token_endpoint_auth_signing_alg": _text,
        "jwks_uri": _text,
        "jwks": _object,
        "subject_type": _text,
        "sector_identifier_uri": _text,
        "id_token_signed_response_alg": _text,
        "userinfo_signed_response_alg": _text,
        "request_object_signing_alg": _text,
        "request_uris": _texts,
        "default_max_age": _seconds,
        "require_auth_time": _flag,
        "default_acr_values": _texts,
        "initiate_login_uri": _text,
        # OpenID Connect RP-Initiated, Front-Channel and Back-Channel Logout 1.0
        "post_logout_redirect_uris": _texts,
        "frontchannel_logout_uri": _text,
        "frontchannel_logout_session_required": _flag,
        "backchannel_logout_uri": _text,
        "backchannel_logout_session_required": _flag,
        # RFC 9126, 6; RFC 9449, 5.2
        "require_pushed_authorization_requests": _flag,
        "dpop_bound_access_tokens": _flag,
    }
)
#: Told even when empty: left out they would mean something else.
_ALWAYS = ("response_types", "grant_types")

_ENCRYPTION = "encrypts and decrypts nothing"
#: What a client may not be left believing it has, although RFC 7591, 2 lets it be ignored.
_UNSERVED: Mapping[str, str] = MappingProxyType(
    {
        "id_token_encrypted_response_alg": _ENCRYPTION,
        "id_token_encrypted_response_enc": _ENCRYPTION,
        "userinfo_encrypted_response_alg": _ENCRYPTION,
        "userinfo_encrypted_response_enc": _ENCRYPTION,
        "request_object_encryption_alg": _ENCRYPTION,
        "request_object_encryption_enc": _ENCRYPTION,
        "require_signed_request_object": "does not insist on signed request objects",
        "tls_client_certificate_bound_access_tokens": "binds no tokens to certificates",
    }
)
