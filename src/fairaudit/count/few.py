"""The cells and the ranks of few rows, counted in NumPy: DuckDB prepares a statement of them several times as long as that takes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fairaudit.count.ranks import rank
from fairaudit.engine.elsewhere import Key, Ranks
from fairaudit.engine.losses import errors_of, in_units
from fairaudit.read.in_order import arrays
from fairaudit.read.rows import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

_CELL = ("label", "decision", "tenth")
_SUMS = 3
"""Squared errors, log losses and scores."""
_HALF = 2.0**32
"""Sums of whole units are added up in two halves, each exact as a float."""


def cells_of_few(
    rows: Rows, sets: Sequence[Sequence[int]], relation: str, *, probabilities: bool
) -> list[tuple[int | None, ...]]:
    """Count the cells of each group of some sets of dimensions, and of all people, with the errors and scores of `probabilities` in whole units.

    Parameters
    ----------
    relation
        SQL of a few thousand rows, each of one or a few people.

    Returns
    -------
    list
        Of each cell, the numbers of the group in all dimensions that take part, ``None`` where its set has none of one; label, decision and, of probabilities, tenth;
        its people, and the sums of their squared errors, log losses and scores. They are those that SQL adds up, to the last unit.
    """
    import numpy as np

    keys = [f"d{index}" for index in sorted({index for indexes in sets for index in indexes})]
    cell = _CELL if probabilities else _CELL[:2]
    held = _held(rows, keys, relation)
    numbers = {name: _whole(held[name]) for name in (*keys, *cell, "people")}
    if not numbers["people"].size:
        return []
    units: list[NDArray[np.float64]] = []
    if probabilities:
        scores = np.asarray(np.ma.filled(held["score"], np.nan), dtype=np.float64)
        units = [*errors_of(scores, numbers["label"].astype(np.float64)).values(), in_units(scores)]
    cells: list[tuple[int | None, ...]] = []
    for indexes in [*sets, ()]:
        own = [*(f"d{index}" for index in indexes), *cell]
        first, codes = _alike([numbers[name] for name in own])
        groups = zip(*(numbers[name][first].tolist() for name in own), strict=True)
        people = np.bincount(codes, numbers["people"]).astype(np.int64).tolist()
        sums: list[Sequence[int | None]] = [_added(codes, numbers["people"], of) for of in units]
        sums = sums or [[None] * len(people)] * _SUMS
        for group, *counted in zip(groups, people, *sums, strict=True):
            named = {name: number for name, number in zip(own, group, strict=True) if number >= 0}
            cells.append((*(named.get(name) for name in (*keys, *_CELL)), *counted))
    return cells


def ranks_of_few(rows: Rows, sets: Sequence[Sequence[int]], relation: str) -> dict[Key, Ranks]:
    """Rank the scores in every group of some sets of dimensions, and among all people.

    Parameters
    ----------
    relation
        SQL of a few thousand rows with labels and scores, each of one or a few people.
    """
    import numpy as np

    taking_part = sorted({index for indexes in sets for index in indexes})
    held = _held(rows, [f"d{index}" for index in taking_part], relation)
    numbers = {index: _whole(held[f"d{index}"]) for index in taking_part}
    people, is_one = _whole(held["people"]), _whole(held["label"]) == 1
    if not people.size:
        return {}
    scores, place = np.unique(held["score"], return_inverse=True)
    ranks: dict[Key, Ranks] = {}
    for indexes in dict.fromkeys((*(tuple(sorted(one)) for one in sets), ())):
        _, group = _alike([numbers[index] for index in indexes] or [np.zeros_like(people)])
        present, first, codes = np.unique(group * scores.size + place, return_index=True, return_inverse=True)
        ones, zeros = (np.bincount(codes, people * of).astype(np.int64) for of in (is_one, ~is_one))
        starts = np.flatnonzero(np.diff(present // scores.size, prepend=-1)).tolist()
        for start, end in itertools.pairwise([*starts, present.size]):
            key = tuple((index, int(numbers[index][first[start]])) for index in indexes)
            ranks[key] = rank(ones[start:end], zeros[start:end])
    return ranks


def places_of_few(
    rows: Rows,
    sets: Sequence[Sequence[int]],
    relation: str,
    thresholds: Sequence[float],
    *,
    labelled: bool,
    probabilities: bool,
) -> dict[Key, dict[int, tuple[int, int, int]]]:
    """Count the scores between thresholds, which rise, in every group of some sets of dimensions, and among all people.

    Parameters
    ----------
    relation
        SQL of a few thousand rows with scores, each of one or a few people.

    Returns
    -------
    dict
        By group and number of thresholds that are reached: people, those with label 1, and the sum of the scores of `probabilities` in whole units.
    """
    import numpy as np

    taking_part = sorted({index for indexes in sets for index in indexes})
    held = _held(rows, [f"d{index}" for index in taking_part], relation)
    numbers = {index: _whole(held[f"d{index}"]) for index in taking_part}
    people, scores = _whole(held["people"]), np.asarray(held["score"], dtype=np.float64)
    positives = people * (_whole(held["label"]) == 1) if labelled else np.zeros_like(people)
    one, units = np.ones_like(scores), in_units(scores) if probabilities else np.zeros_like(scores)
    reached = np.searchsorted(np.asarray(thresholds, dtype=np.float64), scores, side="right").astype(np.int64)
    counted: dict[Key, dict[int, tuple[int, int, int]]] = {}
    for indexes in dict.fromkeys((*(tuple(sorted(one)) for one in sets), ())):
        first, codes = _alike([*(numbers[index] for index in indexes), reached])
        sums = (_added(codes, own, of) for own, of in ((people, one), (positives, one), (people, units)))
        for row, *own in zip(first.tolist(), *sums, strict=True):
            key = tuple((index, int(numbers[index][row])) for index in indexes)
            counted.setdefault(key, {})[int(reached[row])] = (own[0], own[1], own[2])
    return counted


def _held(rows: Rows, keys: Sequence[str], relation: str) -> dict[str, Any]:
    """Read what is counted of few rows, of a table once."""
    held = rows.order.few.get(relation, {})
    if not held.keys() >= {"people", *keys}:
        names = dict.fromkeys((*held, *keys, *_CELL, "people", "score"))
        held = arrays(rows, f"SELECT {', '.join(names)} FROM {relation}")
        if relation.isidentifier():
            rows.order.few[relation] = held
    return held


def _whole(column: np.ma.MaskedArray[tuple[int], np.dtype[np.generic]]) -> Whole:
    """Return whole numbers; what is missing is below 0."""
    import numpy as np

    return np.asarray(np.ma.filled(np.ma.asarray(column).astype(np.int64), -1))


def _alike(columns: Sequence[Whole]) -> tuple[Whole, Whole]:
    """Return where in some columns, of numbers from -1 on, each combination of them first stands, in their order, and which of these combinations stands at each place."""
    import numpy as np

    codes = np.zeros(len(columns[0]), dtype=np.int64)
    first = codes
    for column in columns:
        # Counted anew each time, so that the combinations of many columns are no more than the rows.
        _, first, codes = np.unique(
            codes * (int(column.max()) + 2) + column + 1, return_index=True, return_inverse=True
        )
    return first, codes


def _added(codes: Whole, people: Whole, units: NDArray[np.float64]) -> list[int]:
    """Add up so many units of each of the people of every code."""
    import numpy as np

    high = np.floor(units / _HALF)
    sums = (np.bincount(codes, people * half).tolist() for half in (high, units - high * _HALF))
    return [int(of_high) * int(_HALF) + int(of_low) for of_high, of_low in zip(*sums, strict=True)]
