"""One function that is replaced and put back."""

from __future__ import annotations

import socket
import ssl
from types import SimpleNamespace
from typing import Any

import pytest

from mockidp.hosting.interception.patch import Function, Patch, class_in


def louder(original: Function) -> Function:
    return lambda *args: f"{original(*args)}!"


class Base:
    def greet(self) -> str:
        return "hello"


class Derived(Base):
    pass


def test_a_function_of_a_module_comes_back_itself() -> None:
    def greet() -> str:
        """Says hello."""
        return "hello"

    module = SimpleNamespace(greet=greet)
    patch = Patch(module, "greet", louder)
    assert (module.greet(), module.greet.__doc__) == ("hello!", "Says hello.")
    patch.remove()
    assert module.greet is greet


def test_an_inherited_method_is_inherited_again() -> None:
    patch = Patch(Derived, "greet", louder)
    assert (Derived().greet(), Base().greet()) == ("hello!", "hello")
    patch.remove()
    assert "greet" not in vars(Derived)
    assert Derived().greet() == "hello"


def test_a_replacement_over_ours_stays() -> None:
    module = SimpleNamespace(greet=lambda: "hello")
    patch = Patch(module, "greet", louder)
    over = Patch(module, "greet", louder)
    patch.remove()
    assert module.greet() == "hello!!"
    over.remove()
    assert module.greet() == "hello!"


@pytest.mark.parametrize(
    ("module", "kind"), [("socket", socket.socket), ("ssl", ssl.SSLContext)], ids=["socket", "ssl"]
)
def test_the_class_below_another_that_took_its_name(module: str, kind: type[Any]) -> None:
    taken = type(kind.__name__, (kind,), {"__module__": "elsewhere"})
    assert class_in(module, taken) is kind
    assert class_in(module, kind) is kind


def test_a_class_that_does_not_derive_from_it() -> None:
    assert class_in("socket", Base) is Base
