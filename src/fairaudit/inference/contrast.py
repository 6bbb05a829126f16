"""Two independent rates: intervals of their ratio and difference, and tests that agree with these intervals.

Both intervals invert one score statistic. For a supposed ratio (or difference) the two rates that make the counts most likely are found,
and the statistic measures, in standard errors under these rates, how far the counts are from them; no zero cell needs half a
person added. The correction for skewness makes both tails of the interval miss equally often.

References
----------
.. [1] Miettinen and Nurminen 1985, Comparative analysis of two rates, doi:10.1002/sim.4780040211: the statistic, its restricted
   estimates (their appendix) and the factor N / (N - 1) of its variance.
.. [2] Gart and Nam 1988, Approximate interval estimation of the ratio of binomial parameters: a review and corrections for skewness,
   doi:10.2307/2531848: the correction for skewness.
.. [3] Laud 2017, Equal-tailed confidence intervals for comparison of rates, doi:10.1002/pst.1813: both together, for ratio and
   difference, as one statistic that also gives p-values.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairaudit.inference.halving import follow
from fairaudit.inference.proportion import floats, wilson
from fairaudit.inference.special import betainc, betaincc, ndtr, ndtri

Floats: TypeAlias = NDArray[np.float64]

FEW_EXPECTED = 5.0
"""With a cell that expects fewer people than this, the exact test takes the place of the score test (Cochran 1954)."""
_STEPS = 62
"""Halvings, after which the limits are as exact as their floats."""
_FARTHEST_LOG_RATIO = 90.0
"""No ratio of two shares of at most 10^19 people is farther from 1 than this, on the natural log scale."""


def ratio_score(
    ratio: ArrayLike, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, skewness: bool = True
) -> Floats:
    """Compute the score statistic of a supposed ratio of two rates, group over reference.

    Parameters
    ----------
    ratio
        Supposed ratios, above 0.
    x1, n1, x2, n2
        Successes and trials of the group and of its reference; whole numbers, or what rows of the same people are worth.
    skewness
        Whether to correct for skewness [2]_ [3]_; without it the statistic is Miettinen and Nurminen's [1]_.

    Returns
    -------
    array
        About standard normal if the supposition is true; positive if the counts speak for a larger ratio, 0 where they say
        nothing. NaN where somebody has no trials.
    """
    theta, x1, n1, x2, n2 = floats(ratio, x1, n1, x2, n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = rates_of_ratio(theta, x1, n1, x2, n2)
        spread1, rest2 = p1 * (1.0 - p1), 1.0 - p2
        return _score(
            x1 / n1 - theta * x2 / n2,
            spread1 / n1 + theta**2 * p2 * rest2 / n2,
            spread1 * (1.0 - 2.0 * p1) / n1**2 - theta**3 * p2 * rest2 * (1.0 - 2.0 * p2) / n2**2
            if skewness
            else None,
            total=n1 + n2,
        )


def rates_of_ratio(ratio: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> tuple[Floats, Floats]:
    """Find the two rates that make the counts most likely if the group's is so many times the reference's [1]_."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # The smaller root of N ratio p^2 - (s + t) p + (x1 + x2) = 0, written without taking nearly equal numbers from each
        # other: (s + t)^2 - 4 N ratio (x1 + x2) is the sum under the root.
        s, t = (n1 + x2) * ratio, n2 + x1
        root = np.sqrt((s - t) ** 2 + 4.0 * ratio * (n1 - x1) * (n2 - x2))
        p2 = _within(2.0 * (x1 + x2) / (s + t + root), 0.0, 1.0)
    return _within(p2 * ratio, 0.0, 1.0), p2


