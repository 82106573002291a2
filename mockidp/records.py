"""``dataclass`` for the many small classes of data here: the standard one, made in a quarter of the
time.

The standard library compiles six methods for each frozen class. For the hundred classes that
``mockidp serve`` and the first fixture of a test run need, that was a fifth of their start. Here
``__init__`` alone is compiled, which has to be fast and to know its parameters; the other methods
are ordinary functions. ``fields``, ``replace``, ``asdict`` and type checkers see no difference.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")
Fields = tuple["Field[Any]", ...]


def _dataclass(
    *, slots: bool, frozen: bool = False, kw_only: bool = False, eq: bool = True
) -> Callable[[type[T]], type[T]]:
    """The options are those of the standard library; ``slots`` must be on.

    >>> @dataclass(frozen=True, slots=True)
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(1), Point(1) == Point(1, 0)
    (Point(x=1, y=0), True)
    """
    assert slots, "__init__ sets slots"

    def make(cls: type[T]) -> type[T]:
        # Otherwise its signature would be found out, to stand in the place of the docstring.
        cls.__doc__ = cls.__doc__ or cls.__name__
        plain = dataclasses.dataclass(slots=True, kw_only=kw_only, init=False, repr=False, eq=False)
        made: Any = plain(cls)
        described: Fields = dataclasses.fields(made)
        made.__init__ = _init(made, described, frozen=frozen)
        if "__repr__" not in cls.__dict__:
            made.__repr__ = _repr(described)
        if frozen:
            made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
            made.__setstate__ = _set_all
        if eq:
            made.__eq__ = _eq(described)
            made.__hash__ = _hash(described) if frozen else None
        return made  # type: ignore[no-any-return]

    return make


def _init(cls: type, described: Fields, *, frozen: bool) -> Callable[..., None]:
    known: dict[str, Any] = {"MISSING": MISSING}
    positional, keywords, body = ["self"], list[str](), list[str]()
    for field in described:
        assert field.init, f"{field.name}: every field is given to __init__"
        name = parameter = value = field.name
        if frozen:  # the setter of a slot sets it also where the class refuses to
            known[f"set_{name}"] = getattr(cls, name).__set__
        if field.default is not MISSING:
            known[f"default_{name}"] = field.default
            parameter = f"{name}=default_{name}"
        elif field.default_factory is not MISSING:
            known[f"make_{name}"] = field.default_factory
            parameter, value = f"{name}=MISSING", f"make_{name}() if {name} is MISSING else {name}"
        (keywords if field.kw_only else positional).append(parameter)
        body.append(f"  set_{name}(self, {value})" if frozen else f"  self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        body.append("  self.__post_init__()")
    parameters = ", ".join([*positional, *(("*", *keywords) if keywords else ())])
    # The names of the fields are all that it is made from.
    exec("\n".join([f"def __init__({parameters}):", *body, "  pass"]), known)
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"  # as an error about its arguments names it
    return init


def _repr(described: Fields) -> Callable[[object], str]:
    names = [field.name for field in described if field.repr]

    def shown(self: object) -> str:
        said = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({said})"

    return shown


def _eq(described: Fields) -> Callable[[object, object], Any]:
    values = _values(field.name for field in described if field.compare)

    def is_equal(self: object, other: object) -> Any:
        if type(other) is not type(self):
            return NotImplemented
        return values(self) == values(other)

    # By this pytest knows what compares field by field, and shows the fields that differ.
    is_equal.__code__ = is_equal.__code__.replace(co_filename="<string>")
    return is_equal


def _hash(described: Fields) -> Callable[[object], int]:
    values = _values(
        field.name for field in described if (field.compare if field.hash is None else field.hash)
    )

    def hashed(self: object) -> int:
        return hash(values(self))

    return hashed


def _values(names: Iterable[str]) -> Callable[[object], Any]:
    named = tuple(names)
    return attrgetter(*named) if named else lambda self: ()


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _set_all(self: object, state: tuple[None, dict[str, Any]]) -> None:
    """What ``copy`` and ``pickle`` do with slots, past what refuses it."""
    for name, value in state[1].items():
        object.__setattr__(self, name, value)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass
