"""Request parameters as a JSON object, which some servers take in the place of a form (RFC
8259).
"""

from __future__ import annotations

import json
from typing import Any

from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.params import PLAUSIBLE_NAME, Params

_CITES = "RFC 8259"
_MOST_MEMBERS = 1000


def parse_json_params(body: bytes) -> Params:
    """The members of the object; numbers and truth values as text, null as left out.

    >>> dict(parse_json_params(b'{"grant_type": "password", "scope": null, "n": 1}'))
    {'grant_type': 'password', 'n': '1'}

    :raises OAuthError: ``invalid_request`` for a body that is no JSON object in UTF-8, or has
        objects or lists in it, a NUL character, or more than 1000 members.
    """
    try:
        pairs = json.loads(body.decode(), object_pairs_hook=_Pairs, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # no UTF-8, no JSON, too many digits or brackets
        raise _refusal("the body is not JSON in UTF-8") from None
    if not isinstance(pairs, _Pairs):
        raise _refusal(f"the body is JSON, but {_kind(pairs)} instead of an object")
    if len(pairs) > _MOST_MEMBERS:
        raise _refusal(f"the body has {len(pairs)} members, more than {_MOST_MEMBERS}")
    return Params([(name, _text(name, value)) for name, value in pairs if value is not None])


class _Pairs(list[tuple[str, Any]]):
    """An object whose members may be there twice."""


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")  # RFC 8259, 6


def _text(name: str, value: Any) -> str:
    shown = repr(name) if PLAUSIBLE_NAME.fullmatch(name) else "a member"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        raise _refusal(f"{shown} is {_kind(value)} instead of a text")
    if "\0" in value or "\0" in name:
        raise _refusal(f"{shown} has a NUL character")
    try:
        (name + value).encode()
    except UnicodeEncodeError:
        raise _refusal(f"{shown} has half of a surrogate pair") from None
    return value


def _kind(value: Any) -> str:
    if isinstance(value, _Pairs):
        return "an object"
    return "a list" if isinstance(value, list) else type(value).__name__


def _refusal(hint: str) -> OAuthError:
    return invalid_request(hint, cites=_CITES)
