"""Counts for every combination of codes of one, two or three columns, by one pass over the rows.

Only the combinations of the most columns are counted, in blocks of rows that stay near the processor; those of fewer are sums over them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fairaudit.discovery.coded import Column, Floats
from fairaudit.discovery.rows import Half, Outcomes

Subset: TypeAlias = tuple[int, ...]
Index: TypeAlias = NDArray[np.int64]

BLOCK = 1 << 16
"""Rows that are counted in a row."""
_CELLS_KEPT = 1 << 24
"""Counts that are kept beside each other, to spare memory."""
_PLAIN, _SURVEYED = 3, 5
"""How many sums there are of every slice: without the weights of a survey, and with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of many slices: the people `n`, those in the denominator `d`, and the sum `s` of what the metric measures of these.

    With the weights of a survey `d` and `s` are weighted, `counted` are the people in the denominator, and `v` is the sum of ``w² (y - p)²`` over these,
    where `p` is what is measured of everybody.
    """

    n: Floats
    d: Floats
    s: Floats
    counted: Floats
    v: Floats | None = None

    def of(self, places: Index | tuple[Index, ...]) -> Counts:
        """Return those of some slices, by their places."""
        v = None if self.v is None else self.v[places]
        return Counts(n=self.n[places], d=self.d[places], s=self.s[places], counted=self.counted[places], v=v)


def count_subsets(
    half: Half, columns: Sequence[Column], depth: int, progress: Callable[[float], None]
) -> Iterator[tuple[Subset, Floats]]:
    """Count every subset of so many columns: the subset, and an array of shape (3, places of each column) of people, denominators and sums.

    With the weights of a survey there are two sums more, as `Counts` has them.

    Parameters
    ----------
    progress
        Is told which share of the work is done.
    """
    places = [column.places for column in columns]
    counter = _Counter.of(half)
    batches = list(_batches(list(itertools.combinations(range(len(columns)), depth)), places, counter.width))
    for number, batch in enumerate(batches):
        tables = {subset: np.zeros(math.prod(places[c] for c in subset) * counter.width) for subset in batch}
        size = max(BLOCK, *(len(table) // 4 for table in tables.values()))
        for first in range(0, half.rows, size):
            counter.add(tables, places, first, min(first + size, half.rows))
            progress((number + first / half.rows) / len(batches))
        for subset in batch:
            shape = tuple(places[c] for c in subset)
            yield subset, counter.split(tables.pop(subset), shape)


def _batches(subsets: Sequence[Subset], places: Sequence[int], width: int) -> Iterator[list[Subset]]:
    """Divide subsets into batches whose counts fit into memory together."""
    batch: list[Subset] = []
    cells = 0
    for subset in subsets:
        more = math.prod(places[c] for c in subset) * width
        if batch and cells + more > _CELLS_KEPT:
            yield batch
            batch, cells = [], 0
        batch.append(subset)
        cells += more
    if batch:
        yield batch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counter:
    """How the rows of a half are counted.

    Attributes
    ----------
    outcome
        Of a rate, the outcome of each row as a code of its own: an error is the last one, whoever is not in the denominator the third.
    weights
        Sums are counted of each of these instead, of ``None`` the rows; ``None`` where the outcome is counted.
    width
        How many counts there are of each combination.
    """

    half: Half
    outcome: NDArray[np.int64] | None
    weights: tuple[Floats | None, ...] | None
    width: int

    @staticmethod
    def of(half: Half) -> _Counter:
        """Find out how a half is counted."""
        outcomes = half.outcomes
        people = outcomes.people
        if outcomes.is_rate and outcomes.worth is None:
            outcome = (outcomes.amount > 0).astype(np.int64)
            everybody = bool(outcomes.counted.all())
            if not everybody:
                outcome[~outcomes.counted] = 2
            return _Counter(half=half, outcome=outcome, weights=None, width=2 if everybody else 3)
        if outcomes.worth is None and bool(outcomes.counted.all()):
            return _Counter(half=half, outcome=None, weights=(None, outcomes.amount), width=2)
        if outcomes.weights is not None:
            return _Counter(half=half, outcome=None, weights=_weighed(outcomes), width=_SURVEYED)
        many = np.ones(half.rows) if people is None else people.astype(np.float64)
        counted = many * outcomes.counted
        weights = (many, counted, counted * outcomes.amount)
        return _Counter(half=half, outcome=None, weights=weights, width=_PLAIN)

    def add(self, tables: dict[Subset, Floats], places: Sequence[int], first: int, last: int) -> None:
        """Add some rows to the counts."""
        needed = {column for subset in tables for column in subset}
        codes = {c: self.half.codes[c][first:last].astype(np.int64) for c in needed}
        inner = 1 if self.outcome is None else self.width
        outcome = 0 if self.outcome is None else self.outcome[first:last]
        ends = {c: codes[c] * inner + outcome for c in needed}
        index = np.empty(last - first, dtype=np.int64)
        before: tuple[Subset, int] | None = None
        outer: Index = index
        for subset, table in tables.items():
            *earlier, end = subset
            step = places[end] * inner
            if earlier:
                if before != (tuple(earlier), step):
                    before = (tuple(earlier), step)
                    outer = _combined([codes[c] for c in earlier], [places[c] for c in earlier]) * step
                np.add(outer, ends[end], out=index)
            else:
                index = ends[end]
            self._count(index, table, first, last)

    def _count(self, index: Index, table: Floats, first: int, last: int) -> None:
        if self.weights is None:
            table += np.bincount(index, minlength=len(table))
            return
        cells = len(table) // len(self.weights)
        for number, weights in enumerate(self.weights):
            some = None if weights is None else weights[first:last]
            table[number * cells : (number + 1) * cells] += np.bincount(index, weights=some, minlength=cells)

    def split(self, table: Floats, shape: tuple[int, ...]) -> Floats:
        """Make people, denominators and sums of counts."""
        if self.weights is not None:
            sums = table.reshape(len(self.weights), *shape)
            # Where everybody is counted, people are the denominator as well.
            return sums if len(sums) >= _PLAIN else sums[[0, 0, 1]]
        cells = table.reshape(*shape, self.width)
        errors = cells[..., 1]
        counted = cells[..., 0] + errors
        return np.stack([cells.sum(axis=-1), counted, errors])


def _weighed(outcomes: Outcomes) -> tuple[Floats | None, ...]:
    """List what is summed with the weights of a survey, in the order of `Counts`, of which ``None`` are the rows."""
    counted = outcomes.counted.astype(np.float64)
    weights = counted if outcomes.weights is None else counted * outcomes.weights
    costs = weights * outcomes.amount
    mean = costs.sum() / weights.sum() if weights.any() else 0.0
    return None, weights, costs, counted, (costs - weights * mean) ** 2


def _combined(codes: Sequence[Index], places: Sequence[int]) -> Index:
    """Make one code of several."""
    combined, *rest = codes
    for code, many in zip(rest, places[1:], strict=True):
        combined = combined * many + code
    return combined


def counts_of(table: Floats, members: Sequence[Floats]) -> Counts:
    """Add up the codes of every condition, in each column: counts of shape (conditions of each column)."""
    for axis, member in enumerate(members, start=1):
        table = np.moveaxis(np.tensordot(table, member, axes=(axis, 1)), -1, axis)
    n, d, s, *surveyed = table
    counted, v = surveyed or (d, None)
    return Counts(n=n, d=d, s=s, counted=counted, v=v)


def margins(table: Floats, subset: Subset, less: Subset) -> Floats:
    """Return the counts of fewer columns, which are sums over the others."""
    others = tuple(axis for axis, column in enumerate(subset, start=1) if column not in less)
    return np.asarray(table.sum(axis=others))
