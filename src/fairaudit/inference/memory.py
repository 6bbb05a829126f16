"""What was computed of rows of numbers, kept for whoever asks of the same ones again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]

MOST = 20_000
"""So many numbers are kept at most, some megabytes of them."""


class Memory:
    """Numbers that were computed, each of a row of numbers by itself."""

    def __init__(self, most: int = MOST) -> None:
        self._kept: dict[bytes, float] = {}
        self._most = most

    def recall(self, columns: tuple[Floats, ...], compute: Callable[[Whole], Floats]) -> Floats:
        """Return what was kept of rows, and compute the rest.

        Parameters
        ----------
        columns
            Of the rows; of shape (n,).
        compute
            Takes the places of rows that are new, each row once.
        """
        # Bytes, as two numbers that are none differ.
        rows = [row.tobytes() for row in np.stack(columns, axis=1).astype(np.float64)]
        numbers = {row: self._kept.get(row) for row in rows}
        places = {row: place for place, row in enumerate(rows) if numbers[row] is None}
        if places:
            new = dict(zip(places, compute(np.array(list(places.values()))).tolist(), strict=True))
            numbers |= new
            if len(self._kept) + len(new) > self._most:
                self._kept.clear()
            if len(new) <= self._most:
                self._kept.update(new)
        return np.array([numbers[row] for row in rows], dtype=np.float64)


__all__ = ["MOST", "Memory"]
