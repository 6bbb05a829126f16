"""The largest gap between any two of several rates: an interval that allows for its being the largest."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairaudit.inference.contrast import newcombe
from fairaudit.inference.proportion import wilson
from fairaudit.inference.range_table import tabled
from fairaudit.inference.special import ndtr

Floats: TypeAlias = NDArray[np.float64]

_MANY = 100
"""Of more groups those pairs are left out that cannot be the farthest apart."""
_MOST_PAIRS = 1 << 20
"""So many are looked at together."""
_STEPS = 65
_ROUNDING = 1e-9


def gap_interval(
    families: Sequence[tuple[ArrayLike, ArrayLike]], *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Compute the interval of the largest gap between any two groups, in one rate or in the worse of several.

    The gap is at least the largest difference of which Newcombe's intervals of all pairs, made to hold together, are sure: with the
    critical value of the range of so many normal variables (Tukey and Kramer). At its upper end nothing was chosen: the pair that is truly
    farthest apart is one of all, and the largest upper limit is not below its own. So there each pair has its plain interval.

    Parameters
    ----------
    families
        Successes and trials, shape (..., groups), of each rate; trials above 0, and two groups at least.
    confidence
        Between 0 and 1. Where all groups are alike the interval misses at its lower end alone.

    Returns
    -------
    low, high
        Within [0, 1], shape (...); `low` is 0 unless some pair differs for sure.

    References
    ----------
    Kramer 1956, doi:10.2307/3001469, and Hayter 1984, doi:10.1214/aos/1176346392, for groups of unequal size; Newcombe 1998, method 10.

    Examples
    --------
    >>> low, high = gap_interval([([20, 30, 45], [100, 100, 100])])
    >>> round(float(low), 3), round(float(high), 3)
    (0.095, 0.368)
    """
    counts = [tuple(np.asarray(part, dtype=np.float64) for part in family) for family in families]
    together = range_confidence(tuple(x.shape[-1] for x, _ in counts), confidence)
    lows = [_largest(x, n, together, is_sure=True) for x, n in counts]
    highs = [_largest(x, n, confidence, is_sure=False) for x, n in counts]
    return np.maximum(np.max(lows, axis=0), 0), np.minimum(np.max(highs, axis=0), 1)


def _largest(x: Floats, n: Floats, confidence: float, *, is_sure: bool) -> Floats:
    """Find the largest difference of two groups that their interval is sure of, or that it allows."""
    if x.ndim == 1 and len(x) > _MANY:
        places = _extreme(x, n, confidence, is_sure=is_sure)
        x, n = x[places], n[places]
    largest = np.full(x.shape[:-1], -np.inf)
    groups = x.shape[-1]
    rows = max(_MOST_PAIRS // groups, 1)
    for first in range(0, groups - 1, rows):
        one, other = np.triu_indices(min(rows, groups - first), k=1, m=groups - first)
        one, other = one + first, other + first
        low, high = newcombe(x[..., one], n[..., one], x[..., other], n[..., other], confidence=confidence)
        of_pairs = np.maximum(low, -high) if is_sure else np.maximum(-low, high)
        largest = np.maximum(largest, of_pairs.max(axis=-1))
    return largest


def _extreme(x: Floats, n: Floats, confidence: float, *, is_sure: bool) -> NDArray[np.intp]:
    """Name the groups that may be in the pair which is farthest apart, so that not all pairs of very many have to be looked at.

    A pair's difference is that of its rates, less or more the length of what lies on the inner sides of both intervals, or on the outer ones. No
    group is in the farthest pair whose difference from any other stays below that of a pair which is known, its own side being taken for
    as long as helps, to within a step.
    """
    share, (low, high) = x / n, wilson(x, n, confidence)
    sign = -1 if is_sure else 1
    above, below = (share - low, high - share) if is_sure else (high - share, share - low)
    of_above = share + _at_most(above, -share, below, sign)
    of_below = -share + _at_most(below, share, above, sign)
    first, last = int(of_above.argmax()), int(of_below.argmax())
    beside_first = share[first] - share + sign * np.hypot(above[first], below)
    beside_last = share - share[last] + sign * np.hypot(above, below[last])
    # Nobody is a pair with himself.
    beside_first[first] = beside_last[last] = -np.inf
    known = max(beside_first.max(), beside_last.max()) - _ROUNDING
    return np.flatnonzero((of_above >= known) | (of_below >= known))


def _at_most(own: Floats, shares: Floats, others: Floats, sign: int) -> Floats:
    """Bound, for each side of a group, what any other group adds to its share."""
    steps = np.linspace(own.min(), own.max(), _STEPS)
    added = np.asarray([(shares + sign * np.hypot(step, others)).max() for step in steps])
    # Shorter sides take less away, longer ones add more.
    places = (
        np.searchsorted(steps, own, side="left")
        if sign > 0
        else np.searchsorted(steps, own, side="right") - 1
    )
    return np.asarray(added[places])


def range_confidence(groups: tuple[int, ...], confidence: float) -> float:
    """Compute the confidence of each pair at which all pairs of groups hold together, in several independent rates.

    Parameters
    ----------
    groups
        How many groups each rate has.

    Examples
    --------
    >>> round(range_confidence((2,), 0.95), 6)
    0.95
    >>> round(range_confidence((6,), 0.95), 4)
    0.9956
    """
    known = tabled(groups, confidence)
    return _range_confidence(groups, confidence) if known is None else known


@functools.lru_cache(maxsize=1024)
def _range_confidence(groups: tuple[int, ...], confidence: float) -> float:
    """Compute what is not in the table."""
    from scipy.optimize import brentq
    from scipy.stats import studentized_range

    def missed(critical: float) -> float:
        held = (float(studentized_range.cdf(critical * math.sqrt(2), k, math.inf)) for k in groups)
        return math.prod(held) - confidence

    critical = brentq(missed, 0.1, 12.0, xtol=1e-9)
    return float(2 * ndtr(critical) - 1)