def difference_score(
    difference: ArrayLike,
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    *,
    skewness: bool = True,
) -> Floats:
    """Compute the score statistic of a supposed difference of two rates, group minus reference.

    Parameters
    ----------
    difference
        Supposed differences, within [-1, 1].
    x1, n1, x2, n2, skewness
        As for `ratio_score`.

    Returns
    -------
    array
        As of `ratio_score`; both give the same number for equal rates.
    """
    delta, x1, n1, x2, n2 = floats(difference, x1, n1, x2, n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = rates_of_difference(delta, x1, n1, x2, n2)
        spread1, spread2 = p1 * (1.0 - p1), p2 * (1.0 - p2)
        return _score(
            x1 / n1 - x2 / n2 - delta,
            spread1 / n1 + spread2 / n2,
            spread1 * (1.0 - 2.0 * p1) / n1**2 - spread2 * (1.0 - 2.0 * p2) / n2**2 if skewness else None,
            total=n1 + n2,
        )


def ratio_interval(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    *,
    confidence: ArrayLike = 0.95,
    skewness: bool = True,
) -> tuple[Floats, Floats]:
    """Compute the score interval of a ratio of two independent rates.

    Parameters
    ----------
    x1, n1, x2, n2, skewness
        As for `ratio_score`.
    confidence
        Between 0 and 1; both tails are equal.

    Returns
    -------
    low, high
        Within [0, inf]. `low` is 0 where the group has no successes, `high` is infinite where the reference has none; 0 of 10 against
        0 of 10 may have any ratio. With x successes the corrected score never gets farther than about sqrt(1 + 6 x), so that from a
        confidence of about 99.2% on, a single success does not limit the ratio either. NaN where somebody has no trials.

    Examples
    --------
    >>> low, high = ratio_interval(805, 1795, 349, 1488)
    >>> round(float(low), 2), round(float(high), 2)
    (1.72, 2.13)
    """
    x1, n1, x2, n2, z = floats(x1, n1, x2, n2, _critical(confidence))

    def score(log_ratio: Floats, *tables: Floats) -> Floats:
        return ratio_score(np.exp(log_ratio), *tables, skewness=skewness)

    low, high = _invert(score, (x1, n1, x2, n2), z, -_FARTHEST_LOG_RATIO, _FARTHEST_LOG_RATIO)
    unknown = (n1 == 0) | (n2 == 0)
    return (
        np.where(unknown, np.nan, np.where((x1 == 0) | (low == -_FARTHEST_LOG_RATIO), 0.0, np.exp(low))),
        np.where(unknown, np.nan, np.where((x2 == 0) | (high == _FARTHEST_LOG_RATIO), np.inf, np.exp(high))),
    )


def difference_interval(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    *,
    confidence: ArrayLike = 0.95,
    skewness: bool = True,
) -> tuple[Floats, Floats]:
    """Compute the score interval of a difference of two independent rates.

    Parameters and NaN are as for `ratio_interval`, with which it agrees on whether the rates may be equal.

    Returns
    -------
    low, high
        Within [-1, 1].
    """
    x1, n1, x2, n2, z = floats(x1, n1, x2, n2, _critical(confidence))

    def score(difference: Floats, *tables: Floats) -> Floats:
        return difference_score(difference, *tables, skewness=skewness)

    low, high = _invert(score, (x1, n1, x2, n2), z, -1.0, 1.0)
    unknown = (n1 == 0) | (n2 == 0)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def newcombe(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Compute Newcombe's interval of a difference of two independent rates, from the Wilson interval of each.

    It shares no step with `difference_interval`, and is its cross-check; and it is quick enough for all pairs of very many groups.

    References
    ----------
    Newcombe 1998, Interval estimation for the difference between independent proportions, method 10,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    """
    x1, n1, x2, n2 = floats(x1, n1, x2, n2)
    with np.errstate(invalid="ignore"):
        p1, p2 = x1 / n1, x2 / n2
    (low1, high1), (low2, high2) = wilson(x1, n1, confidence), wilson(x2, n2, confidence)
    return (
        p1 - p2 - np.hypot(p1 - low1, high2 - p2),
        p1 - p2 + np.hypot(high1 - p1, p2 - low2),
    )


def equality_test(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike
) -> tuple[Floats, NDArray[np.bool_]]:
    """Test whether two independent rates are equal.

    Returns
    -------
    p_value
        Two-sided: of the score test at ratio 1, below 1 - confidence exactly where `ratio_interval` excludes 1; or of Fisher's
        exact test where a cell of the table expects fewer than five people. NaN where somebody has no trials.
    exact
        Whether it is of Fisher's test.
    """
    x1, n1, x2, n2 = floats(x1, n1, x2, n2)
    # One number, too, is kept as an array, so that it can be replaced.
    p_value = np.array(2 * ndtr(-np.abs(ratio_score(1.0, x1, n1, x2, n2))))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (x1 + x2) / (n1 + n2)
        exact = np.minimum(n1, n2) * np.minimum(share, 1 - share) < FEW_EXPECTED
    exact = np.asarray(exact & (n1 > 0) & (n2 > 0))
    for place in np.argwhere(exact):
        a, m, b, k = (float(values[tuple(place)]) for values in (x1, n1, x2, n2))
        # Counts that rows of the same people are worth need not be whole: fewer people, and the larger p-value, are the careful side.
        m, k = math.floor(m), math.floor(k)
        p_value[tuple(place)] = max(
            _fisher(min(whole1, m), m, min(whole2, k), k)
            for whole1 in {math.floor(a), math.ceil(a)}
            for whole2 in {math.floor(b), math.ceil(b)}
        )
    return p_value, exact


def _fisher(x1: int, n1: int, x2: int, n2: int) -> float:
    """Compute the two-sided p-value of Fisher's exact test, by the recurrence of the hypergeometric probabilities.

    Made for tables in which a cell expects few people, however many there are in all; there ``scipy.stats.fisher_exact``, which the
    tests compare with, needs seconds to minutes.
    """
    # The cell that expects the fewest is put first, so that few values carry all the weight.
    if 2 * (x1 + x2) > n1 + n2:
        x1, x2 = n1 - x1, n2 - x2
    if n1 > n2:
        x1, n1, x2, n2 = x2, n2, x1, n1
    successes = x1 + x2
    weight, weights = 1.0, [1.0]
    # Fewer successes than people of the other group: nobody has to be in the first cell.
    for k in range(min(n1, successes)):
        weight *= (n1 - k) * (successes - k) / ((k + 1) * (n2 - successes + k + 1))
        if weight < sys.float_info.min:
            break
        weights.append(weight)
    if x1 >= len(weights):
        return 0.0
    # Two equally likely tables may differ in their last digit.
    as_unlikely = (w for w in weights if w <= weights[x1] * (1 + 1e-9))
    return min(1.0, math.fsum(as_unlikely) / math.fsum(weights))


def share_ratio_interval(
    x1: ArrayLike, x2: ArrayLike, *, confidence: ArrayLike = 0.95
) -> tuple[Floats, Floats]:
    """Compute the interval of the ratio of two shares of one whole, such as two groups' shares of all people selected.

    Given how many people both have together, the group's part of them is binomial, and the ratio is the odds of that part.

    Parameters
    ----------
    x1, x2
        People of the group and of its reference in the whole.

    Returns
    -------
    low, high
        Within [0, inf]; NaN where neither has anybody.

    References
    ----------
    Przyborowski and Wilenski 1940, Homogeneity of results in testing samples from Poisson series, doi:10.1093/biomet/31.3-4.313, for the
    conditioning; the binomial interval is Wilson's.
    """
    x1, x2 = floats(x1, x2)
    low, high = wilson(x1, x1 + x2, confidence)
    with np.errstate(divide="ignore"):
        return low / (1 - low), high / (1 - high)


def share_ratio_score(ratio: ArrayLike, x1: ArrayLike, x2: ArrayLike) -> Floats:
    """Compute the score statistic of a supposed ratio of two shares of one whole; see `share_ratio_interval`."""
    theta, x1, x2 = floats(ratio, x1, x2)
    share, total = theta / (1 + theta), x1 + x2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total == 0, 0.0, (x1 - total * share) / np.sqrt(total * share * (1 - share)))


def rate_score(supposed: ArrayLike, x: ArrayLike, n: ArrayLike) -> Floats:
    """Compute the score statistic of a supposed rate, which Wilson's interval inverts.

    Returns
    -------
    array
        Positive if the counts speak for a larger rate; 0 where there are no trials. A supposed rate of 0 or 1 is refuted for sure
        by a single case against it.
    """
    p, x, n = floats(supposed, x, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (x - n * p) / np.sqrt(n * p * (1 - p))
    return np.where(np.isnan(score), 0.0, score)


def exact_rate_scores(supposed: ArrayLike, x: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Compute statistics of a supposed rate as `rate_score` does, from exact binomial tails (Clopper and Pearson 1934).

    One-sided score tests at 5% err in up to 23%, for one person out of two, and in 6.7% where 20 are expected; after a correction
    for 33 comparisons in four times what they say.

    Returns
    -------
    below, above
        Normal quantiles: ``ndtr(below)`` is the p-value of the rate not being below the supposed one, ``ndtr(-above)`` that of its not being
        above.
    """
    p, x, n = floats(supposed, x, n)
    # Binomial tails are incomplete beta functions, which take counts of any size.
    at_most = np.where(x < n, betaincc(x + 1, np.where(x < n, n - x, 1), p), 1.0)
    at_least = np.where(x > 0, betainc(np.where(x > 0, x, 1), n - x + 1, p), 1.0)
    return ndtri(np.clip(at_most, 0, 1)), -ndtri(np.clip(at_least, 0, 1))


def _score(distance: Floats, variance: Floats, third: Floats | None, *, total: Floats) -> Floats:
    """Put a distance, its variance and, to correct for skewness, its third moment together, as in [3]_."""
    variance = variance * np.where(total > 1.0, total / (total - 1.0), 1.0)
    plain = distance / np.sqrt(variance)
    # No variance: the supposition is met exactly, or cannot be true.
    none = variance == 0.0
    if np.count_nonzero(none):
        met = np.where(np.abs(distance) < 1e-12, 0.0, np.copysign(np.inf, distance))
        plain = np.where(none, met, plain)
    if third is None:
        return plain
    c = third / (6.0 * variance**1.5)
    c = np.where(np.isfinite(c), c, 0.0)
    # z + c (z^2 - 1) = plain, solved for the z that tends to `plain` as c tends to 0. Where there is no solution the skewed
    # distribution has no such values, and z goes on from the turning point in a straight line.
    moved = plain + c
    inner = np.maximum(1.0 + 4.0 * c * moved, 0.0)
    corrected = 2.0 * moved / (1.0 + np.sqrt(inner))
    return np.where(np.isfinite(plain), corrected, plain)


def rates_of_difference(
    difference: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats
) -> tuple[Floats, Floats]:
    """Find the two rates that make the counts most likely if the group's is so much above the reference's [1]_."""
    p2 = _restricted_rate(difference, x1, n1, x2, n2)
    return _within(p2 + difference, 0.0, 1.0), p2


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _restricted_rate(delta: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
    """Find the reference's most likely rate if the rates differ by `delta`: the root of a cubic, [1]_ appendix 1."""
    total, successes, rest = n1 + n2, x1 + x2, 1.0 - delta
    l2 = (n1 + 2.0 * n2) * delta - total - successes
    l1 = (n2 * delta - total - 2.0 * x2) * delta + successes
    l0 = x2 * delta * rest
    times3 = 3.0 * total
    third = l2 / times3
    q = _cubed(third) - l1 * l2 / (6.0 * total**2) + l0 / (2.0 * total)
    p = np.copysign(np.sqrt(np.maximum(third**2 - l1 / times3, 0.0)), q)
    cosine = np.where(p == 0.0, 0.0, q / _cubed(p))
    angle = (np.pi + np.arccos(_within(cosine, -1.0, 1.0))) / 3.0
    least, most = np.maximum(0.0, -delta), np.minimum(1.0, rest)
    rate = _within(2.0 * p * np.cos(angle) - third, least, most)
    twice_l2 = 2.0 * l2
    for _ in range(3):
        # The cosine is good to half the digits near its ends; Newton's steps bring the others.
        slope = (times3 * rate + twice_l2) * rate + l1
        step = (((total * rate + l2) * rate + l1) * rate + l0) / slope
        moved = rate - step
        better = (slope < 0.0) & (np.abs(step) < 1e-3) & (moved >= least) & (moved <= most) & (moved != rate)
        # What has not moved does not move again.
        if not np.count_nonzero(better):
            break
        rate = np.where(better, moved, rate)
    return rate


def _cubed(values: Floats) -> Floats:
    """Do what ``values**3`` does, which takes ten times as long where numbers are negative; where long floats have more digits, all but one of a thousand are the same."""
    long = values.astype(np.longdouble)
    return np.asarray((long * long * long).astype(np.float64))


def _within(values: Floats, least: Floats | float, most: Floats | float) -> Floats:
    """Do what ``numpy.clip`` does, which takes thrice as long with few numbers."""
    return np.asarray(np.minimum(np.maximum(values, least), most))


def _invert(
    score: Callable[..., Floats], tables: Sequence[Floats], z: Floats, least: float, most: float
) -> tuple[Floats, Floats]:
    """Find where falling scores of tables pass `z` and `-z`, by halving both brackets together."""
    targets = np.stack([z, -z])
    repeated: dict[int, list[Floats]] = {}

    def excess(numbers: Floats) -> Floats:
        columns = repeated.setdefault(
            len(numbers), [np.broadcast_to(column, numbers.shape) for column in tables]
        )
        return np.asarray(score(numbers, *columns) - targets)

    low, high = follow(excess, np.full_like(targets, least), np.full_like(targets, most), _STEPS)
    return low[0], high[1]


def _critical(confidence: ArrayLike) -> Floats:
    return np.asarray(ndtri((1 + np.asarray(confidence, dtype=np.float64)) / 2))


__all__ = [
    "FEW_EXPECTED",
    "difference_interval",
    "difference_score",
    "equality_test",
    "exact_rate_scores",
    "floats",
    "newcombe",
    "rate_score",
    "rates_of_difference",
    "rates_of_ratio",
    "ratio_interval",
    "ratio_score",
    "share_ratio_interval",
    "share_ratio_score",
]
