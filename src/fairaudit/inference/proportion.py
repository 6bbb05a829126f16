"""One rate, or a figure made of one: its interval."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairaudit.inference.halving import cross
from fairaudit.inference.special import betainc, betaincinv, expit, logit, ndtr, ndtri, stdtrit

Floats: TypeAlias = NDArray[np.float64]

FEW_OF_A_MEAN = 5
"""Fewer successes, or fewer failures, of one of two rates make the Wilson intervals of both too short to be put together."""
_NODES = np.linspace(-7.5, 7.5, 51)
"""Normal quantiles over which a distribution is integrated: beyond them lies 1e-13 of it."""
_HALVINGS, _LEFT_OUT = 44, 40
"""Halvings, which leave 6e-14, and how many of them are found without asking; with so many nodes the limits are good to 3e-4, of very few people, or
better."""
_TINY = 1e-300
_LIMITS: dict[tuple[float, ...], tuple[float, float]] = {}
_MOST_LIMITS = 10_000
"""Melded limits that are kept, by the tables and levels that they are of."""
_LED_ASTRAY, _HALVINGS_OF_A_QUANTILE = 1e-6, 60
FEW_WRONG = 3
"""Fewer people of the rarer label that are ranked wrongly, or rightly, say little about how much an area varies."""


def beta_quantile(a: ArrayLike, b: ArrayLike, p: ArrayLike) -> Floats:
    """Compute quantiles of beta distributions.

    Those of SciPy 1.17 are wrong now and then where one parameter is beyond millions (97.5% of 176,578,065 and 1,000 is given as
    0.99998, and is 0.999995). What does not lead back to `p` is searched by halving.

    Parameters
    ----------
    a, b
        Above 0.
    p
        Within [0, 1].
    """
    a, b, p = floats(a, b, p)
    quantile: Floats = np.asarray(betaincinv(a, b, p), dtype=np.float64)
    off = np.abs(betainc(a, b, quantile) - p)
    wrong = np.flatnonzero(off.ravel() > _LED_ASTRAY * np.minimum(p, 1 - p).ravel())
    if not wrong.size:
        return quantile
    of = [values.ravel()[wrong] for values in (a, b, p)]
    low, high = np.zeros(wrong.size), np.ones(wrong.size)
    for _ in range(_HALVINGS_OF_A_QUANTILE):
        middle = (low + high) / 2
        short = betainc(of[0], of[1], middle) < of[2]
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    better = np.abs(betainc(of[0], of[1], high) - of[2]) < off.ravel()[wrong]
    flat: Floats = quantile.ravel().copy()
    flat[wrong[better]] = high[better]
    return flat.reshape(quantile.shape)


def wilson(successes: ArrayLike, trials: ArrayLike, confidence: ArrayLike = 0.95) -> tuple[Floats, Floats]:
    """Compute Wilson's score interval of a proportion.

    Parameters
    ----------
    successes, trials
        Whole numbers, 0 <= successes <= trials.
    confidence
        Between 0 and 1; one for all, or one for each.

    Returns
    -------
    low, high
        Within [0, 1]; `low` is 0 exactly where `successes` is 0, `high` is 1 exactly where it is `trials`; NaN without trials.

    References
    ----------
    Wilson 1927, Probable inference, the law of succession, and statistical inference, JASA 22:209-212; the form is
    equation 4 of Brown, Cai and DasGupta 2001, doi:10.1214/ss/1009213286.

    Examples
    --------
    >>> [round(float(limit), 4) for limit in wilson(10, 20)]
    [0.2993, 0.7007]
    """
    x, n, level = floats(successes, trials, confidence)
    z = ndtri((1.0 + level) / 2.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, squared = x / n, z * z
        shrunk = 1.0 + squared / n
        centre = (share + squared / (2.0 * n)) / shrunk
        half = z / shrunk * np.sqrt(share * (1.0 - share) / n + squared / (4.0 * n * n))
    low = np.where(x == 0.0, 0.0, np.maximum(0.0, centre - half))
    high = np.where(x == n, 1.0, np.minimum(1.0, centre + half))
    unknown = n == 0.0
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def clopper_pearson(
    successes: ArrayLike, trials: ArrayLike, confidence: ArrayLike = 0.95
) -> tuple[Floats, Floats]:
    """Compute Clopper and Pearson's interval of a proportion, which never covers less often than it says.

    Parameters and results are as of `wilson`.

    References
    ----------
    Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404, by quantiles of the beta distribution (Brown, Cai and DasGupta 2001,
    section 4.2.1).

    Examples
    --------
    >>> [round(float(limit), 4) for limit in clopper_pearson(10, 20)]
    [0.272, 0.728]
    """
    x, n, level = floats(successes, trials, confidence)
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(x == 0, 0.0, beta_quantile(np.where(x > 0, x, 1), n - x + 1, tail))
        high = np.where(x == n, 1.0, beta_quantile(x + 1, np.where(x < n, n - x, 1), 1 - tail))
    return np.where(n == 0, np.nan, low), np.where(n == 0, np.nan, high)


def f1_interval(tp: ArrayLike, wrong: ArrayLike, confidence: ArrayLike = 0.95) -> tuple[Floats, Floats]:
    """Compute the interval of an F1 score: Wilson's, of the Jaccard index J = tp / (tp + fp + fn), mapped by 2 J / (1 + J).

    Parameters
    ----------
    tp, wrong
        True positives, and fp + fn.

    References
    ----------
    van Rijsbergen 1979, Information Retrieval, chapter 7, for F1 as a function of J, which rises; so the limits map, too.
    """
    tp, wrong = floats(tp, wrong)
    low, high = wilson(tp, tp + wrong, confidence)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def mean_interval(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, confidence: ArrayLike = 0.95
) -> tuple[Floats, Floats]:
    """Compute the interval of the mean of two independent rates, such as a balanced accuracy.

    The distances to the limits of both Wilson intervals are squared and added (MOVER). Where one of the rates is of fewer than five people, or of
    all but fewer than five, these distances are too short: near 1 such an interval lies wholly below the truth in up to 14 of 100 samples. There
    the confidence distributions of both rates are melded, whose limits are Clopper and Pearson's.

    References
    ----------
    Zou and Donner 2008, Construction of confidence limits about effect measures: a general approach, doi:10.1002/sim.3095; Fay, Proschan and
    Brittain 2015, Combining one-sample confidence procedures for inference in the two-sample case, doi:10.1111/biom.12231.
    """
    x1, n1, x2, n2, level = floats(x1, n1, x2, n2, confidence)
    (low1, high1), (low2, high2) = wilson(x1, n1, level), wilson(x2, n2, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = x1 / n1, x2 / n2
    mean = (p1 + p2) / 2
    low, high = mean - np.hypot(p1 - low1, p2 - low2) / 2, mean + np.hypot(high1 - p1, high2 - p2) / 2
    fewest = np.minimum(np.minimum(x1, n1 - x1), np.minimum(x2, n2 - x2))
    few = (fewest < FEW_OF_A_MEAN) & (n1 > 0) & (n2 > 0)
    if few.any():
        low, high = np.array(low), np.array(high)
        low[few], high[few] = _melded(x1[few], n1[few], x2[few], n2[few], level[few])
    return low, high


def _melded(x1: Floats, n1: Floats, x2: Floats, n2: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Find the melded limits of tables, of shape (n,), each of which an audit asks for several times: as a measure, beside a reference, beside the rest."""
    asked = list(zip(*(column.tolist() for column in (x1, n1, x2, n2, level)), strict=True))
    limits = {table: _LIMITS.get(table) for table in asked}
    if new := [table for table, known in limits.items() if known is None]:
        low, high = _meld(*np.array(new).T)
        limits_of_new = dict(zip(new, zip(low.tolist(), high.tolist(), strict=True), strict=True))
        limits |= limits_of_new
        if len(_LIMITS) + len(limits_of_new) > _MOST_LIMITS:
            _LIMITS.clear()
        if len(limits_of_new) <= _MOST_LIMITS:
            _LIMITS.update(limits_of_new)
    low, high = np.array([limits[table] for table in asked], dtype=np.float64).T
    return low, high


