"""How far scores are from outcomes, counted in bins of scores: intervals of the calibration error, and of how many outcomes there are for each expected."""

from __future__ import annotations

import functools
import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairaudit.inference.proportion import clopper_pearson, wilson
from fairaudit.inference.special import ndtr, ndtri

Floats: TypeAlias = NDArray[np.float64]

_TILTS = np.linspace(-7.3, 30, 1000)
"""Saddlepoints, in standard errors; 0, where the formula has no value, is none of them."""


def observed_over_expected(
    positives: ArrayLike,
    people: ArrayLike,
    mean_score: ArrayLike,
    confidence: ArrayLike = 0.95,
    *,
    exact: bool = False,
) -> tuple[Floats, Floats]:
    """Compute the interval of the share of labels 1 over the mean score, which is taken as known: that of the share, divided.

    Given the scores, the labels 1 are a sum of independent outcomes, whose variance is at most that of a binomial number of the same mean (Hoeffding
    1956). So the interval is, the better scores tell people apart, the wider than it need be.

    Parameters
    ----------
    positives, people
        As many as they are worth.
    mean_score
        Above 0; NaN where there is none.
    exact
        Whether the share has Clopper and Pearson's interval, and not Wilson's.

    References
    ----------
    Debray et al. 2017, A guide to systematic review and meta-analysis of prediction model performance, doi:10.1136/bmj.i6460, whose standard error
    of log O:E is that of a binomial number over a number that is known; Hoeffding 1956, doi:10.1214/aoms/1177728178, theorem 4.

    Examples
    --------
    >>> [round(float(limit), 3) for limit in observed_over_expected(30, 100, 0.25)]
    [0.876, 1.583]
    """
    expected = np.asarray(mean_score, dtype=np.float64)
    low, high = (clopper_pearson if exact else wilson)(positives, people, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(low / expected), np.asarray(high / expected)


def error_interval(
    error: ArrayLike,
    positives: ArrayLike,
    people: ArrayLike,
    confidence: ArrayLike = 0.95,
) -> tuple[Floats, Floats]:
    """Compute intervals of expected calibration errors, which hold whatever the true error is; 0 is within while chance alone could bring about what is seen.

    The error seen, a sum of distances, is above the true one in the mean, by the more the fewer people there are, and the bootstrap adds this once
    more. But the sum of signed distances, with the signs that these have in truth, is not, and never above the error seen: so the true error is at
    most the error seen and a normal quantile of that sum's standard error. And the error seen is above the true one by no more than all distances were moved
    by chance, signs aside: a sum of half-normal variables, of which a quantile is taken off. Both ends are bounds, so that the interval covers at
    least as often as it says. Scores are taken as known, and the variance of a bin is that of a share of which one person more has each label.

    Parameters
    ----------
    error
        The errors seen, shape (groups,): sums over the bins of share of the people times distance of mean score and share of labels 1.
    positives, people
        Labels 1 and people of each bin, as many as they are worth, shape (groups, bins).
    confidence
        One for all, or one for each.

    Returns
    -------
    low, high
        Within [0, 1], shape (groups,); NaN without people.

    References
    ----------
    Naeini, Cooper and Hauskrecht 2015, doi:10.1609/aaai.v29i1.9602: the error. Kumar, Liang and Ma 2019, arXiv:1909.10155, section 4, and Bröcker 2012,
    doi:10.1007/s00382-011-1191-1: its bias. The bounds follow from the triangle inequality.
    """
    seen, x, n = (np.asarray(v, dtype=np.float64) for v in (error, positives, people))
    level = np.broadcast_to(np.asarray(confidence, dtype=np.float64), seen.shape)
    share = (x + 1) / (n + 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.sqrt(n * share * (1 - share)) / n.sum(axis=1, keepdims=True)
        chance = half_normal_quantile(errors, level)
    high = seen + ndtri((1 + level) / 2) * np.sqrt((errors**2).sum(axis=1))
    return np.maximum(seen - chance, 0.0), np.minimum(high, 1.0)


def half_normal_quantile(errors: ArrayLike, confidence: ArrayLike) -> Floats:
    """Compute quantiles of sums of half-normal variables, by their saddlepoints.

    Parameters
    ----------
    errors
        Standard errors of the normal variables, shape (groups, variables).
    confidence
        The quantile of each group is that of ``(1 + confidence) / 2``, shape (groups,).

    References
    ----------
    Lugannani and Rice 1980, doi:10.2307/1426607; the form is r* of Barndorff-Nielsen 1986, doi:10.1093/biomet/73.2.307.

    Examples
    --------
    Of one variable it is a quantile of the normal distribution of both sides, here 2.24.

    >>> [round(float(q), 1) for q in half_normal_quantile([[1.0, 0.0], [1.0, 1.0]], [0.95, 0.95])]
    [2.2, 3.5]
    """
    own = np.asarray(errors, dtype=np.float64)
    size = np.sqrt((own**2).sum(axis=1))
    wanted = ndtri((1 + np.broadcast_to(np.asarray(confidence, dtype=np.float64), size.shape)) / 2)
    quantiles = [
        np.interp(z, *_quantiles(tuple(row / length))) * length if length > 0 else math.nan
        for row, length, z in zip(own, size.tolist(), wanted.tolist(), strict=True)
    ]
    return np.asarray(quantiles, dtype=np.float64)


@functools.lru_cache(maxsize=1024)
def _quantiles(errors: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Lay out a sum by the normal quantiles that it is; an interval that is inverted asks for it many times."""
    total, z = _saddlepoint(_TILTS, np.asarray([errors]))
    return z, total


def _saddlepoint(tilt: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Return the sum at a saddlepoint, and the normal quantile that it is."""
    x = tilt[:, None] * errors
    below = ndtr(x)
    mills = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) / below
    total = (errors * (x + mills)).sum(axis=1)
    variance = (errors**2 * (1 - x * mills - mills**2)).sum(axis=1)
    generated = (x**2 / 2 + np.log(2 * below)).sum(axis=1)
    root = np.sign(tilt) * np.sqrt(2 * np.maximum(tilt * total - generated, 0))
    return total, root + np.log(tilt * np.sqrt(variance) / root) / root
