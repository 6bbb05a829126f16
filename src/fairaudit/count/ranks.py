"""Scores that stand apart, ranked within every group as they rise.

What comes out is, to the last digit, what the statement on scores that do not stand apart gives.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fairaudit.engine.cells import part_name
from fairaudit.engine.elsewhere import Key, Ranks
from fairaudit.engine.losses import in_units
from fairaudit.read.checked_rows import Checked
from fairaudit.read.in_order import BY_CODE, Risen, Tied, arrays, risen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_RANKED, _MANY_GROUPS = 1 << 18, 1 << 21
"""How many scores are ranked at a time, so that what that takes stays in a processor's cache; and of very many groups, as each takes its time."""
_FEW_GROUPS = 100
_BLOCK = 1 << 15
"""How many scores of a group are reckoned with at a time."""
_SUMMED = 1 << 13
"""So many numbers below 2**50 add up to one of 64 bits."""
_LOW_BITS = 26
"""Sums of more of them are made of their low and their high bits, each of which 64 bits hold."""


@dataclass(slots=True, kw_only=True)
class _Group:
    """A group on the way up through its scores: how many people of each label it has, and has below."""

    key: Key
    places: Sequence[int]
    ones: int
    zeros: int
    ones_below: int = 0
    zeros_below: int = 0
    concordant_twice: int = 0
    placements1: int = 0
    placements0: int = 0

    def add(self, ones: Numbers, zeros: Numbers) -> None:
        """Add people by their scores, which rise from one to the next."""
        import numpy as np

        below = 2 * (np.cumsum(zeros) + self.zeros_below) - zeros
        above = 2 * (self.ones - self.ones_below - np.cumsum(ones)) + ones
        self.concordant_twice += int((ones * below).sum())
        self.placements1 += _sum(_squared(below / (2.0 * self.zeros)), ones)
        self.placements0 += _sum(_squared(above / (2.0 * self.ones)), zeros)
        self.ones_below += int(ones.sum())
        self.zeros_below += int(zeros.sum())

    def add_each(self, is_one: NDArray[np.bool_]) -> None:
        """Add people of whom each has a score of their own."""
        import numpy as np

        ones, zeros = np.flatnonzero(is_one), np.flatnonzero(~is_one)
        # In front of each are those of its own label, and all others are of the other one.
        ones -= np.arange(-self.zeros_below, len(ones) - self.zeros_below)
        above = self.ones - self.ones_below
        np.subtract(np.arange(above, above + len(zeros)), zeros, out=zeros)
        self.concordant_twice += 2 * int(ones.sum())
        self.placements1 += _sum(_squared(ones / self.zeros))
        self.placements0 += _sum(_squared(zeros / self.ones))
        self.ones_below += len(ones)
        self.zeros_below += len(zeros)

    def add_people(self, is_one: NDArray[np.bool_], value: NDArray[np.int32] | None) -> None:
        """Add people in the order of their scores; a value tells these apart, unless all are."""
        import numpy as np

        first = 0
        while first < len(is_one):
            last = min(first + _BLOCK, len(is_one))
            if value is None:
                self.add_each(is_one[first:last])
            else:
                # Equal scores stay together.
                last = int(np.searchsorted(value, value[last - 1], side="right"))
                own = value[first:last]
                starts = np.flatnonzero(np.concatenate(([True], own[1:] != own[:-1])))
                if len(starts) == len(own):
                    self.add_each(is_one[first:last])
                else:
                    ones = np.add.reduceat(is_one[first:last].astype(np.int64), starts)
                    self.add(ones, np.diff(np.append(starts, len(own))) - ones)
            first = last


