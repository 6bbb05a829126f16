"""One rate, or a figure made of one: its interval."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, expit, logit, ndtri

Floats: TypeAlias = NDArray[np.float64]


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
    x, n, level = _floats(successes, trials, confidence)
    z = ndtri((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = x / n
        centre = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = np.where(x == 0, 0.0, np.maximum(0.0, centre - half))
    high = np.where(x == n, 1.0, np.minimum(1.0, centre + half))
    return np.where(n == 0, np.nan, low), np.where(n == 0, np.nan, high)


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
    x, n, level = _floats(successes, trials, confidence)
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(x == 0, 0.0, betaincinv(np.where(x > 0, x, 1), n - x + 1, tail))
        high = np.where(x == n, 1.0, betaincinv(x + 1, np.where(x < n, n - x, 1), 1 - tail))
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
    tp, wrong = _floats(tp, wrong)
    low, high = wilson(tp, tp + wrong, confidence)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def mean_interval(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, confidence: ArrayLike = 0.95
) -> tuple[Floats, Floats]:
    """Compute the interval of the mean of two independent rates, such as a balanced accuracy.

    The distances to the limits of both Wilson intervals are squared and added (MOVER). Near 1 it holds what it says, where a bootstrap
    of few people does not: they may all be decided rightly in every resample.

    References
    ----------
    Zou and Donner 2008, Construction of confidence limits about effect measures: a general approach, doi:10.1002/sim.3095.
    """
    x1, n1, x2, n2 = _floats(x1, n1, x2, n2)
    (low1, high1), (low2, high2) = wilson(x1, n1, confidence), wilson(x2, n2, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = x1 / n1, x2 / n2
    mean = (p1 + p2) / 2
    return mean - np.hypot(p1 - low1, p2 - low2) / 2, mean + np.hypot(high1 - p1, high2 - p2) / 2


def auc_interval(auc: ArrayLike, variance: ArrayLike, confidence: ArrayLike = 0.95) -> tuple[Floats, Floats]:
    """Compute the interval of an area under the ROC curve on the logit scale, from DeLong's variance.

    Returns
    -------
    low, high
        Within (0, 1); NaN where the area is 0 or 1, so that the scale has no end, or the variance is 0.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595, for the variance; Qin and Hotilovac 2008,
    doi:10.1177/0962280207087173, for the logit scale.
    """
    auc, variance, level = _floats(auc, variance, confidence)
    z = ndtri((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = z * np.sqrt(variance) / (auc * (1 - auc))
        low, high = expit(logit(auc) - half), expit(logit(auc) + half)
    unknown = ~((auc > 0) & (auc < 1) & (variance > 0))
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def _floats(*values: ArrayLike) -> tuple[Floats, ...]:
    return tuple(np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in values)))
