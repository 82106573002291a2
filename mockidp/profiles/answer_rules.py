"""What the tables must be in which a profile writes its answers: what it says when it refuses, and
the resources of its API. Each rule gives what is wrong, or "".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mockidp.oauth import names
from mockidp.profiles.rules import Rule, call, one_of, status, table

# RFC 6749, appendix A.7 to A.9: what error and error_description, and what error_uri may not hold
_NO_TEXT = re.compile(r"[^\x20\x21\x23-\x5B\x5D-\x7E]")
_NO_URI = re.compile(r"[^\x21\x23-\x5B\x5D-\x7E]")
#: The keys of a case, the members of a whole body that say the same, and what neither may hold.
_SAID = (
    ("error", "error", _NO_TEXT),
    ("description", "error_description", _NO_TEXT),
    ("uri", "error_uri", _NO_URI),
)


def error_case(value: Any) -> str:
    """What a provider says in one case."""
    if not isinstance(value, dict) or not value:
        return f"must be a table with some of: {', '.join(names.CASE_KEYS)}"
    for key, said in value.items():
        if problem := one_of(key, names.CASE_KEYS):
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
    return _text(value) or one_of(value, names.API_CASES)


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