@dataclass(frozen=True, slots=True, kw_only=True)
class _Groups:
    """Groups that nobody is in two of.

    Attributes
    ----------
    number
        Of each place, that of its group, counted from 1; 0 of those in none.
    whole
        Whether there is one group, of everybody.
    """

    number: NDArray[Any]
    groups: Sequence[_Group]
    whole: bool

    @classmethod
    def of(cls, groups: Sequence[_Group], places: int) -> _Groups:
        """Tell which places are of which group; those of people of one label are in none, as there nobody is ranked."""
        import numpy as np

        ranked = [group for group in groups if group.ones and group.zeros]
        kind = np.uint8 if len(ranked) < 1 << 8 else np.uint16 if len(ranked) < 1 << 16 else np.int32
        number = np.zeros(places, dtype=kind)
        for place, group in enumerate(ranked, 1):
            number[group.places] = place
        return cls(number=number, groups=ranked, whole=len(ranked) == 1 and bool(number[1:].all()))

    def add(self, places: Numbers, is_one: NDArray[np.bool_], value: NDArray[np.int32] | None) -> None:
        """Add people at places, of labels, in the order of their scores."""
        import numpy as np

        if self.whole:
            self.groups[0].add_people(is_one, value)
            return
        number = self.number.take(places)
        ends = np.cumsum(np.bincount(number, minlength=len(self.groups) + 1)).tolist()
        # Of short numbers this is a count of each, and no comparison.
        order = number.argsort(kind="stable")
        is_one = is_one.take(order)
        value = None if value is None else value.take(order)
        for group, (first, last) in zip(self.groups, itertools.pairwise(ends), strict=True):
            if first < last:
                group.add_people(is_one[first:last], None if value is None else value[first:last])

    def add_tied(self, people: Numbers, label: Numbers) -> None:
        """Add people of one score, by place."""
        import numpy as np

        size = len(self.groups) + 1
        ones = np.bincount(self.number, people * label, minlength=size).astype(np.int64)
        zeros = np.bincount(self.number, people, minlength=size).astype(np.int64) - ones
        for place, group in enumerate(self.groups, 1):
            group.add(ones[place : place + 1], zeros[place : place + 1])


def rank(ones: Numbers, zeros: Numbers) -> Ranks:
    """Rank the people of one group, of whom there are so many of each label at each score, which rise; together they are no more than 2**31."""
    group = _Group(key=(), places=(), ones=int(ones.sum()), zeros=int(zeros.sum()))
    if group.ones and group.zeros:
        group.add(ones, zeros)
    return group.concordant_twice, group.placements1, group.placements0


def rank_apart(checked: Checked, sets: Sequence[Sequence[int]]) -> dict[Key, Ranks]:
    """Rank the scores in every group of some attributes, and among everybody."""
    if checked.rows.elsewhere:
        return checked.rows.elsewhere.rank(sets)
    every = [_Cells.of(checked, part) for part, _ in enumerate(checked.rows.parts or [()])]
    groups: list[tuple[int, list[_Group]]] = []
    for indexes in dict.fromkeys((*map(tuple, sets), ())):
        part = checked.rows.part_of(checked.columns_of(indexes))
        groups.append((part, [*every[part].groups(indexes)]))
    for part, cells in enumerate(every):
        _rank(checked, part, cells, [own for of_part, own in groups if of_part == part])
    return {
        group.key: (group.concordant_twice, group.placements1, group.placements0)
        for _, own in groups
        for group in own
    }


def rank_others(checked: Checked, left_out: Sequence[Sequence[Key]]) -> list[Ranks]:
    """Rank the scores of everybody but the people of some groups, again and again; groups that are left out together are of the same dimensions."""
    every: dict[int, tuple[_Cells, list[_Group]]] = {}
    others: list[_Group] = []
    for keys in left_out:
        part = checked.rows.part_of(checked.columns_of(index for key in keys for index, _ in key))
        if part not in every:
            every[part] = (_Cells.of(checked, part), [])
        cells, own = every[part]
        others.append(cells.others(keys))
        own.append(others[-1])
    for part, (cells, own) in every.items():
        _rank(checked, part, cells, [[group] for group in own])
    return [(group.concordant_twice, group.placements1, group.placements0) for group in others]


def _rank(checked: Checked, part: int, cells: _Cells, sets: Sequence[Sequence[_Group]]) -> None:
    """Rank the scores in sets of groups, of each of which nobody is in two."""
    import numpy as np

    number = sum(map(len, sets))
    if not number:
        return
    every = [_Groups.of(groups, len(cells.label)) for groups in sets]
    at_once = _RANKED if number < _FEW_GROUPS else _MANY_GROUPS
    is_one = cells.label.astype(bool)
    for one in _together(risen(checked.rows, part), at_once):
        if isinstance(one, Tied):
            for groups in every:
                groups.add_tied(one.people, cells.label)
            continue
        places = one.places.astype(np.intp)
        of_label = is_one.take(places)
        value = (
            None
            if one.is_new is None
            else np.concatenate(([0], np.cumsum(one.is_new, dtype=np.int32)), dtype=np.int32)
        )
        for groups in every:
            groups.add(places, of_label, value)


