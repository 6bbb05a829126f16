"""The cells of few rows, counted in NumPy: DuckDB prepares the long statement of their errors several times as long as that takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fairaudit.engine.losses import errors_of, in_units
from fairaudit.read.in_order import arrays
from fairaudit.read.rows import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

_CELL = ("label", "decision", "tenth")
_HALF = 2.0**32
"""Sums of whole units are added up in two halves, each exact as a float."""


def cells_of_few(rows: Rows, sets: Sequence[Sequence[int]], relation: str) -> list[tuple[int | None, ...]]:
    """Count the cells of each group of some sets of dimensions, and of all people, with their errors and scores in whole units.

    Parameters
    ----------
    relation
        SQL of a few thousand rows with probabilities, each of one or a few people.

    Returns
    -------
    list
        Of each cell, the numbers of the group in all dimensions that take part, ``None`` where its set has none of one; label, decision and tenth;
        its people, and the sums of their squared errors, log losses and scores. They are those that SQL adds up, to the last unit.
    """
    import numpy as np

    keys = [f"d{index}" for index in sorted({index for indexes in sets for index in indexes})]
    held = arrays(rows, f"SELECT {', '.join([*keys, *_CELL, 'people', 'score'])} FROM {relation}")
    numbers = {name: _whole(held[name]) for name in (*keys, *_CELL, "people")}
    if not numbers["people"].size:
        return []
    scores = np.asarray(np.ma.filled(held["score"], np.nan), dtype=np.float64)
    units = [*errors_of(scores, numbers["label"].astype(np.float64)).values(), in_units(scores)]
    cells: list[tuple[int | None, ...]] = []
    for indexes in [*sets, ()]:
        own = [*(f"d{index}" for index in indexes), *_CELL]
        groups, codes = np.unique(np.stack([numbers[n] for n in own]), axis=1, return_inverse=True)
        # NumPy 2.0 gives them a second axis.
        codes = codes.reshape(-1)
        people = np.bincount(codes, numbers["people"]).astype(np.int64).tolist()
        sums = [_added(codes, numbers["people"], of) for of in units]
        for group, *counted in zip(groups.T.tolist(), people, *sums, strict=True):
            named = {name: number for name, number in zip(own, group, strict=True) if number >= 0}
            cells.append((*(named.get(name) for name in (*keys, *_CELL)), *counted))
    return cells


def _whole(column: np.ma.MaskedArray[tuple[int], np.dtype[np.generic]]) -> Whole:
    """Return whole numbers; what is missing is below 0."""
    import numpy as np

    return np.asarray(np.ma.filled(np.ma.asarray(column).astype(np.int64), -1))


def _added(codes: Whole, people: Whole, units: NDArray[np.float64]) -> list[int]:
    """Add up so many units of each of the people of every code."""
    import numpy as np

    high = np.floor(units / _HALF)
    sums = (np.bincount(codes, people * half).tolist() for half in (high, units - high * _HALF))
    return [int(of_high) * int(_HALF) + int(of_low) for of_high, of_low in zip(*sums, strict=True)]
