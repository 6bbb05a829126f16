"""The largest gap between any two of several rates: an interval that allows for its being the largest."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairaudit.inference.contrast import newcombe
from fairaudit.inference.range_table import tabled
from fairaudit.inference.special import ndtr

Floats: TypeAlias = NDArray[np.float64]


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
    lows, highs = [], []
    for x, n in counts:
        one, other = np.triu_indices(x.shape[-1], k=1)
        pair = x[..., one], n[..., one], x[..., other], n[..., other]
        low, high = newcombe(*pair, confidence=together)
        lows.append(np.maximum(low, -high).max(axis=-1))
        low, high = newcombe(*pair, confidence=confidence)
        highs.append(np.maximum(-low, high).max(axis=-1))
    return np.maximum(np.max(lows, axis=0), 0), np.minimum(np.max(highs, axis=0), 1)


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
