"""Scores that stand apart, ranked within every group: they are brought here in parts of a range of scores each, sorted, and forgotten.

What comes out is, to the last digit, what the statement on scores that do not stand apart gives.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fairaudit.engine.cells import part_name
from fairaudit.engine.elsewhere import Key, Ranks
from fairaudit.engine.sql import double
from fairaudit.read.checked_rows import Checked
from fairaudit.read.used_rows import BY_CODE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Scores = NDArray[np.uint64]

_PART = 2_000_000
"""How many scores are here at a time."""
_FEW_PARTS = 12
"""Each of so many parts is looked for among all rows; more of them are brought together first, some at a time."""
_BLOCK = 1 << 18
"""How many of these are reckoned with at a time."""
_SAMPLED = 100_000
_LOW_BITS = 26
"""Sums of whole numbers are made of their low and their high bits, each of which 64 bits hold."""


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
        below = 2 * (ones - np.arange(len(ones)) + self.zeros_below)
        above = 2 * (self.ones - self.ones_below - (zeros - np.arange(len(zeros))))
        self.concordant_twice += int(below.sum())
        self.placements1 += _sum(_squared(below / (2.0 * self.zeros)))
        self.placements0 += _sum(_squared(above / (2.0 * self.ones)))
        self.ones_below += len(ones)
        self.zeros_below += len(zeros)


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
    every = [_Cells.of(checked, place) for place, _ in enumerate(checked.rows.parts or [()])]
    groups: list[tuple[_Cells, list[_Group]]] = [(cells, []) for cells in every]
    for indexes in dict.fromkeys((*map(tuple, sets), ())):
        part = checked.rows.part_of(checked.columns_of(indexes))
        groups[part][1].extend(every[part].groups(indexes))
    for scored in _brought_together(checked, _parts(checked)):
        for cells, own in groups:
            # In a group of people of one label nobody is ranked.
            _rank_part(checked, scored, cells, [group for group in own if group.ones and group.zeros])
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
    for scored in _brought_together(checked, _parts(checked)):
        for cells, own in every.values():
            _rank_part(checked, scored, cells, [group for group in own if group.ones and group.zeros])
    return [(group.concordant_twice, group.placements1, group.placements0) for group in others]


def _rank_part(checked: Checked, scored: _Part, cells: _Cells, groups: Sequence[_Group]) -> None:
    """Add the scores of a part to groups."""
    import numpy as np

    if scored.value is None:
        scores = cells.scores(checked, scored)
        for group in groups:
            there = [scores[place] for place in group.places if len(scores[place])]
            if there:
                _climb(group, np.concatenate(there))
    else:
        people = cells.people_with(checked, scored)
        for group in groups:
            ones = int((people[group.places] * cells.label[group.places]).sum())
            group.add(np.array([ones]), np.array([int(people[group.places].sum()) - ones]))


def _climb(group: _Group, scores: Scores) -> None:
    """Add scores to a group: the bits of positive numbers rise with these, and the last one is the label."""
    import numpy as np

    # They come in as many stretches as the group has places, each sorted: these are merged.
    scores.sort(kind="stable")
    first = 0
    while first < len(scores):
        last = min(first + _BLOCK, len(scores))
        if last < len(scores):
            # Equal scores stay together.
            last = int(np.searchsorted(scores, scores[last - 1] | np.uint64(1), side="right"))
        block = scores[first:last]
        first = last
        is_one = (block & np.uint64(1)).astype(bool)
        values = block >> np.uint64(1)
        starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
        if len(starts) == len(block):
            group.add_each(is_one)
        else:
            ones = np.add.reduceat(is_one.astype(np.int64), starts)
            group.add(ones, np.diff(np.append(starts, len(block))) - ones)


def _squared(share: NDArray[np.float64]) -> Numbers:
    """Square shares, in whole units of 1e-15; half of one is rounded away from zero, as SQL does."""
    import numpy as np

    share *= share
    share *= 1e15
    whole = np.rint(share)
    whole += (share - whole) == 0.5
    return whole.astype(np.int64)


def _sum(numbers: Numbers, weights: Numbers | None = None) -> int:
    """Add up numbers, each so many times, of which there may be more than 64 bits hold."""
    low, high = numbers & ((1 << _LOW_BITS) - 1), numbers >> _LOW_BITS
    if weights is not None:
        low, high = low * weights, high * weights
    return (int(high.sum()) << _LOW_BITS) + int(low.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """What the rows of each code of a part of the columns have in common.

    Attributes
    ----------
    code
        What the code is called.
    place
        The place of each code among them, counted from 1; 0 for those of rows that do not count.
    numbers
        The number of each group by dimension.
    """

    code: str
    place: NDArray[Any]
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
        names = ["code", "label", "n", *(f"d{index}" for index in indexes)]
        columns = arrays(checked, f"SELECT {', '.join(names)} FROM {part_name(BY_CODE, part)} ORDER BY code")
        code = columns["code"]
        own_code = part_name("code", part)
        (most,) = checked.rows.one(f"SELECT max({own_code}) FROM each_row")
        place = np.zeros(int(most) + 1, dtype=np.uint16 if len(code) < 1 << 16 else np.int32)
        place[code] = np.arange(1, len(code) + 1)
        return cls(
            code=own_code,
            place=place,
            label=columns["label"].astype(np.int64),
            people=columns["n"],
            numbers={index: columns[f"d{index}"] for index in indexes},
        )

    def groups(self, indexes: Sequence[int]) -> Iterator[_Group]:
        """Yield the groups of some dimensions."""
        own: dict[tuple[int, ...], list[int]] = {}
        rows = zip(*(self.numbers[index].tolist() for index in indexes), strict=True) if indexes else None
        for place, numbers in enumerate(rows or [()] * len(self.label)):
            own.setdefault(numbers, []).append(place)
        for numbers, places in own.items():
            yield self._group(tuple(sorted(zip(indexes, numbers, strict=True))), places)

    def others(self, keys: Sequence[Key]) -> _Group:
        """Return everybody but the people of some groups."""
        import numpy as np

        away = np.zeros(len(self.label), dtype=bool)
        for key in keys:
            away |= np.logical_and.reduce([self.numbers[index] == number for index, number in key])
        return self._group((), np.flatnonzero(~away).tolist())

    def _group(self, key: Key, places: Sequence[int]) -> _Group:
        ones = int((self.people[places] * self.label[places]).sum())
        return _Group(key=key, places=places, ones=ones, zeros=int(self.people[places].sum()) - ones)

    def scores(self, checked: Checked, part: _Part) -> list[Scores]:
        """Read the scores of a part, by place; as they are positive their first bit is free, and the label takes the last."""
        import numpy as np

        columns = arrays(
            checked, f"SELECT score, {self.code} AS code FROM {part.relation} WHERE {part.condition}"
        )
        place = self.place[columns["code"]]
        bits = columns["score"].view(np.uint64)
        # Of short numbers this is a count of each, and no comparison.
        bits = bits[np.argsort(place, kind="stable")]
        if part.negative:
            # Of numbers below zero the bits fall, the first of them apart.
            np.invert(bits, out=bits)
        bits <<= np.uint64(1)
        scores = np.split(bits, np.cumsum(np.bincount(place, minlength=len(self.label) + 1)))[1:-1]
        for label, of_place in zip(self.label.tolist(), scores, strict=True):
            of_place |= np.uint64(label)
            # Once here, and not once in every group that the place is part of.
            of_place.sort()
        return scores

    def people_with(self, checked: Checked, part: _Part) -> Numbers:
        """Count the people of a part, by place."""
        import numpy as np

        columns = arrays(
            checked,
            f"SELECT {self.code} AS code, count(*) AS people FROM {part.relation} WHERE {part.condition} GROUP BY ALL",
        )
        people = np.zeros(len(self.label) + 1, dtype=np.int64)
        people[self.place[columns["code"]]] = columns["people"]
        return people[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Scores of a relation from one to below another, without the first itself if that is a part of its own; or a single one that very many people have."""

    relation: str
    first: float = -math.inf
    last: float = math.inf
    without: bool = False
    value: float | None = None

    @property
    def negative(self) -> bool:
        """Whether all scores are below 0."""
        return self.last <= 0

    @property
    def condition(self) -> str:
        """The SQL that tells whether a ``score`` is one of them."""
        if self.value is not None:
            return f"score = {double(self.value)}"
        ends = (
            [f"score {'>' if self.without else '>='} {double(self.first)}"] if self.first > -math.inf else []
        )
        if self.last < math.inf:
            ends.append(f"score < {double(self.last)}")
        return " AND ".join(ends) or "score IS NOT NULL"