def _meld(x1: Floats, n1: Floats, x2: Floats, n2: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Meld the confidence distributions of two rates into limits of their mean; all of shape (n,)."""
    tail = (1 - level) / 2
    # Of no successes the lower limit is 0 for sure; an upper limit is the lower one of the failures.
    successes = np.stack([np.concatenate([x1, n1 - x1]), np.concatenate([x2, n2 - x2])])
    failures = np.stack([np.concatenate([n1 - x1, x1]), np.concatenate([n2 - x2, x2])])
    low, above = np.split(_mean_quantile(successes, failures + 1, np.tile(tail, 2)), 2)
    low, high = np.where(x1 + x2 == 0, 0.0, low), np.where(x1 + x2 == n1 + n2, 1.0, 1 - above)
    # Among billions of people the limits are as near to the mean as halving comes.
    mean = (x1 / n1 + x2 / n2) / 2
    return np.minimum(low, mean), np.maximum(high, mean)


def _mean_quantile(a: Floats, b: Floats, tail: Floats) -> Floats:
    """Compute quantiles of means of two independent beta variables, whose parameters are of shape (2, n); a first one of 0 stands for a variable that is 0 for sure."""
    # The narrower one is integrated over, on the scale of normal quantiles, so that the distribution of the other is smooth there.
    variance = a * b / ((a + b) ** 2 * (a + b + 1))
    swapped = variance[0] < variance[1]
    (a1, a2), (b1, b2) = (np.where(swapped, one[::-1], one) for one in (a, b))
    rows = [_quantiles(a, b) for a, b in zip(np.maximum(a2, _TINY).tolist(), b2.tolist(), strict=True)]
    narrow = np.where(a2[:, None] == 0, 0.0, np.stack(rows))
    weights = np.exp(-(_NODES**2) / 2)
    weights /= weights.sum()
    never, a1, b1 = a1[:, None] == 0, np.maximum(a1, _TINY)[:, None], b1[:, None]

    def missing(mean: Floats) -> Floats:
        rest = 2 * mean[:, None] - narrow
        below = np.where(never, 1.0, betainc(a1, b1, np.minimum(np.maximum(rest, 0.0), 1.0)))
        return np.asarray(tail - np.where(rest < 0, 0.0, below) @ weights)

    low, high = cross(
        missing,
        (np.zeros_like(tail), np.ones_like(tail)),
        (tail, tail - 1),
        steps=_HALVINGS,
        left_out=_LEFT_OUT,
    )
    return (low + high) / 2


@lru_cache(maxsize=2_000)
def _quantiles(a: float, b: float) -> Floats:
    """Compute the quantiles of a beta distribution that it is integrated over, which are the same for all levels."""
    return beta_quantile(a, b, ndtr(_NODES))


def auc_interval(
    auc: ArrayLike,
    variance: ArrayLike,
    confidence: ArrayLike = 0.95,
    *,
    people: ArrayLike = math.inf,
    freedom: ArrayLike = math.inf,
) -> tuple[Floats, Floats]:
    """Compute the interval of an area under the ROC curve on the logit scale, from DeLong's variance.

    That variance is itself an estimate, so that quantiles of Student's distribution are taken. Where so few people are ranked wrongly, or so few
    rightly, that it knows nothing, it gives way to a bound: an area varies no more than a rate of as many people as the rarer label has. The interval
    is then Jeffreys's, of that rate.

    Parameters
    ----------
    people
        With the rarer label; infinitely many where no bound is wanted.
    freedom
        Degrees of freedom of the variance; see `welch`.

    Returns
    -------
    low, high
        Within [0, 1]. Without `people` NaN where the area is 0 or 1, so that the scale has no end, or the variance is 0; with them where
        there are fewer than two.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595, for the variance; Qin and Hotilovac 2008,
    doi:10.1177/0962280207087173, for the logit scale; Birnbaum and Klose 1957, doi:10.1214/aoms/1177706794, for the bound; Brown, Cai and
    DasGupta 2001, doi:10.1214/ss/1009213286, section 4.1.2, for Jeffreys's interval.
    """
    auc, variance, level, k, df = floats(auc, variance, confidence, people, freedom)
    with np.errstate(divide="ignore", invalid="ignore"):
        quantile = np.where(np.isinf(df), ndtri((1 + level) / 2), stdtrit(np.maximum(df, 1), (1 + level) / 2))
        half = quantile * np.sqrt(variance) / (auc * (1 - auc))
        low, high = expit(logit(auc) - half), expit(logit(auc) + half)
        unknown = ~((auc > 0) & (auc < 1) & (variance > 0))
        few = np.isfinite(k) & (unknown | (k * np.minimum(auc, 1 - auc) < FEW_WRONG))
    k = np.where(few, k, 1.0)
    if few.any():
        low, high = np.array(low), np.array(high)
        low[few], high[few] = _jeffreys(auc[few], k[few], level[few])
    nothing = np.where(few, k < 2, unknown) | np.isnan(auc)
    return np.where(nothing, np.nan, low), np.where(nothing, np.nan, high)


def _jeffreys(share: Floats, people: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Compute Jeffreys's interval of a share of people, who need be no whole number."""
    x = np.clip(people * share, 0, people)
    low = beta_quantile(x + 0.5, people - x + 0.5, (1 - level) / 2)
    high = beta_quantile(x + 0.5, people - x + 0.5, (1 + level) / 2)
    # Of little confidence, and next to an end, both quantiles lie on one side of the share, which belongs to the interval all the same.
    return np.minimum(low, share), np.maximum(high, share)


def welch(one: ArrayLike, people: ArrayLike, other: ArrayLike, others: ArrayLike) -> Floats:
    """Compute the degrees of freedom of the sum of two variances of means, each from its own people.

    Examples
    --------
    >>> float(welch(1.0, 11, 1.0, 11)), float(welch(1.0, 11, 0.0, 5))
    (20.0, 10.0)

    References
    ----------
    Welch 1947, The generalization of Student's problem, Biometrika 34:28-35, equation 28.
    """
    v, m, u, n = floats(one, people, other, others)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((v + u) ** 2 / (v**2 / (m - 1) + u**2 / (n - 1)))


def floats(*values: ArrayLike) -> tuple[Floats, ...]:
    """Make arrays of one shape."""
    arrays = tuple(np.asarray(v, dtype=np.float64) for v in values)
    # `numpy.broadcast_arrays` does the same, in more time than a step of a search takes.
    if all(array.shape == arrays[0].shape for array in arrays):
        return arrays
    shape = np.broadcast(*arrays).shape
    return tuple(array if array.shape == shape else _repeated(array, shape) for array in arrays)


def _repeated(array: Floats, shape: tuple[int, ...]) -> Floats:
    repeated = np.empty(shape)
    repeated[...] = array
    return repeated
