"""Columns into codes: every value, range or missing value that is frequent enough to be a condition gets a code, and all others share one.

What is frequent, and where a column of numbers is cut, is decided in the search half alone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fairaudit.slices.grammar import Cut, CutKind

Codes: TypeAlias = NDArray[np.uint8]
Mask: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]

MOST_CODES = 100
"""Values of one column that are conditions; of three such columns there are a million combinations. The most frequent come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What one column has to be: a `value`, a range of numbers, or missing where none of these is there.

    Attributes
    ----------
    low, high
        Numbers from `low` on and below `high`; ``None`` where the range has no such end.
    codes
        The codes of the column that fulfil it.
    """

    value: str | None = None
    low: float | None = None
    high: float | None = None
    codes: tuple[int, ...]

    @property
    def is_missing(self) -> bool:
        """Whether it asks for a missing value."""
        return self.value is None and self.low is None and self.high is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that is searched: the `codes` of all rows, below `places`, and the conditions on them.

    Attributes
    ----------
    called
        What conditions call it, where that is not its name: ``age`` of ``age:quartiles``.
    edges
        Of ranges of numbers; ``None`` of texts.
    left_out
        How many values of the search half are too rare to be conditions, or too many.
    """

    name: str
    codes: Codes
    places: int
    conditions: tuple[Condition, ...]
    called: str | None = None
    edges: tuple[float, ...] | None = None
    left_out: int = 0

    @property
    def members(self) -> Floats:
        """Which codes fulfil which condition, as zeros and ones, shape (conditions, places)."""
        table = np.zeros((len(self.conditions), self.places))
        for place, condition in enumerate(self.conditions):
            table[place, list(condition.codes)] = 1.0
        return table


def code_values(
    name: str,
    numbers: NDArray[np.integer],
    names: Sequence[str | None],
    *,
    people: Floats,
    least: float,
    top: Top | None = None,
) -> Column:
    """Code a column of texts.

    Parameters
    ----------
    numbers
        Of each row the place of its value among `names`, of which one is ``None`` for what is missing.
    people
        How many people of the search half each row is.
    least
        A condition needs so many of them.
    top
        All but so many of the most frequent values are one value more.
    """
    frequency = np.bincount(numbers, weights=people, minlength=len(names))
    different = int((frequency > 0).sum())
    if top is not None:
        numbers, names = _folded(numbers, frequency, names, top)
        frequency = np.bincount(numbers, weights=people, minlength=len(names))
    order = np.argsort(-frequency, kind="stable")[:MOST_CODES]
    kept = sorted(int(place) for place in order if frequency[place] >= least)
    recoded = np.full(len(names), len(kept), dtype=np.uint8)
    recoded[kept] = np.arange(len(kept), dtype=np.uint8)
    return Column(
        name=name,
        codes=recoded[numbers],
        places=len(kept) + 1,
        conditions=tuple(Condition(value=names[place], codes=(code,)) for code, place in enumerate(kept)),
        left_out=(different if top is None else int((frequency > 0).sum())) - len(kept),
    )