def _parts(checked: Checked) -> list[_Part]:
    """Share the scores out, by a sample, so that none of the parts has many more people than are to be here at a time."""
    low, people = checked.rows.one(f"SELECT min(low), sum(n) FROM {BY_CODE}")
    number = math.ceil(people / _PART)
    if number > _FEW_PARTS:
        # Beside their table there is room for fewer scores.
        number *= 2
    codes = "".join(f", {part_name('code', part)}" for part, _ in enumerate(checked.rows.parts or [()]))
    score = checked.rows.readings.of(checked.rows.apart or "").number
    relation = f"(SELECT {score} AS score{codes} FROM each_row)"
    edges: list[float] = []
    if number > 1:
        sample = arrays(
            checked,
            f"SELECT {score} AS score FROM each_row WHERE rowid % {max(people // _SAMPLED, 1)} = 0 AND score IS NOT NULL ORDER BY score",
        )["score"]
        edges = [float(sample[len(sample) * place // number]) for place in range(1, number)]
    own = {edge for edge, times in Counter(edges).items() if times > 1}
    if low < 0:
        edges.append(0.0)
    rising = [-math.inf, *sorted(set(edges)), math.inf]
    parts: list[_Part] = []
    for first, last in itertools.pairwise(rising):
        if first in own:
            parts.append(_Part(relation=relation, first=first, last=first, value=first))
        parts.append(_Part(relation=relation, first=first, last=last, without=first in own))
    return parts


def _brought_together(checked: Checked, parts: Sequence[_Part]) -> Iterator[_Part]:
    """Yield parts; of very many, some at a time have a table of their own, as the search for each among all rows would take as long as their number squared."""
    if len(parts) <= _FEW_PARTS:
        yield from parts
        return
    execute = checked.rows.connection.execute
    step = math.isqrt(len(parts))
    for place in range(0, len(parts), step):
        near = parts[place : place + step]
        # What stands at the ends of others does no harm here.
        ends = [("score >=", near[0].first), ("score <=", near[-1].last)]
        conditions = [f"{compared} {double(end)}" for compared, end in ends if math.isfinite(end)]
        execute(
            f"CREATE OR REPLACE TABLE near_rows AS SELECT * FROM {near[0].relation} WHERE {' AND '.join(conditions)}"
        )
        for part in near:
            yield replace(part, relation="near_rows")
    execute("DROP TABLE near_rows")


def arrays(checked: Checked, statement: str) -> dict[str, Any]:
    """Read columns into arrays."""
    return checked.rows.connection.execute(statement).fetchnumpy()
