"""What a value must be besides its type: each rule gives what is wrong with it, or "".

A value that passes can be written into a header, a path or a token, so that no answer fails later.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from mockidp.ids import look_problem
from mockidp.keys.segment import MAX_DEPTH
from mockidp.oauth import names

Rule = Callable[[Any], str]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CALL = re.compile(r"[A-Z]+ /[^\s?#]*")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_DOT_SEGMENT = re.compile(r"/(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)
#: Fields that say where a message ends, and what else concerns one connection alone (RFC 9110,
#: 7.6.1 and 8.6): the server writes them itself.
_FRAMING = (
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
)


def status(value: int) -> str:
    """An answer that ends the exchange (RFC 9110, 15)."""
    return "" if 200 <= value <= 599 else "must be a status from 200 to 599"


def amount(value: float) -> str:
    """A number of things or of seconds."""
    if value < 0:
        return "must not be negative"
    # False for nan as well. Past this many seconds no calendar goes.
    return "" if value <= 1e12 else "must be a number up to 1e12"


def positive(value: float) -> str:
    """Seconds that something lasts which is of no use when it ends at once."""
    return "" if value > 0 else "must be more than 0"


def two_minutes(value: float) -> str:
    """The life of a logout token (OpenID Connect Back-Channel Logout 1.0, 4)."""
    return "" if 0 < value <= 120 else "must be more than 0 and at most 120"


def each_once(values: Sequence[Any]) -> str:
    """A list that stands for a set, or for an order of different things."""
    if len(set(values)) == len(values):
        return ""
    twice = next(value for value, times in Counter(values).items() if times > 1)
    return f"has {twice!r} more than once"


def path(value: str) -> str:
    """An absolute path (RFC 3986, 3.3)."""
    if not value.startswith("/"):
        return "must begin with a slash"
    if re.search(r"[?#\s]", value):
        return "must have no query, fragment or space"
    if _DOT_SEGMENT.search(value):
        return "must have no segment . or .., which clients take out (RFC 3986, 5.2.4)"
    return "" if _is_unicode(value) else "must be Unicode text"


def path_or_nothing(value: str) -> str:
    """An absolute path, or "" for none."""
    return path(value) if value else ""


def host_and_prefix(value: str) -> str:
    """A host name, a slash, and the path prefix if there is one."""
    host = value.partition("/")[0]
    return "" if host and ":/" not in value else "must be as in idp.example/ or idp.example/v1"


def header_text(value: str) -> str:
    """The value of a header field (RFC 9110, 5.5)."""
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return "must be Latin-1 text, because it is sent in a header"
    return "" if value.isprintable() else "must have no control characters: it is sent in a header"


def header_name(value: str) -> str:
    """The name of a header field (RFC 9110, 5.1)."""
    return "" if _TOKEN.fullmatch(value) else "is not the name of a header"


def sent_header(value: str) -> str:
    """The name of a header field that an answer may have besides those that the server writes."""
    if value.lower() in _FRAMING:
        return "is a header that the server writes itself, as the answer is sent"
    return header_name(value)


def scope(value: str) -> str:
    """A scope (RFC 6749, 3.3): the parameter has several of them, separated by spaces."""
    if _SCOPE.fullmatch(value):
        return ""
    return "must be one scope: visible ASCII without space, quote and backslash (RFC 6749, 3.3)"


def told_seconds(value: float) -> str:
    """Seconds that clients are told, as a whole number."""
    return "must be at least 1, or 0: it is told in whole seconds" if 0 < value < 1 else ""


def look(value: str) -> str:
    """A look of ids and secrets."""
    return look_problem(value)


def token_format(value: str) -> str:
    """``jwt``, or the look of an opaque token."""
    return "" if value == "jwt" or not look_problem(value) else f"is not jwt and {look(value)}"


def audience(value: str) -> str:
    """Who a token must be for: a text, with two names in braces for addresses of the provider."""
    left = value.replace("{issuer}", "").replace("{resource}", "")
    is_known = value and "{" not in left and "}" not in left
    return "" if is_known else "must be text, in braces nothing but {issuer} or {resource}"


def response_type(value: str) -> str:
    return one_of(value, names.RESPONSE_TYPES)


def response_mode(value: str) -> str:
    return one_of(value, names.RESPONSE_MODES)


def error_case_name(value: str) -> str:
    return one_of(value, names.ERROR_CASES)


def limited_parameter(value: str) -> str:
    return one_of(value, names.LIMITED_PARAMETERS)


def api_case(value: str) -> str:
    return one_of(value, names.API_CASES)


def table(value: Any) -> str:
    return "" if isinstance(value, dict) else "must be a table"


def call(value: str) -> str:
    """A call of the provider's API, whose path may have ``:name`` in the place of a segment."""
    is_call = _CALL.fullmatch(value) is not None
    return "" if is_call else "must be a method and a path, as in GET /teams/:team/user"


def of_text(rule: Rule, value: object) -> str:
    """A rule for texts, where the type of the value is not known yet."""
    return rule(value) if isinstance(value, str) else "must be text"


def one_of(value: str, known: tuple[str, ...]) -> str:
    """A word of a registry."""
    return "" if value in known else f"is not one of: {', '.join(known)}"


def json(value: Any, depth: int = 2) -> str:
    """A claim: something that can stand in the object that a token holds (RFC 8259)."""
    if isinstance(value, dict | list | tuple):
        if depth > MAX_DEPTH:
            return f"must not be nested more than {MAX_DEPTH - 1} deep"
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        if isinstance(value, dict) and not all(isinstance(name, str) for name in value):
            return "must have texts as names of members"
        return next(filter(None, (json(item, depth + 1) for item in inner)), "")
    if isinstance(value, str):
        return "" if _is_unicode(value) else "must be Unicode text"
    if isinstance(value, float):
        return "" if math.isfinite(value) else "must be a finite number"
    if isinstance(value, int):
        # A thousand bits are past every number that means something, and can still be written.
        return "" if value.bit_length() <= 1024 else "is too large a number"
    return "" if value is None else f"must be JSON, which has no {type(value).__name__}"


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
