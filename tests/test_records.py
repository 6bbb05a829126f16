"""Records behave as the standard library's frozen data classes do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from fairaudit import records


def classes(decorate: Callable[..., Any]) -> dict[str, Any]:
    """Make the same classes by one decorator or another."""
    wanted = decorate(frozen=True, slots=True, kw_only=True)

    @wanted
    class Bare:
        """None."""

    @wanted
    class Point:
        """Two numbers, and more."""

        x: int
        y: float = 2.0
        words: list[str] = dataclasses.field(default_factory=list, hash=False)
        unseen: int = dataclasses.field(default=3, repr=False, compare=False)
        _kept: dict[str, int] = dataclasses.field(default_factory=dict, init=False, compare=False)

    @wanted
    class Inheriting(Point):
        """More than its base, after which it checks itself."""

        y: float = 4.0
        z: object = None

        def __post_init__(self) -> None:
            if self.x < 0:
                raise ValueError("x is negative")

        def __repr__(self) -> str:
            return f"<{self.x}>"

    @wanted
    class OwnEqual:  # noqa: PLW1641  # the decorator adds it
        """Compared in its own way."""

        x: int

        def __eq__(self, other: object) -> bool:
            return True

    @decorate(frozen=True, slots=True, kw_only=True, repr=False)
    class Unshown:
        """Shown by nothing."""

        x: int

    return {one.__name__: one for one in (Bare, Point, Inheriting, OwnEqual, Unshown)}


OURS, THEIRS = classes(records.dataclass), classes(dataclasses.dataclass)


def outcome(make: Callable[[], object]) -> object:
    """Return what a call comes to: its value, or its error."""
    try:
        return make()
    except (TypeError, ValueError, AttributeError) as error:
        return type(error), str(error).replace("records", "dataclasses")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Bare", {}),
        ("Bare", {"x": 1}),
        ("Point", {}),
        ("Point", {"x": 1}),
        ("Point", {"x": 1, "_kept": {}}),
        ("Point", {"x": 1, "y": float("nan"), "words": ["a"], "unseen": 5}),
        ("Inheriting", {"x": 1, "z": "z"}),
        ("Inheriting", {"x": -1}),
        ("OwnEqual", {"x": 1}),
        ("Unshown", {"x": 1}),
        ("Unshown", {"x": 1, "y": 2}),
    ],
)
def test_a_record_is_as_a_frozen_data_class_is(name: str, values: dict[str, Any]) -> None:
    def asked(kind: Any) -> list[object]:
        one, other = outcome(lambda: kind(**values)), outcome(lambda: kind(**values))
        if isinstance(one, tuple):
            return [one]
        return [
            repr(one) if name != "Unshown" else kind.__repr__ is object.__repr__,
            one == other,
            one == 1,
            outcome(lambda: hash(one) == hash(other)),
            outcome(lambda: hash(one)),
            dataclasses.asdict(one),  # type: ignore[call-overload]
            # What is no field is refused by the library with a sentence about super().
            hasattr(one, "x") and outcome(lambda: setattr(one, "x", 2)),
            hasattr(one, "x") and outcome(lambda: delattr(one, "x")),
            repr(outcome(lambda: dataclasses.replace(one, x=7).x)),  # type: ignore[type-var]
            [(f.name, f.type, f.init, f.kw_only) for f in dataclasses.fields(kind)],
            kind.__slots__,
            kind.__match_args__,
            kind.__init__.__qualname__,
            outcome(lambda: kind(1)),
        ]

    ours, theirs = asked(OURS[name]), asked(THEIRS[name])
    assert repr(ours) == repr(theirs)


@records.dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What is sent to another process."""

    x: int
    words: tuple[str, ...] = ()


def test_a_record_is_copied_and_sent() -> None:
    one = Sent(x=1, words=("a",))
    assert pickle.loads(pickle.dumps(one)) == copy.copy(one) == copy.deepcopy(one) == one


def test_records_and_data_classes_inherit_from_one_another() -> None:
    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class Later(Sent):
        y: int = 0

    @records.dataclass(frozen=True, slots=True, kw_only=True)
    class Last(Later):
        z: int = 0

    assert Last(x=1, y=2).y == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Last(x=1).z = 2  # type: ignore[misc]


def test_what_is_wanted_otherwise_is_the_library_s() -> None:
    @records.dataclass(kw_only=True)
    class Open:
        x: int

    one = Open(x=1)
    one.x = 2
    assert one == Open(x=2)
