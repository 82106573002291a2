"""The decorator of our own makes what the standard library's makes."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from pathlib import Path
from typing import Any

import pytest

from mockidp import records
from mockidp.addresses import Place

Make = Callable[..., Callable[[type], Any]]

MAKERS = [
    pytest.param(records.dataclass, id="ours"),
    pytest.param(dataclasses.dataclass, id="the standard library's"),
]


def made(make: Make, **options: Any) -> Any:
    class Thing:
        name: str
        secret: str = field(repr=False)
        size: int = 3
        parts: list[str] = field(default_factory=list, hash=False)
        note: str = field(default="", compare=False)

    return make(slots=True, **options)(Thing)


@pytest.mark.parametrize("make", MAKERS)
class TestBoth:
    def test_defaults_and_factories(self, make: Make) -> None:
        cls = made(make)
        one, other = cls("a", "s"), cls(name="a", secret="s", size=3, parts=[], note="")
        assert one == other
        assert one.parts is not other.parts

    def test_the_repr_leaves_out_what_is_secret(self, make: Make) -> None:
        assert repr(made(make)("a", "s")).endswith("Thing(name='a', size=3, parts=[], note='')")

    def test_a_repr_of_its_own_stays(self, make: Make) -> None:
        class Own:
            name: str

            def __repr__(self) -> str:
                return "mine"

        assert repr(make(slots=True)(Own)("a")) == "mine"

    @pytest.mark.parametrize(
        ("changes", "is_equal"),
        [({}, True), ({"note": "x"}, True), ({"size": 4}, False), ({"parts": ["x"]}, False)],
    )
    def test_equality(self, make: Make, changes: dict[str, Any], is_equal: bool) -> None:
        one = made(make)("a", "s")
        assert (dataclasses.replace(one, **changes) == one) is is_equal

    def test_another_class_is_never_equal(self, make: Make) -> None:
        assert made(make)("a", "s") != made(make)("a", "s")
        assert made(make)("a", "s") != ("a", "s", 3, [], "")

    @pytest.mark.parametrize(
        ("changes", "is_equal"),
        [({}, True), ({"note": "x"}, True), ({"parts": ["x"]}, True), ({"size": 4}, False)],
    )
    def test_the_hash_of_a_frozen_one(
        self, make: Make, changes: dict[str, Any], is_equal: bool
    ) -> None:
        one = made(make, frozen=True)("a", "s")
        assert (hash(dataclasses.replace(one, **changes)) == hash(one)) is is_equal

    def test_one_that_can_change_has_no_hash(self, make: Make) -> None:
        with pytest.raises(TypeError, match="unhashable"):
            hash(made(make)("a", "s"))

    @pytest.mark.parametrize("frozen", [False, True])
    def test_without_eq_each_is_equal_to_itself_alone(self, make: Make, frozen: bool) -> None:
        cls = made(make, frozen=frozen, eq=False)
        one = cls("a", "s")
        assert one != cls("a", "s")
        assert len({one, one, cls("a", "s")}) == 2

    def test_a_frozen_one_cannot_be_changed(self, make: Make) -> None:
        one = made(make, frozen=True)("a", "s")
        with pytest.raises(FrozenInstanceError, match="size"):
            one.size = 4
        with pytest.raises(FrozenInstanceError, match="size"):
            del one.size
        assert one.size == 3

    def test_another_can_and_has_no_other_names(self, make: Make) -> None:
        one = made(make)("a", "s")
        one.size = 4
        assert one.size == 4
        with pytest.raises(AttributeError):
            one.width = 4

    @pytest.mark.parametrize(
        ("options", "args", "keywords", "problem"),
        [
            ({}, ("a",), {}, "missing 1 required positional argument: 'secret'"),
            ({}, ("a", "s"), {"colour": 1}, "unexpected keyword argument 'colour'"),
            ({"kw_only": True}, ("a", "s"), {}, "takes 1 positional argument but 3"),
            ({"kw_only": True}, (), {"name": "a"}, "missing 1 required keyword-only argument"),
        ],
    )
    def test_wrong_arguments_are_named(
        self,
        make: Make,
        options: dict[str, Any],
        args: tuple[str, ...],
        keywords: dict[str, Any],
        problem: str,
    ) -> None:
        with pytest.raises(TypeError, match=rf"Thing\.__init__\(\) .*{problem}"):
            made(make, **options)(*args, **keywords)

    def test_what_it_does_after_it_has_its_fields(self, make: Make) -> None:
        class Counted:
            name: str

            def __post_init__(self) -> None:
                object.__setattr__(self, "name", self.name.upper())

        assert make(slots=True, frozen=True)(Counted)("a").name == "A"

    def test_one_without_fields(self, make: Make) -> None:
        class Nothing:
            pass

        cls = make(slots=True, frozen=True)(Nothing)
        assert cls() == cls()
        assert repr(cls()).endswith("Nothing()")
        assert hash(cls()) == hash(cls())

    def test_fields_of_a_base_come_first(self, make: Make) -> None:
        base = made(make, frozen=True, kw_only=True)
        more = make(slots=True, frozen=True, kw_only=True)(
            type("More", (base,), {"__annotations__": {"extra": "int"}})
        )
        one = more(name="a", secret="s", extra=1)
        assert [f.name for f in dataclasses.fields(one)][-2:] == ["note", "extra"]
        assert (one.name, one.extra, one.size) == ("a", 1, 3)

    @pytest.mark.parametrize("frozen", [False, True])
    def test_it_is_matched_and_taken_apart(self, make: Make, frozen: bool) -> None:
        one = made(make, frozen=frozen)("a", "s")
        assert dataclasses.asdict(one)["secret"] == "s"
        assert type(one).__match_args__ == ("name", "secret", "size", "parts", "note")

    @pytest.mark.parametrize("frozen", [False, True])
    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
    def test_it_is_copied(self, make: Make, frozen: bool, copied: Callable[[Any], Any]) -> None:
        one = made(make, frozen=frozen)("a", "s", parts=["x"])
        assert copied(one) == one
        assert (copied(one).parts is one.parts) is (copied is copy.copy)


def test_slots_must_be_on() -> None:
    with pytest.raises(AssertionError, match="slots"):
        records.dataclass(slots=False)


def test_a_field_that_is_not_given_is_refused() -> None:
    class Hidden:
        made: int = field(default=1, init=False)

    with pytest.raises(AssertionError, match="made: every field is given"):
        records.dataclass(slots=True)(Hidden)


def test_instances_of_the_package_are_pickled() -> None:
    place = Place("https://idp.test", "https://idp.test")
    assert pickle.loads(pickle.dumps(place)) == place


def test_the_package_makes_all_its_classes_of_data_so() -> None:
    package = Path(records.__file__).parent
    modules = [path for path in package.rglob("*.py") if path.name != "records.py"]
    assert len(modules) > 100
    plain = re.compile(
        r"^ *(from dataclasses import .*\bdataclass\b|import dataclasses)", re.MULTILINE
    )
    assert not [path.name for path in modules if plain.search(path.read_text("utf-8"))]
