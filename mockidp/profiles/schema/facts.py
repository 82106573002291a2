"""What a leaf of the schema is: a default, a sentence, and what its values must keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any

from mockidp.profiles import rules

#: A template of claims or members: names to JSON values whose strings may hold ``{placeholders}``.
Template = Mapping[str, Any]


def fact(
    default: Any,
    doc: str,
    *,
    choices: tuple[Any, ...] = (),
    ordered: bool = False,
    complete: bool = False,
    open: bool = False,
    sparse: bool = False,
    rule: rules.Rule | None = None,
    key_rule: rules.Rule | None = None,
    own_rule: rules.Rule | None = None,
    applies: Callable[[Any], bool] | None = None,
) -> Any:
    """A leaf of the schema.

    ``ordered`` marks a list whose order matters, ``complete`` one that names every choice once,
    ``open`` a table whose keys the profile chooses (each key is one fact), and ``sparse`` one of
    these where None leaves a key out, as it does wherever a test gives claims. ``rule`` is what a
    value must keep besides its type, ``key_rule`` the same for the keys of an open table, and
    ``own_rule`` what it must keep unless it is known that a provider does not.
    ``applies`` says of a profile whether the leaf means anything in it: what a token that is no
    JWT has as its claims is nothing that anybody could know.
    """
    metadata = {
        "doc": doc,
        "choices": choices,
        "ordered": ordered,
        "complete": complete,
        "open": open,
        "sparse": sparse,
        "rule": rule,
        "key_rule": key_rule,
        "own_rule": own_rule,
        "applies": applies,
    }
    if isinstance(default, dict):
        return field(default_factory=lambda: MappingProxyType(dict(default)), metadata=metadata)
    return field(default=default, metadata=metadata)


def header_table(doc: str) -> Any:
    """An open table of headers."""
    return fact({}, doc, open=True, rule=rules.header_text, key_rule=rules.sent_header)


def section(kind: type, doc: str) -> Any:
    """A table that a profile may leave out: then the provider has nothing of the kind."""
    return field(default=None, metadata={"doc": doc, "section": kind})