def _together(every: Iterable[Risen | Tied], at_once: int) -> Iterator[Risen | Tied]:
    """Put people whose scores follow on one another together, as many as come at once."""
    held: list[Risen] = []
    for one in every:
        if not isinstance(one, Tied):
            held.append(one)
            if sum(len(own.places) for own in held) < at_once:
                continue
        if held:
            yield _joined(held)
            held = []
        if isinstance(one, Tied):
            yield one
    if held:
        yield _joined(held)


def _joined(held: Sequence[Risen]) -> Risen:
    """Make one of several."""
    import numpy as np

    places = np.concatenate([one.places for one in held])
    if all(one.is_new is None for one in held):
        return Risen(places=places, is_new=None)
    is_new = np.ones(len(places) - 1, dtype=bool)
    first = 0
    for one in held:
        if one.is_new is not None:
            is_new[first : first + len(one.is_new)] = one.is_new
        first += len(one.places)
    return Risen(places=places, is_new=is_new)


def _squared(share: NDArray[np.float64]) -> Numbers:
    """Square shares, in whole units of 1e-15."""
    import numpy as np

    share *= share
    return in_units(share).astype(np.int64)


def _sum(numbers: Numbers, weights: Numbers | None = None) -> int:
    """Add up numbers below 2**50, each so many times; the sum may be more than 64 bits hold."""
    import numpy as np

    if weights is None:
        return sum(np.add.reduceat(numbers, range(0, len(numbers), _SUMMED)).tolist()) if len(numbers) else 0
    low, high = numbers & ((1 << _LOW_BITS) - 1), numbers >> _LOW_BITS
    return (int((high * weights).sum()) << _LOW_BITS) + int((low * weights).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """What the rows of each code of a part of the columns have in common, by the place of the code; the first place is of those of rows that do not count.

    Attributes
    ----------
    numbers
        The number of each group by dimension; -1 at the first place.
    """

    label: Numbers
    people: Numbers
    numbers: Mapping[int, Numbers]

    @classmethod
    def of(cls, checked: Checked, part: int) -> _Cells:
        """Read them."""
        import numpy as np

        held = checked.rows.parts[part] if checked.rows.parts else checked.rows.loaded
        indexes = [
            index
            for index, dimension in enumerate(checked.dimensions)
            if frozenset(held).issuperset(dimension.columns)
        ]
        names = ["label", "n", *(f"d{index}" for index in indexes)]
        columns = arrays(
            checked.rows, f"SELECT {', '.join(names)} FROM {part_name(BY_CODE, part)} ORDER BY code"
        )

        def placed(name: str, none: int) -> Numbers:
            return np.concatenate(([none], columns[name].astype(np.int64)))

        return cls(
            label=placed("label", 0),
            people=placed("n", 0),
            numbers={index: placed(f"d{index}", -1) for index in indexes},
        )

    def groups(self, indexes: Sequence[int]) -> Iterator[_Group]:
        """Yield the groups of some dimensions."""
        own: dict[tuple[int, ...], list[int]] = {}
        rows = zip(*(self.numbers[index].tolist() for index in indexes), strict=True) if indexes else None
        for place, numbers in enumerate(rows or [()] * len(self.label)):
            if place:
                own.setdefault(numbers, []).append(place)
        for numbers, places in own.items():
            yield self._group(tuple(sorted(zip(indexes, numbers, strict=True))), places)

    def others(self, keys: Sequence[Key]) -> _Group:
        """Return everybody but the people of some groups."""
        import numpy as np

        away = np.zeros(len(self.label), dtype=bool)
        away[0] = True
        for key in keys:
            away |= np.logical_and.reduce([self.numbers[index] == number for index, number in key])
        return self._group((), np.flatnonzero(~away).tolist())

    def _group(self, key: Key, places: Sequence[int]) -> _Group:
        ones = int((self.people[places] * self.label[places]).sum())
        return _Group(key=key, places=places, ones=ones, zeros=int(self.people[places].sum()) - ones)
