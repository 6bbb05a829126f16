"""What is counted of two sets of predictions, group by group, and of the people who stand in both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fairaudit.count.counts import Counts

Whole: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Group: TypeAlias = tuple[str, str]
"""An attribute and one of its groups; everybody is `EVERYBODY`."""
EVERYBODY: Group = ("", "")
CELLS = ("tp", "fp", "fn", "tn")
"""The order of cells; without labels, those selected are the first and those passed over the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """The people who stand in both sets.

    Attributes
    ----------
    cells
        How many of a group are in it both times, by their cell in base (rows) and in new (columns).
    of_base, of_new
        How many of them are in the group in base, and in new.
    """

    cells: Whole
    of_base: int
    of_new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPair:
    """One group in both sets: its counts, ``None`` where nobody is in it; and the people who stand in both, where that is known."""

    group: Group
    base: Counts | None
    new: Counts | None
    unknown: bool = False
    small: bool = False
    together: Together | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """How the people of two sets were matched: by which column, and how many stand in both or in one of them only."""

    column: str
    both: int
    base_only: int
    new_only: int
    labels_changed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """Who stands in a set, by identifier: the cell of each, and the group in each attribute; scores and labels where there are both.

    Attributes
    ----------
    groups
        By attribute the place of each one's group among the names, and these.
    overlapping
        By attribute whose groups may have people in common, and by group, whether each is in it.
    """

    ids: tuple[str, ...]
    cells: Whole
    groups: Mapping[str, tuple[Whole, tuple[str, ...]]]
    overlapping: Mapping[str, Mapping[str, Bools]] = field(default_factory=dict)
    scores: NDArray[np.float64] | None = None
    labels: Whole | None = None

    def inside(self, group: Group) -> Bools:
        """Tell of each whether they are in a group."""
        if group == EVERYBODY:
            return np.ones(len(self.cells), dtype=bool)
        if (members := self.overlapping.get(group[0])) is not None:
            return members.get(group[1], np.zeros(len(self.cells), dtype=bool))
        codes, names = self.groups[group[0]]
        return np.asarray(codes == (names.index(group[1]) if group[1] in names else -1))


def paired_places(base: Persons, new: Persons) -> tuple[Whole, Whole]:
    """Return the places in both sets of the people who stand in both."""
    places = {person: place for place, person in enumerate(new.ids)}
    pairs = [(place, places[person]) for place, person in enumerate(base.ids) if person in places]
    here, there = (np.asarray([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    return here, there


def match(
    base: Persons,
    new: Persons,
    *,
    column: str,
    labelled: bool,
    places: tuple[Whole, Whole] | None = None,
    people: Whole | None = None,
) -> tuple[Matched, Mapping[Group, Together]]:
    """Join two sets on the identifiers of people, and count those who stand in both.

    Parameters
    ----------
    places
        Where these stand; left out, they are looked for.
    people
        How many people each of these stands for; left out, one.
    """
    here, there = paired_places(base, new) if places is None else places
    cells = 4 * base.cells[here] + new.cells[there]
    number = np.ones(len(here), dtype=np.int64) if people is None else people
    many = int(number.sum())
    together: dict[Group, Together] = {
        EVERYBODY: Together(cells=_square(cells, 1, number)[0], of_base=many, of_new=many)
    }
    for attribute, (codes, names) in base.groups.items():
        new_codes, new_names = new.groups[attribute]
        together |= _of_attribute(
            attribute, (codes[here], names), (new_codes[there], new_names), cells, number
        )
    for attribute in base.overlapping:
        for name in dict.fromkeys((*base.overlapping[attribute], *new.overlapping[attribute])):
            old, now = base.inside((attribute, name))[here], new.inside((attribute, name))[there]
            together[attribute, name] = Together(
                cells=_square(cells[old & now], 1, number[old & now])[0],
                of_base=int(number[old].sum()),
                of_new=int(number[now].sum()),
            )
    positive = np.asarray([True, False, True, False])
    differ = positive[base.cells[here]] != positive[new.cells[there]]
    changed = int(number[differ].sum()) if labelled else None
    matched = Matched(
        column=column,
        both=many,
        base_only=len(base.ids) - many,
        new_only=len(new.ids) - many,
        labels_changed=changed,
    )
    return matched, together


def _of_attribute(
    attribute: str,
    base: tuple[Whole, tuple[str, ...]],
    new: tuple[Whole, tuple[str, ...]],
    cells: Whole,
    people: Whole,
) -> dict[Group, Together]:
    (codes, names), (new_codes, new_names) = base, new
    every = list(dict.fromkeys((*names, *new_names)))
    place_of = {name: place for place, name in enumerate(every)}
    old = np.asarray([place_of[name] for name in names], dtype=np.int64)[codes]
    now = np.asarray([place_of[name] for name in new_names], dtype=np.int64)[new_codes]
    stays = old == now
    squares = _square(16 * old[stays] + cells[stays], len(every), people[stays])
    of_base, of_new = (_sums(groups, people, len(every)) for groups in (old, now))
    return {
        (attribute, name): Together(
            cells=squares[place], of_base=int(of_base[place]), of_new=int(of_new[place])
        )
        for place, name in enumerate(every)
    }


def _square(places: Whole, groups: int, people: Whole) -> Whole:
    return _sums(places, people, 16 * groups).reshape(groups, 4, 4)


def _sums(places: Whole, people: Whole, number: int) -> Whole:
    """Count the people at each place."""
    # Whole numbers that floats hold exactly.
    return np.bincount(places, weights=people, minlength=number).astype(np.int64)
