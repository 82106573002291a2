"""The error for wrong use of mockidp: it names the file, the key, the value and the valid
choices.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: So many choices that a misspelled one is better answered with the few that look like it.
_MANY = 20


class ConfigError(ValueError):
    """A setting, profile or argument of mockidp that cannot be right.

    >>> print(ConfigError.at("mockidp.toml", "limiter.allowed", "many", "must be a whole number"))
    mockidp.toml: limiter.allowed = 'many': must be a whole number
    """

    @classmethod
    def at(cls, origin: str, key: str, value: object, problem: str) -> ConfigError:
        return cls(f"{origin}: {key} = {_shown(value)}: {problem}")

    @classmethod
    def unknown(cls, origin: str, what: str, name: str, valid: Iterable[str]) -> ConfigError:
        """An unknown name; suggests the nearest valid one."""
        choices = sorted(valid)
        near = difflib.get_close_matches(name, choices, n=5, cutoff=0.5)
        hint = f"did you mean {near[0]!r}? " if near else ""
        if len(choices) > _MANY and near:
            shown = f"{', '.join(near)} and {len(choices) - len(near)} more"
        else:
            shown = ", ".join(choices)
        where = f"{origin}: " if origin else ""
        return cls(f"{where}unknown {what} {name!r}; {hint}valid: {shown}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
