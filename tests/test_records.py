"""A dataclass whose functions are written late does what one of the library does."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from fairaudit.records import dataclass

OPTIONS = (
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "repr": False},
    {"frozen": True, "slots": True, "eq": False},
    {"frozen": True},
    {"slots": True},
)


def declared(how: Callable[..., Any], options: dict[str, bool]) -> type[Any]:
    @how(kw_only=True, **options)
    class Row:
        """Hold one of each kind of field."""

        kind: ClassVar[str] = "row"
        people: int
        name: str = "all"
        notes: list[str] = dataclasses.field(default_factory=list)
        place: int = dataclasses.field(default=0, compare=False, repr=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "name", self.name.strip())

    return Row


def outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except (TypeError, AttributeError) as error:
        return type(error), str(error)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_does_what_the_library_does(options: dict[str, bool]) -> None:
    of_library, late = declared(dataclasses.dataclass, options), declared(dataclass, options)
    acts: dict[str, Callable[[type[Any]], Any]] = {
        "signature": inspect.signature,
        "signature of one": lambda row: dataclasses.fields(row)[0].name,
        "doc": lambda row: row.__doc__,
        "empty": lambda row: row(),
        "unknown": lambda row: row(people=1, other=2),
        "by place": lambda row: row(1),
        "fields": lambda row: dataclasses.asdict(row(people=1, name=" a ")),
        "own default": lambda row: row(people=1).notes is row(people=1).notes,
        "set": lambda row: setattr(row(people=1), "people", 2),
        "set unknown": lambda row: setattr(row(people=1), "place", 2),
        "delete": lambda row: delattr(row(people=1), "people"),
        "equal": lambda row: row(people=1, place=3) == row(people=1),
        "unequal": lambda row: row(people=1) == row(people=2),
        "of another kind": lambda row: row(people=1) == 1,
        "hash": lambda row: outcome(lambda: hash(row(people=1, notes=()))) == hash((1, "all", ())),
        "unhashable": lambda row: row.__hash__ is None,
        "list within": lambda row: outcome(lambda: {row(people=1)})[0] if options.get("eq", True) else None,
        "replaced": lambda row: dataclasses.replace(row(people=1), people=2).people,
        "copied": lambda row: dataclasses.asdict(copy.deepcopy(row(people=1, notes=["a"]))),
        "dict": lambda row: hasattr(row(people=1), "__dict__"),
        "matched": lambda row: row.__match_args__,
        "names": lambda row: row.__init__.__name__,
    }
    for name, act in acts.items():
        # Twice: the first call writes, and the second calls what was written.
        for time in (1, 2):
            assert outcome(lambda act=act: act(late)) == outcome(lambda act=act: act(of_library)), (
                name,
                time,
            )
    if options.get("repr", True):
        assert repr(late(people=1)) == repr(of_library(people=1)).replace("<lambda>", "")


@dataclass(kw_only=True, frozen=True, slots=True)
class Kept:
    """Lie in a module, as pickles ask for."""

    people: int
    share: float = 0.5


@dataclass(kw_only=True, frozen=True, slots=True)
class More(Kept):
    """Inherit fields."""

    name: str = ""


def test_goes_through_a_pickle() -> None:
    assert pickle.loads(pickle.dumps(More(people=3, name="a"))) == More(people=3, name="a")
    assert More(people=3) != Kept(people=3)
    assert repr(More(people=3)) == "More(people=3, share=0.5, name='')"
    assert len({Kept(people=1), Kept(people=1), Kept(people=2)}) == 2


def test_keeps_what_a_class_has_written_itself() -> None:
    @dataclass(kw_only=True, frozen=True, slots=True)
    class Shouted:
        name: str

        def __repr__(self) -> str:
            return self.name.upper()

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

    assert (repr(Shouted(name="a")), Shouted(name="a") == 1, hash(Shouted(name="a"))) == ("A", True, 7)
