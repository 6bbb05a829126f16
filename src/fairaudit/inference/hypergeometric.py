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
_ALIKE = 1e-9
"""Chances that differ by less, relatively, are the same."""
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


def two_sided(x: int, n: int, successes: int, total: int) -> float:
    """Compute the two-sided p-value of Fisher's exact test: the chances of all tables that are no likelier than the one there is.

    Parameters
    ----------
    x, n, successes, total
        As for `chance_at_least`.

    References
    ----------
    Fisher 1935, as above; Agresti 2013, Categorical Data Analysis, 3.5.1, for this way to have two sides, which is R's and SciPy's.

    Examples
    --------
    >>> round(two_sided(3, 10, 11, 30), 4)
    0.702
    """
    return _two_sided(x, n, successes, total)[0]


def two_sided_mid(x: int, n: int, successes: int, total: int) -> float:
    """Compute Fisher's two-sided p-value with the chances of tables that are as likely as the one there is counted half (Lancaster 1961, doi:10.1080/01621459.1961.10482105)."""
    p_value, own = _two_sided(x, n, successes, total)
    return p_value - own / 2


def _two_sided(x: int, n: int, successes: int, total: int) -> tuple[float, float]:
    """Add up the chances of tables that are no likelier; beside those of tables that are just as likely."""
    least, most = max(0, n + successes - total), min(n, successes)
    if least == most:
        return 1.0, 1.0
    mean = n * successes / total
    spread = math.sqrt(mean * (1 - successes / total) * (total - n) / max(total - 1, 1.0))
    if spread > _WIDE:
        return min(1.0, 2 * float(ndtr((0.5 - abs(x - mean)) / spread))), 0.0
    reach = math.ceil(_REACH * spread) + _SPARE
    low, high = max(least, math.floor(mean) - reach), min(most, math.ceil(mean) + reach)
    if not low <= x <= high:
        return 0.0, 0.0
    counts = np.arange(low, high, dtype=np.float64)
    steps = np.log((successes - counts) * (n - counts)) - np.log(
        (counts + 1) * (total - successes - n + counts + 1)
    )
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    weights = np.exp(logs - logs.max())
    whole, own = math.fsum(weights), float(weights[x - low])
    # Two equally likely tables may differ in their last digits.
    as_unlikely = weights[weights <= own * (1 + _ALIKE)]
    alike = math.fsum(as_unlikely[as_unlikely >= own * (1 - _ALIKE)])
    return min(1.0, math.fsum(as_unlikely) / whole), alike / whole


def standard_deviations(x: int, n: int, successes: int, total: int) -> float | None:
    """Say by how many standard deviations a part of the people has more successes than expected, had it been drawn from all by lot.

    That is (x - E) / sd with E = n K / N and sd^2 = n (N - n) K (N - K) / (N^2 (N - 1)), of the hypergeometric distribution.

    Returns
    -------
    float or None
        ``None`` where all have the same outcome, or the part is nobody or everybody.

    References
    ----------
    Hazelwood School District v. United States, 433 U.S. 299 (1977), note 17, with the exact variance of draws without replacement.

    Examples
    --------
    >>> round(standard_deviations(12, 40, 60, 120), 5)
    -3.08545
    """
    variance = n * (total - n) * successes * (total - successes)
    if variance == 0:
        return None
    return (x * total - n * successes) / math.sqrt(variance / (total - 1))


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
