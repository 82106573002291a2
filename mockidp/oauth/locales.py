"""Which of the languages that are there fits those that are asked for best (RFC 4647, section 3.4;
OpenID Connect Core 1.0, 3.1.2.1: `ui_locales`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

#: Of one request; RFC 5646, 4.4.1: tags of 35 characters are enough for everybody.
_MOST = 20
_LONGEST = 35


def best_locale(wanted: str, known: Collection[str]) -> str | None:
    """The tag of ``known`` for the first of the wanted ones, divided by spaces, that there is one
    for; a narrower one than is there gets the wider one. The case does not matter.

    >>> best_locale("fr-CA en", ["de", "fr"])
    'fr'
    """
    by_name = {tag.lower(): tag for tag in known}
    for locale in wanted.split()[:_MOST]:
        for name in _wider_and_wider(locale.lower()[: _LONGEST + 1]):
            if name in by_name:
                return by_name[name]
    return None


def _wider_and_wider(name: str) -> Iterator[str]:
    """The name, and what is left of it when its last parts are taken away, one after the other."""
    while name:
        yield name
        name = name.rpartition("-")[0]
        if name[-2:-1] == "-":  # a single letter only introduces what was behind it
            name = name[:-2]
