"""The chance of so many successes in a part of the people, if the part had been drawn from all of them by lot."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairaudit.inference.special import gammaln, ndtr

Floats: TypeAlias = NDArray[np.float64]

_REACH = 45.0
"""Counts farther than so many standard deviations from the first one are left out: their chance is nothing beside its."""
_SPARE = 200
_WIDE = 2e4
"""From so large a standard deviation on, which takes billions of people, the chances are those of a normal distribution."""


def chance_at_least(x: ArrayLike, n: ArrayLike, successes: ArrayLike, total: ArrayLike) -> Floats:
    """Compute the exact one-sided p-value of a part of the people having no higher rate than the rest (Fisher's exact test).

    Parameters
    ----------
    x, n
        Successes and people of the part.
    successes, total
        Those of everybody, the part included.

    Returns
    -------
    array
        The chance of `x` successes or more in `n` people drawn from all by lot.

    References
    ----------
    Fisher 1935, The logic of inductive inference, Journal of the Royal Statistical Society 98:39-82.

    Examples
    --------
    >>> round(float(chance_at_least(3, 4, 4, 8)), 4)
    0.2429
    """
    columns = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (x, n, successes, total)))
    chances = [_tail(*map(float, table)) for table in zip(*(c.ravel() for c in columns), strict=True)]
    return np.asarray(chances).reshape(columns[0].shape)


def _tail(x: float, n: float, successes: float, total: float) -> float:
    """Add up the chances of `x` and more, or of fewer where these are less."""
    least, most = max(0.0, n + successes - total), min(n, successes)
    if x <= least:
        return 1.0
    if x > most:
        return 0.0
    mean = n * successes / total
    spread = math.sqrt(mean * (1 - successes / total) * (total - n) / max(total - 1, 1.0))
    if spread > _WIDE:
        return float(ndtr((mean - x + 0.5) / spread))
    if x <= mean:
        # The smaller tail is exact to more digits.
        return max(0.0, 1.0 - _sum_down(x - 1, least, (n, successes, total), spread))
    # What fails is a success of the mirrored table, whose lower tail is this one.
    return _sum_down(n - x, n - most, (n, total - successes, total), spread)


def _sum_down(x: float, least: float, table: tuple[float, float, float], spread: float) -> float:
    """Add up the chances of `x`, which lies below the mean, and of all counts down to the least."""
    n, successes, total = table
    steps = min(x - least, math.ceil(_REACH * spread) + _SPARE)
    counts = x - np.arange(steps)
    # From each count down to the next one, the chance falls by this factor.
    factors = counts * (total - successes - n + counts) / ((successes - counts + 1) * (n - counts + 1))
    relative = 1.0 + float(np.cumprod(factors).sum())
    return min(1.0, math.exp(_log_chance(x, n, successes, total)) * relative)


def _log_chance(x: float, n: float, successes: float, total: float) -> float:
    ways = _log_choose(successes, x) + _log_choose(total - successes, n - x)
    return float(ways - _log_choose(total, n))


def _log_choose(n: float, k: float) -> float:
    return float(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
