"""What a value must be besides its type: each rule gives what is wrong with it, or "".

A value that passes can be written into a header, a path or a token, so that no answer fails later.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mockidp.ids import look_problem
from mockidp.keys.segment import MAX_DEPTH
from mockidp.oauth import names

Rule = Callable[[Any], str]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# RFC 6749, appendix A.7 to A.9: what error and error_description, and what error_uri may not hold
_NO_TEXT = re.compile(r"[^\x20\x21\x23-\x5B\x5D-\x7E]")
_NO_URI = re.compile(r"[^\x21\x23-\x5B\x5D-\x7E]")
#: The keys of a case, the members of a whole body that say the same, and what neither may hold.
_SAID = (
    ("error", "error", _NO_TEXT),
    ("description", "error_description", _NO_TEXT),
    ("uri", "error_uri", _NO_URI),
)
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
    return _one_of(value, names.RESPONSE_TYPES)


def response_mode(value: str) -> str:
    return _one_of(value, names.RESPONSE_MODES)


def error_case_name(value: str) -> str:
    return _one_of(value, names.ERROR_CASES)


def limited_parameter(value: str) -> str:
    return _one_of(value, names.LIMITED_PARAMETERS)


def api_case(value: str) -> str:
    return _one_of(value, names.API_CASES)


def error_case(value: Any) -> str:
    """What a provider says in one case."""
    if not isinstance(value, dict) or not value:
        return f"must be a table with some of: {', '.join(names.CASE_KEYS)}"
    for key, said in value.items():
        if problem := _one_of(key, names.CASE_KEYS):
            return f"has the key {key!r}, which {problem}"
        if key == "status":
            if type(said) is not int or status(said):
                return "has a status that is none"
        elif key == "body":
            if not isinstance(said, dict):
                return "has a body that is no table"
        elif not isinstance(said, str):
            return f"has {key} that is no text"
    return ""


def error_texts(case: Mapping[str, Any]) -> str:
    """The characters of what is said in one case (RFC 6749, 4.1.2.1 and 5.2)."""
    body = case.get("body", {})
    for key, member, forbidden in _SAID:
        for text in (case.get(key, ""), body.get(member, "")):
            if isinstance(text, str) and (foreign := forbidden.search(text)):
                return (
                    f"has {key} with U+{ord(foreign[0]):04X}, which it may not hold (RFC 6749, "
                    "5.2) unless a provider is known to send it: give it as { is = …, recorded = "
                    "'where' }, or documented, observed or inferred"
                )
    return ""


def table(value: Any) -> str:
    return "" if isinstance(value, dict) else "must be a table"


def call(value: str) -> str:
    """A call of the provider's API, whose path may have ``:name`` in the place of a segment."""
    is_call = _CALL.fullmatch(value) is not None
    return "" if is_call else "must be a method and a path, as in GET /teams/:team/user"


def resource(value: Any) -> str:
    """An answer of the provider's API."""
    if not isinstance(value, dict) or not isinstance(value.get("body"), dict):
        return "must be a table with a table `body`"
    for key, said in value.items():
        if key not in _RESOURCE_KEYS:
            return f"has the key {key!r}; valid: {', '.join(_RESOURCE_KEYS)}"
        if problem := _RESOURCE_KEYS[key](said):
            return f"has `{key}` that {problem}"
    for members in value.get("hidden", {}).values():
        for member in members:
            if not _has_member(value["body"], member):
                return f"hides {member!r}, which is no member of its body"
    return ""


def _texts(value: Any) -> str:
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return ""
    return "is no list of texts"


def _calls(value: Any) -> str:
    if problem := _texts(value):
        return problem
    return next((f"has {item!r}, which {problem}" for item in value if (problem := call(item))), "")


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else "is no text"


def _table_of(rule: Rule) -> Rule:
    def check(value: Any) -> str:
        if not isinstance(value, dict):
            return "is no table"
        return next(filter(None, map(rule, value.values())), "")

    return check


def _userless(value: Any) -> str:
    return _text(value) or _one_of(value, names.API_CASES)


def _has_member(body: Any, dotted: str) -> bool:
    for name in dotted.split("."):
        if not isinstance(body, dict) or name not in body:
            return False
        body = body[name]
    return True


_RESOURCE_KEYS: Mapping[str, Rule] = MappingProxyType(
    {
        "also": _calls,
        "body": table,
        "scope": _text,
        "hidden": _table_of(_texts),
        "public": _table_of(_text),
        "userless": _userless,
    }
)


def of_text(rule: Rule, value: object) -> str:
    """A rule for texts, where the type of the value is not known yet."""
    return rule(value) if isinstance(value, str) else "must be text"


def _one_of(value: str, known: tuple[str, ...]) -> str:
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
