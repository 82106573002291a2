"""The error for wrong use of mockidp: it names file, key, value and the valid choices."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: So many choices that a misspelled one is better answered with the few that look like it.
_MANY = 20
_SUGGESTED = 5
#: From 0 to 1: how much of two names has to be the same.
_ALIKE = 0.6


class ConfigError(ValueError):
    """A setting, profile or argument of mockidp that cannot be right.

    >>> print(ConfigError.at("mockidp.toml", "limiter.allowed", "many", "must be a whole number"))
    mockidp.toml: limiter.allowed = 'many': must be a whole number
    """

    def __init__(self, text: str) -> None:
        # Names and paths of a user's may hold anything, and the command line shows one line.
        super().__init__("".join(c if c.isprintable() else _escaped(c) for c in text))

    @classmethod
    def at(cls, origin: str, key: str, value: object, problem: str) -> ConfigError:
        return cls(f"{origin}: {key} = {_shown(value)}: {problem}")

    @classmethod
    def hidden(cls, origin: str, key: str, value: object, problem: str) -> ConfigError:
        """The same for a value that may hold a secret: only its type is shown."""
        return cls(f"{origin}: {key} = <{type(value).__name__}>: {problem}")

    @classmethod
    def unknown(cls, origin: str, what: str, name: object, valid: Iterable[str]) -> ConfigError:
        """An unknown name; suggests the nearest valid one."""
        choices = sorted(set(valid))
        near = _nearest(str(name), choices)
        hint = f"did you mean {near[0]!r}? " if near else ""
        if len(choices) > _MANY and near:
            shown = f"{', '.join(near)} and {len(choices) - len(near)} more"
        elif len(choices) > _MANY:
            # The keys of a table have its name before theirs.
            tables = [c for c in choices if not any(c.startswith(f"{t}_") for t in choices)]
            keys = len(choices) - len(tables)
            shown = ", ".join(tables) + (f" and {keys} keys of these" if keys else "")
        else:
            shown = ", ".join(choices)
        where = f"{origin}: " if origin else ""
        return cls(f"{where}unknown {what} {_shown(name)}; {hint}valid: {shown}")


def _nearest(name: str, choices: list[str]) -> list[str]:
    """What may have been meant, the likeliest first."""
    likeness = {choice: _likeness(name, choice) for choice in choices}
    # A key without its table, as `pkce` for `authorize_pkce`, is like it however long the table's.
    like = [c for c in choices if likeness[c] > _ALIKE or c.endswith(f"_{name}")]
    return sorted(like, key=lambda choice: -likeness[choice])[:_SUGGESTED]


def _likeness(name: str, choice: str) -> float:
    # Who looks for `authorization` means `authorize`, not `device_authorization`.
    begins_alike = name[:4] == choice[:4]
    return difflib.SequenceMatcher(None, name, choice).ratio() + (0.2 if begins_alike else 0)


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # tables in tables; a number that Python will not write
        return f"({type(value).__name__}, too large to show)"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()
