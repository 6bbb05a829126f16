"""Columns into codes: every value, range or missing value that is frequent enough to be a condition gets a code, and all others share one.

What is frequent, and where a column of numbers is cut, is decided in the search half alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

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
    edges
        Of ranges of numbers; ``None`` of texts.
    left_out
        How many values of the search half are too rare to be conditions, or too many.
    """

    name: str
    codes: Codes
    places: int
    conditions: tuple[Condition, ...]
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
    """
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
        left_out=int((frequency > 0).sum()) - len(kept),
    )


def code_numbers(
    name: str,
    values: Floats,
    *,
    people: Floats,
    bins: int,
    least: float,
    kept: Sequence[float] = (),
) -> Column:
    """Code a column of numbers, of which those that are missing are NaN.

    Each range between two edges is a condition, and so is all that lies below an edge, and all from it on.

    Parameters
    ----------
    bins
        Into how many ranges of equally many people the numbers are cut.
    kept
        Where they are cut instead, if that was kept.
    """
    there = ~np.isnan(values)
    ordered = np.sort(values[there & (people > 0)])
    edges = tuple(kept) or quantile_edges(ordered, bins=bins)
    missing = len(edges) + 1
    codes = np.full(len(values), missing, dtype=np.uint8)
    codes[there] = np.searchsorted(np.asarray(edges), values[there], side="right")
    frequency = np.bincount(codes, weights=people, minlength=missing + 1)
    named = [_only_value(values, codes == code) if len(edges) < bins else None for code in range(missing)]
    ranges = (*_ranges(edges, named), Condition(codes=(missing,)))
    return Column(
        name=name,
        codes=codes,
        places=missing + 1,
        conditions=tuple(c for c in ranges if frequency[list(c.codes)].sum() >= max(least, 1)),
        edges=edges,
    )


def quantile_edges(ordered: Floats, *, bins: int) -> tuple[float, ...]:
    """Find where equally many of the ordered values lie between two edges; an edge is a value of the data, and belongs to the range above it.

    No more different values than there would be ranges have an edge at each of them but the smallest.

    >>> quantile_edges(np.arange(100.0), bins=4)
    (25.0, 50.0, 75.0)
    >>> quantile_edges(np.array([0.0, 0.0, 0.0, 1.0, 2.0]), bins=4)
    (1.0, 2.0)
    """
    starts = np.flatnonzero(np.diff(ordered)) + 1
    if len(starts) < bins:
        return tuple(ordered[starts].tolist())
    edges = set(ordered[len(ordered) * np.arange(1, bins) // bins].tolist())
    if ordered[0] in edges:
        # Where many share the smallest value, an edge tells them from all others.
        edges.add(float(ordered[starts[0]]))
    return tuple(sorted(edge for edge in edges if edge > ordered[0]))


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
