"""Exact one-sided tests of a supposed ratio or difference of two rates, where few people are expected.

The score test takes its statistic for normal. Where a cell of the table expects few people it is not: 7 of 7 beside 930 of 1,000 look
like evidence at 5% that the group's rate is at least four fifths of the reference's, and a group at 0.744 shows that in one of eight
samples. Here the chances of all tables are added up instead. The rate of the reference, which no supposition fixes, is taken where
these chances are largest, of all the rates that the larger sample does not rule out.

References
----------
.. [1] Chan 1998, Exact tests of equivalence and efficacy with a non-zero lower bound for comparative studies,
   doi:10.1002/(SICI)1097-0258(19980630)17:12<1403::AID-SIM834>3.0.CO;2-Y: tables ordered by the score statistic.
.. [2] Berger and Boos 1994, P values maximized over a confidence set for the nuisance parameter,
   doi:10.1080/01621459.1994.10476836: the bounded range of the unknown rate, whose doubt is added to the p-value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, gammaln, ndtr, ndtri, xlogy

from fairaudit.inference import contrast
from fairaudit.inference.proportion import beta_quantile

Floats: TypeAlias = NDArray[np.float64]

FEW = 20.0
"""With a cell that expects fewer people than this, the exact test has to agree with the score test. With 5 the worst one-sided test at 5%
is wrong in 6.9%, with 10 in 6.2%, with 20 in 5.4% (``benchmarks/simulate``)."""
DOUBT = 1e-6
"""The chance that the unknown rate lies outside the range that is searched; no exact p-value is smaller."""
_RATES = 32
"""How many rates of that range are tried, evenly by their arcsine; four times as many change p-values by about 1%."""
_WORTH = 0.1
"""A score test that calls it chance with more than this stands alone; an exact test could only agree."""
_REACH, _SPARE = 5.2, 4.0
"""Counts farther from the expected one than so many standard deviations, and so many people, are left out: about one in a million."""
_WHOLE = 1e-9
"""By how much a whole number may be missed that was divided and multiplied again."""
_CELLS_AT_ONCE = 1 << 21
"""To spare memory."""
_ROUNDS = 3
"""After which the statistic that is searched changes by less than the steps of its chances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How a supposed number ties two rates to each other.

    Attributes
    ----------
    score
        The statistic at the supposed number, group and reference; by its keyword with or without the correction for skewness.
    rates
        Both rates, as likely as can be.
    group, reference
        The rate of the one, from that of the other.
    swapped
        What is supposed if group and reference change places.
    """

    score: Callable[..., Floats]
    rates: Callable[..., tuple[Floats, Floats]]
    group: Callable[[Floats, Floats], Floats]
    reference: Callable[[Floats, Floats], Floats]
    swapped: Callable[[Floats], Floats]


RATIO = Link(
    score=contrast.ratio_score,
    rates=contrast.rates_of_ratio,
    group=lambda supposed, rate: supposed * rate,
    reference=lambda supposed, rate: rate / supposed,
    swapped=lambda supposed: 1 / supposed,
)
DIFFERENCE = Link(
    score=contrast.difference_score,
    rates=contrast.rates_of_difference,
    group=lambda supposed, rate: rate + supposed,
    reference=lambda supposed, rate: rate - supposed,
    swapped=lambda supposed: -supposed,
)


def ratio_scores(
    ratio: ArrayLike, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike
) -> tuple[Floats, Floats]:
    """Compute statistics of a supposed ratio as `contrast.ratio_score` does, to which exact tests agree where few people are expected.

    Parameters
    ----------
    ratio, x1, n1, x2, n2
        As for `contrast.ratio_score`.

    Returns
    -------
    below, above
        Normal quantiles: ``ndtr(below)`` is the p-value of the ratio not being below the supposed one, ``ndtr(-above)`` that of its not
        being above. Both are the score where people are enough; elsewhere the weaker one of both tests. NaN where somebody has no trials.

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> _, above = ratio_scores(0.8, 7, 7, 930, 1000)
    >>> round(float(ndtr(-above)), 2), round(float(ndtr(-contrast.ratio_score(0.8, 7, 7, 930, 1000))), 2)
    (0.11, 0.05)
    """
    return _scores(RATIO, ratio, x1, n1, x2, n2)


def difference_scores(
    difference: ArrayLike, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike
) -> tuple[Floats, Floats]:
    """Compute statistics of a supposed difference; as `ratio_scores`."""
    return _scores(DIFFERENCE, difference, x1, n1, x2, n2)


def ratio_p_above(ratio: ArrayLike, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> Floats:
    """Compute the exact p-value of a ratio not being above a supposed one, however many people there are."""
    return _shaped(RATIO, ratio, x1, n1, x2, n2)


def difference_p_above(
    difference: ArrayLike, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike
) -> Floats:
    """Compute the exact p-value of a difference not being above a supposed one, however many people there are."""
    return _shaped(DIFFERENCE, difference, x1, n1, x2, n2)


def _shaped(link: Link, *table: ArrayLike) -> Floats:
    columns = contrast.floats(*table)
    return _p_above(link, *(column.ravel() for column in columns)).reshape(columns[0].shape)


def _scores(link: Link, *table: ArrayLike) -> tuple[Floats, Floats]:
    supposed, x1, n1, x2, n2 = contrast.floats(*table)
    score = np.asarray(link.score(supposed, x1, n1, x2, n2))
    few = (fewest_expected(link, supposed, x1, n1, x2, n2) < FEW) & (n1 >= 1) & (n2 >= 1)
    below, above = score.copy(), score.copy()
    at = few & (ndtr(-score) <= _WORTH)
    above[at] = np.minimum(score[at], -ndtri(_p_above(link, supposed[at], x1[at], n1[at], x2[at], n2[at])))
    at = few & (ndtr(score) <= _WORTH)
    mirrored = _p_above(link, link.swapped(supposed[at]), x2[at], n2[at], x1[at], n1[at])
    below[at] = np.maximum(score[at], ndtri(mirrored))
    return below, above


def fewest_expected(link: Link, supposed: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
    """Compute how many people the cell expects that expects the fewest, if the supposition is true."""
    p1, p2 = link.rates(supposed, x1, n1, x2, n2)
    with np.errstate(invalid="ignore"):
        return np.minimum(n1 * np.minimum(p1, 1 - p1), n2 * np.minimum(p2, 1 - p2))


def critical_score(
    link: Link, supposed: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats, *, level: Floats
) -> Floats:
    """Find the statistic, without the correction for skewness, from which on the exact test calls the truth above the supposed number.

    It hardly differs between tables of the same sizes, so that one of them, which lies in the middle, stands for all.

    Parameters
    ----------
    supposed, x1, n1, x2, n2
        Of that table; whole numbers of people.
    level
        Of the test.

    Returns
    -------
    array
        Infinite where no table is enough.
    """
    rates = _likely_rates(link, supposed, x1, n1, x2, n2)
    reached = -ndtri(level)
    found = reached.copy()
    for _ in range(_ROUNDS):
        p_value = np.minimum(_worst_chance(link, supposed, n1, n2, found, *rates) + DOUBT, 1 - DOUBT)
        found = found + reached + ndtri(p_value)
    return np.where(level <= 2 * DOUBT, np.inf, found)


def _p_above(link: Link, supposed: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
    """Find the largest chance of tables that speak as much for a larger number, over the rates that the reference may have."""
    # Sums are over whole people. A table of what rows are worth may hold parts of them: it is made smaller, and speaks for a larger number less.
    m, k = np.floor(n1), np.floor(n2)
    x1 = np.minimum(np.floor(x1 * (m / n1) + _WHOLE), m)
    x2 = np.minimum(np.ceil(x2 * (k / n2) - _WHOLE), k)
    least = link.score(supposed, x1, m, x2, k, skewness=False) - 1e-9
    rates = _likely_rates(link, supposed, x1, m, x2, k)
    return np.minimum(_worst_chance(link, supposed, m, k, least, *rates) + DOUBT, 1.0)


def _worst_chance(
    link: Link,
    supposed: Floats,
    m: Floats,
    k: Floats,
    least: Floats,
    p1: Floats,
    p2: Floats,
    possible: NDArray[np.bool_],
) -> Floats:
    """Find the largest chance, over pairs of rates, of tables with at least some statistic."""
    found = np.zeros(supposed.shape)
    group_is_enumerated = (m[:, None] * p1 * (1 - p1)).max(axis=1) <= (k[:, None] * p2 * (1 - p2)).max(axis=1)
    for first in (True, False):
        chosen = np.flatnonzero(possible & (group_is_enumerated == first))
        if not chosen.size:
            continue
        one, other = ((m, p1), (k, p2)) if first else ((k, p2), (m, p1))
        start, length = _support(one[0][chosen], one[1][chosen])
        parts = -(-chosen.size * length * _RATES // _CELLS_AT_ONCE)
        for part in np.array_split(np.arange(chosen.size), parts):
            mine = chosen[part]
            counts = np.minimum(start[part][:, None] + np.arange(length), one[0][mine][:, None])
            repeated = np.diff(counts, axis=1, prepend=-1) == 0
            beyond = _boundary(link, supposed[mine], counts, one[0][mine], other[0][mine], least[mine], first)
            tail = (
                _at_most(beyond[:, None, :], other[0][mine], other[1][mine])
                if first
                else 1 - _at_most(beyond[:, None, :] - 1, other[0][mine], other[1][mine])
            )
            weight = np.where(repeated, 0.0, 1.0)[:, None, :] * _probability(
                counts, one[0][mine], one[1][mine]
            )
            found[mine] = (weight * tail).sum(axis=2).max(axis=1)
    return found


def _likely_rates(
    link: Link, supposed: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """List pairs of rates, shape (tables, rates), over the Clopper-Pearson interval of the larger sample; and tell whether there are any."""
    larger = n2 >= n1
    x, n = np.where(larger, x2, x1), np.where(larger, n2, n1)
    low = np.where(x > 0, beta_quantile(np.maximum(x, 0.5), n - x + 1, DOUBT / 2), 0.0)
    high = np.where(x < n, beta_quantile(x + 1, np.maximum(n - x, 0.5), 1 - DOUBT / 2), 1.0)
    low = np.where(larger, low, link.reference(supposed, low))
    high = np.where(larger, high, link.reference(supposed, high))
    least = np.maximum(0.0, link.reference(supposed, np.zeros_like(supposed)))
    most = np.minimum(1.0, link.reference(supposed, np.ones_like(supposed)))
    possible = (low <= most) & (high >= least)
    low, high = np.clip(low, least, most), np.clip(high, least, most)
    start, end = np.arcsin(np.sqrt(low)), np.arcsin(np.sqrt(high))
    steps = start[:, None] + (end - start)[:, None] * np.linspace(0, 1, _RATES)
    p2 = np.clip(np.sin(steps) ** 2, low[:, None], high[:, None])
    return np.clip(link.group(supposed[:, None], p2), 0, 1), p2, possible


def _support(n: Floats, rates: Floats) -> tuple[Floats, int]:
    """Give the first count that is not too unlikely, and how many follow, in the longest of all ranges."""
    expected = n[:, None] * rates
    reach = _REACH * np.sqrt(expected * (1 - rates)) + _SPARE
    first = np.clip(np.floor((expected - reach).min(axis=1)), 0, n)
    last = np.clip(np.ceil((expected + reach).max(axis=1)), 0, n)
    return first, int((last - first).max()) + 1


def _boundary(
    link: Link, supposed: Floats, counts: Floats, n: Floats, others: Floats, least: Floats, first: bool
) -> Floats:
    """Find, beside each count of the one sample, where the score of the other's counts passes `least`, by halving.

    The score without the correction for skewness rises with the group's count and falls with the reference's; so this is the most that
    the reference, or the least that the group, may have.
    """
    columns = supposed[:, None], n[:, None], others[:, None], least[:, None]
    limit, mine, theirs, bound = np.broadcast_arrays(*columns)
    low, high = np.full(counts.shape, -1.0), np.repeat((others + 1)[:, None], counts.shape[1], axis=1)
    for _ in range(math.ceil(math.log2(float(others.max()) + 2))):
        middle = np.floor((low + high) / 2)
        inside = np.clip(middle, 0, theirs)
        score = (
            link.score(limit, counts, mine, inside, theirs, skewness=False)
            if first
            else link.score(limit, inside, theirs, counts, mine, skewness=False)
        )
        rises = (score >= bound) == first
        open_ = high - low > 1
        low, high = np.where(open_ & rises, middle, low), np.where(open_ & ~rises, middle, high)
    return low if first else high


def _probability(counts: Floats, n: Floats, rates: Floats) -> Floats:
    """Compute binomial probabilities, shape (tables, rates, counts)."""
    trials = n[:, None]
    ways = gammaln(trials + 1) - gammaln(counts + 1) - gammaln(trials - counts + 1)
    successes, failures = counts[:, None, :], (trials - counts)[:, None, :]
    share = rates[:, :, None]
    found: Floats = np.exp(ways[:, None, :] + xlogy(successes, share) + xlogy(failures, 1 - share))
    return found


def _at_most(counts: Floats, n: Floats, rates: Floats) -> Floats:
    """Compute the probability of at most so many, shape (tables, rates, counts); 0 below 0."""
    trials, share = n[:, None, None], rates[:, :, None]
    inside = np.clip(counts, 0, trials - 1)
    found = betainc(trials - inside, inside + 1, 1 - share)
    return np.where(counts < 0, 0.0, np.where(counts >= trials, 1.0, found))


__all__ = [
    "DIFFERENCE",
    "FEW",
    "RATIO",
    "Link",
    "critical_score",
    "difference_p_above",
    "difference_scores",
    "fewest_expected",
    "ratio_p_above",
    "ratio_scores",
]
