"""Two rates of the same people, or partly of the same: the interval of their difference, and tests.

References
----------
.. [1] McNemar 1947, Note on the sampling error of the difference between correlated proportions or percentages, doi:10.1007/BF02295996;
   the exact test asks how likely the pairs that differ would fall to one side, as coins do.
.. [2] Newcombe 1998, Improved confidence intervals for the difference between binomial proportions based on paired data, method 10,
   doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C.
.. [3] Zou 2007, Toward using confidence intervals to compare correlations, doi:10.1037/1082-989X.12.4.399: the same form for any two figures
   that have intervals and a correlation, which Newcombe's is for pairs.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairaudit.inference.contrast import floats
from fairaudit.inference.halving import halve
from fairaudit.inference.mover import MOST
from fairaudit.inference.proportion import wilson
from fairaudit.inference.special import betainc, ndtr, ndtri

Floats: TypeAlias = NDArray[np.float64]

_STEPS = 44
"""Halvings, which leave 1e-12 of the range."""


def mcnemar(one_only: ArrayLike, other_only: ArrayLike) -> Floats:
    """Test whether two rates of the same people are equal, by McNemar's exact test [1]_.

    Parameters
    ----------
    one_only, other_only
        People who are counted in one rate and not in the other.

    Returns
    -------
    array
        Two-sided p-values; 1 where nobody differs.

    Examples
    --------
    >>> float(mcnemar(1, 6))
    0.125
    """
    b, c = floats(one_only, other_only)
    n, fewer = b + c, np.minimum(b, c)
    # A binomial tail of one half: P(X <= k) = I_{1/2}(n - k, k + 1).
    tail = betainc(np.maximum(n - fewer, 1), fewer + 1, 0.5)
    return np.where(n == 0, 1.0, np.minimum(1.0, 2 * tail))


def correlation_of(
    base: tuple[float, float], new: tuple[float, float], pairs: tuple[float, float, float, float]
) -> float:
    """Compute the correlation of two rates, to which those who are in both denominators add in both; where all are, it is the phi of their table.

    One that is positive is brought nearer to 0 by half a person, as in method 10 of [2]_, since chance may have made so much of it.

    Parameters
    ----------
    base, new
        Successes and trials, of which there are some.
    pairs
        Those in both denominators: counted both times, in base only, in new only, and neither time.

    Examples
    --------
    >>> round(correlation_of((38, 50), (48, 50), (36, 2, 12, 0)), 4)
    -0.1147
    """
    (x1, n1), (x2, n2) = base, new
    both, base_only, new_only, neither = pairs
    p1, p2 = x1 / n1, x2 / n2
    people = both + base_only + new_only + neither
    product = both - p2 * (both + base_only) - p1 * (both + new_only) + people * p1 * p2
    if product > 0:
        product = max(product - 0.5, 0.0)
    spread = math.sqrt(n1 * p1 * (1 - p1) * n2 * p2 * (1 - p2))
    return min(max(product / spread, -1.0), 1.0) if spread > 0 else 0.0


def few_changed(balance: ArrayLike, people: ArrayLike, limit: ArrayLike) -> Floats:
    """Compute how unlikely so small a balance of people who have changed is, if the share of a limit has: as a quantile of the standard normal.

    Parameters
    ----------
    balance
        How many more have changed to one side than to the other.
    limit
        Between 0 and 1.

    Examples
    --------
    >>> z = few_changed(1, 200, 0.02)  # P(X <= 1) = 0.0894
    >>> round(float(z), 2)
    1.34
    """
    seen, n, share = floats(balance, people, limit)
    seen = np.floor(np.clip(seen, 0, np.maximum(n - 1, 0)))
    tail = betainc(np.maximum(n - seen, 1), seen + 1, 1 - share)
    return np.asarray(-ndtri(np.clip(tail, 1e-300, 1 - 1e-16)))


def difference_interval(
    base: tuple[ArrayLike, ArrayLike],
    new: tuple[ArrayLike, ArrayLike],
    correlation: ArrayLike,
    *,
    confidence: ArrayLike = 0.95,
) -> tuple[Floats, Floats]:
    """Compute the interval of a difference of two correlated rates, new minus base, from the Wilson interval of each [2]_ [3]_.

    Parameters
    ----------
    base, new
        Successes and trials.
    correlation
        Of the two rates; 0 gives Newcombe's interval of independent ones.

    Returns
    -------
    low, high
        NaN where somebody has no trials.

    Examples
    --------
    >>> low, high = difference_interval((38, 50), (48, 50), correlation_of((38, 50), (48, 50), (36, 2, 12, 0)))
    >>> round(float(low), 4), round(float(high), 4)
    (0.0569, 0.3404)
    """
    x1, n1, x2, n2, phi, level = floats(*base, *new, correlation, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = x1 / n1, x2 / n2
    (low1, high1), (low2, high2) = wilson(x1, n1, level), wilson(x2, n2, level)
    return (
        p2 - p1 - _joined(p2 - low2, high1 - p1, phi),
        p2 - p1 + _joined(high2 - p2, p1 - low1, phi),
    )


def overlap_test(
    base: tuple[ArrayLike, ArrayLike], new: tuple[ArrayLike, ArrayLike], correlation: ArrayLike
) -> Floats:
    """Test whether two correlated rates are equal, by inverting `difference_interval`.

    Returns
    -------
    array
        Two-sided p-values: 1 minus the confidence at which the interval begins to hold 0. NaN where somebody has no trials.
    """
    x1, n1, x2, n2, phi = floats(*base, *new, correlation)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = x2 / n2 - x1 / n1

    def is_short(z: Floats) -> NDArray[np.bool_]:
        low, high = difference_interval((x1, n1), (x2, n2), phi, confidence=2 * ndtr(z) - 1)
        return np.where(distance > 0, low > 0, high < 0)

    low, _ = halve(is_short, np.zeros_like(distance), np.full_like(distance, MOST), _STEPS)
    p_value = np.where(distance == 0, 1.0, 2 * ndtr(-low))
    return np.where(np.isnan(distance), np.nan, p_value)


def _joined(one: Floats, other: Floats, correlation: Floats) -> Floats:
    """Put the distances to two limits together, as far as they do not go along with each other."""
    return np.asarray(np.sqrt(np.maximum(one**2 - 2 * correlation * one * other + other**2, 0)))
