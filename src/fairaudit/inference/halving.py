"""Halving of many brackets together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

_AHEAD = ((4, 5), (16, 4), (80, 3), (240, 2))
"""Of at most so many brackets so many halvings are looked ahead: a call of NumPy takes longer than it reckons with so few numbers."""


def halve(
    is_short: Callable[[Floats], Bools], low: Floats, high: Floats, steps: int
) -> tuple[Floats, Floats]:
    """Halve brackets, so often, towards where something stops to be short.

    What may be asked next is asked together with what is asked now; the brackets are those of asking one after the other.

    Parameters
    ----------
    is_short
        Takes numbers of shape (m, *shape of the brackets).
    low, high
        Of one shape.
    """
    shape, low, high = low.shape, low.ravel(), high.ravel()
    if not low.size:
        return low.reshape(shape), high.reshape(shape)
    own = np.arange(low.size)
    ahead = next((levels for most, levels in _AHEAD if low.size <= most), 1)
    if ahead == 1:
        for _ in range(steps):
            middle = (low + high) / 2
            goes_on = is_short(middle.reshape(1, *shape)).ravel()
            low, high = np.where(goes_on, middle, low), np.where(goes_on, high, middle)
        return low.reshape(shape), high.reshape(shape)
    left = steps
    while left:
        levels = min(ahead, left)
        left -= levels
        edges = np.stack([low, high])
        for _ in range(levels):
            finer = np.empty((2 * len(edges) - 1, low.size))
            finer[::2], finer[1::2] = edges, (edges[:-1] + edges[1:]) / 2
            edges = finer
        short = is_short(edges[1:-1].reshape(-1, *shape)).reshape(-1, low.size)
        first, width = np.zeros_like(own), len(edges) - 1
        for _ in range(levels):
            width //= 2
            first = np.where(short[first + width - 1, own], first + width, first)
        low, high = edges[first, own], edges[first + 1, own]
    return low.reshape(shape), high.reshape(shape)
