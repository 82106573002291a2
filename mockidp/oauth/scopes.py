"""The scope parameter: reading, writing and refusing what is unknown (RFC 6749, section 3.3)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches

from mockidp.oauth.errors import invalid_scope

# RFC 6749, 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ); the space separates tokens.
_FOREIGN = re.compile(r"[^ \x21\x23-\x5B\x5D-\x7E]")

#: A hint names no more scopes than this, and no more of a scope than so many characters.
_MOST_NAMED = 5
_LONGEST_NAMED = 64

_NOT_COMMAS = "scopes are separated by spaces, not by commas"


def parse_scope(text: str) -> tuple[str, ...]:
    """The scopes of a request in their order, each once; extra spaces are ignored.

    Raises `invalid_scope` for a character that no scope may hold.

    >>> parse_scope("openid profile openid")
    ('openid', 'profile')
    """
    foreign = _FOREIGN.search(text)
    if foreign:
        place, char = foreign.start() + 1, ord(foreign[0])
        comma = f"; {_NOT_COMMAS}" if "," in text else ""
        raise invalid_scope(
            f"character {place} of scope is U+{char:04X}, which no scope may hold{comma}",
            scope=next(part for part in text.split(" ") if foreign[0] in part),
        )
    return tuple(dict.fromkeys(filter(None, text.split(" "))))


def format_scope(scopes: Iterable[str]) -> str:
    """The value of a scope parameter or member.

    >>> format_scope(["openid", "profile"])
    'openid profile'
    """
    return " ".join(scopes)


def refuse_unknown(
    requested: Iterable[str], allowed: Collection[str], *, what: str = "the provider"
) -> None:
    """Raise `invalid_scope` if a requested scope is not allowed; `what` says by whom, for the hint.

    >>> refuse_unknown(["raed"], ["read", "write"], what="the client 'app'")
    Traceback (most recent call last):
    mockidp.oauth.errors.OAuthError: invalid_scope: scope 'raed' is unknown to the client 'app', \
which allows: read, write; did you mean 'read'?
    """
    unknown = [scope for scope in requested if scope not in allowed]
    if unknown:
        raise invalid_scope(unknown_hint(unknown, allowed, what=what), scope=unknown[0])


def unknown_hint(
    unknown: Sequence[str], allowed: Collection[str], *, what: str = "the provider"
) -> str:
    """Which scopes are unknown to `what`, which it has, and which were probably meant."""
    named = ", ".join(f"'{_cut(scope)}'" for scope in unknown[:_MOST_NAMED])
    if len(unknown) > _MOST_NAMED:
        named += f" and {len(unknown) - _MOST_NAMED} more"
    verb = "is" if len(unknown) == 1 else "are"
    allows = f"which allows: {', '.join(allowed)}" if allowed else "which allows no scope at all"
    hint = f"scope {named} {verb} unknown to {what}, {allows}"
    return "; ".join([hint, *_advice(unknown[:_MOST_NAMED], allowed)])


def _advice(unknown: Sequence[str], allowed: Collection[str]) -> list[str]:
    if any(allowed_part in allowed for scope in unknown for allowed_part in scope.split(",")):
        return [_NOT_COMMAS]
    close = dict.fromkeys(filter(None, (_closest(scope, allowed) for scope in unknown)))
    meant = ", ".join(f"'{scope}'" for scope in close)
    return [f"did you mean {meant}?"] if close else []


def _closest(scope: str, allowed: Collection[str]) -> str | None:
    # A scope that long is no slip of the keyboard, and comparing long texts is slow.
    if len(scope) > _LONGEST_NAMED:
        return None
    for candidate in allowed:
        if candidate.lower() == scope.lower():
            return candidate  # scopes are case-sensitive (RFC 6749, 3.3)
    return next(iter(get_close_matches(scope, allowed, n=1)), None)


def _cut(scope: str) -> str:
    return scope if len(scope) <= _LONGEST_NAMED else scope[:_LONGEST_NAMED] + "…"