def _folded(
    numbers: NDArray[np.integer], frequency: NDArray[np.number], names: Sequence[str | None], top: Top
) -> tuple[NDArray[np.integer], list[str | None]]:
    """Make one value of all but the most frequent; of equally frequent ones those that come first stay."""
    values = [place for place, name in enumerate(names) if name is not None and place != top.others]
    most = sorted(values, key=lambda place: -frequency[place])[: top.most]
    if top.kept:
        most = [place for place in values if names[place] in top.kept]
    stay = [*sorted(most), *(place for place, name in enumerate(names) if name is None)]
    places = np.full(len(names), len(stay), dtype=np.int64)
    places[stay] = np.arange(len(stay))
    return places[numbers], [*(names[place] for place in stay), top.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """Of the values only the `most` frequent stand by themselves, or those that were `kept`.

    All others are called by one `name`, and so are those at the place `others`, which are one already.
    """

    most: int
    name: str
    others: int | None = None
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Where a column of numbers is cut.

    Attributes
    ----------
    shown
        The edges, as they are told.
    compared
        What numbers are compared with: the nearest to them in the precision of the column; left out, the same.
    by_value
        Whether a range of one number alone is called by that.
    """

    shown: tuple[float, ...]
    compared: tuple[float, ...] | None = None
    by_value: bool = False

    @property
    def limits(self) -> tuple[float, ...]:
        """What numbers are compared with."""
        return self.shown if self.compared is None else self.compared


def code_numbers(
    name: str, values: Floats, *, people: Floats, bins: int, least: float, edges: Edges | None = None
) -> Column:
    """Code a column of numbers, of which those that are missing are NaN.

    Each range between two edges is a condition, and so is all that lies below an edge, and all from it on.

    Parameters
    ----------
    bins
        Into how many ranges of equally many people the numbers are cut, where no `edges` are given.
    """
    there = ~np.isnan(values)
    if edges is None:
        edges = edges_of_bins(values, people, bins=bins)
    missing = len(edges.shown) + 1
    codes = np.full(len(values), missing, dtype=np.uint8)
    codes[there] = np.searchsorted(np.asarray(edges.limits), values[there], side="right")
    frequency = np.bincount(codes, weights=people, minlength=missing + 1)
    named = [_only_value(values, codes == code) if edges.by_value else None for code in range(missing)]
    ranges = (*_ranges(edges.shown, named), Condition(codes=(missing,)))
    return Column(
        name=name,
        codes=codes,
        places=missing + 1,
        conditions=tuple(c for c in ranges if frequency[list(c.codes)].sum() >= max(least, 1)),
        edges=edges.shown,
    )


def edges_of_bins(values: Floats, people: Floats, *, bins: int) -> Edges:
    """Find where equally many people lie between two edges; no more different values than there would be ranges are each a range.

    Where many share the smallest value, an edge tells them from all others.
    """
    ordered, below = _ordered(values, people)
    starts = np.flatnonzero(np.diff(ordered)) + 1
    if len(starts) < bins:
        return Edges(shown=tuple(ordered[starts].tolist()), by_value=True)
    edges = set(_quantiles(ordered, below, bins))
    if ordered[0] in edges:
        edges.add(float(ordered[starts[0]]))
    shown = tuple(sorted(edge for edge in edges if edge > ordered[0]))
    return Edges(shown=shown, by_value=len(shown) < bins)


def edges_of_cut(values: Floats, people: Floats, cut: Cut) -> tuple[float, ...]:
    """Find where a cut falls among some people, as it falls in a slice: at the mean, or at quantiles that are values of the data.

    If no edge is left, because most people share the smallest value, it falls above that.

    >>> edges_of_cut(np.arange(8.0), np.ones(8), Cut(kind=CutKind.QUARTILES))
    (2.0, 4.0, 6.0)
    >>> edges_of_cut(np.array([1.0, 2.0, np.nan]), np.array([3.0, 1.0, 1.0]), Cut(kind=CutKind.MEAN))
    (1.25,)
    """
    if cut.kind is CutKind.EDGES:
        return cut.edges
    ordered, below = _ordered(values, people)
    if not len(ordered) or ordered[0] == ordered[-1]:
        return ()
    if cut.kind is CutKind.MEAN:
        return (_mean(ordered, np.diff(below, prepend=0.0)),)
    edges = {e for e in _quantiles(ordered, below, len(cut.shares) + 1) if e > ordered[0]}
    return tuple(sorted(edges)) or (float(ordered[ordered > ordered[0]][0]),)


def _ordered(values: Floats, people: Floats) -> tuple[Floats, Floats]:
    """Put the numbers in order that are somebody's, and count the people up to each."""
    some = ~np.isnan(values) & (people > 0)
    numbers, many = values[some], people[some]
    if len(many) and (many == many[0]).all():
        return np.sort(numbers), np.arange(1.0, len(many) + 1) * many[0]
    order = np.argsort(numbers, kind="stable")
    return numbers[order], np.cumsum(many[order])


def _quantiles(ordered: Floats, below: Floats, parts: int) -> list[float]:
    """Find the first number above each quantile, so that equal ones stay together."""
    places = np.searchsorted(below * parts, below[-1] * np.arange(1, parts), side="right")
    return [float(ordered[place]) for place in places if place < len(ordered)]


def _mean(numbers: Floats, people: Floats) -> float:
    """Sum exactly, so that the order of the rows does not move the edge."""
    try:
        return math.fsum((numbers * people).tolist()) / math.fsum(people.tolist())
    except (OverflowError, ValueError):
        # The sum is too large, though the mean is not.
        return math.fsum((numbers * (people / people.sum())).tolist())


def _only_value(values: Floats, rows: Mask) -> float | None:
    """Return the number that all of some rows hold; ``None`` if they differ."""
    some = values[rows]
    return float(some[0]) if len(some) and (some == some[0]).all() else None


def _ranges(edges: Sequence[float], named: Sequence[float | None]) -> list[Condition]:
    """List all ranges with an end: between neighbouring edges, below an edge, and from an edge on.

    Parameters
    ----------
    named
        The number that a range between neighbouring edges holds, if that is one alone.
    """
    last = len(edges)
    ends: list[float | None] = [None, *edges, None]
    between = [
        Condition(low=low, high=high, codes=(code,))
        if named[code] is None
        else Condition(value=f"{named[code]:.15g}", codes=(code,))
        for code, (low, high) in enumerate(itertools.pairwise(ends))
        if last
    ]
    below = [Condition(high=edges[i], codes=tuple(range(i + 1))) for i in range(1, last)]
    above = [Condition(low=edges[i], codes=tuple(range(i + 1, last + 1))) for i in range(last - 1)]
    return [*between, *below, *above]
