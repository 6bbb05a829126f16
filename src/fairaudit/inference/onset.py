"""Since when two rates differ: months in their order, of which each says by how many people more than expected it has, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairaudit.inference.special import ndtr

PLAUSIBLE = 3.841458820694124
"""The 95% quantile of chi-square with one degree of freedom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """How many people of a group are in the numerator beyond what was expected, and the variance of that if both rates are equal."""

    excess: float
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """Where months fall into before and after.

    Attributes
    ----------
    place
        The first month of what comes after.
    p_value
        That one log odds ratio holds for all months, adjusted for all places that were looked at (Bonferroni).
    plausible
        Other places that say it nearly as well: their statistic is less than 3.84 below the largest.
    """

    place: int
    p_value: float
    plausible: tuple[int, ...]


def two_sided(months: Sequence[Month]) -> float | None:
    """Compute the p-value that both rates are equal in all months: that of Cochran, Mantel and Haenszel without correction; ``None`` where no month says anything."""
    variance = math.fsum(month.variance for month in months)
    if not variance:
        return None
    return _p(math.fsum(month.excess for month in months) / math.sqrt(variance))


def find_onset(months: Sequence[Month]) -> Onset | None:
    """Find the month since which a difference is another than before; ``None`` where fewer than two months say anything.

    Excess over variance is Peto's one-step log odds ratio, and one over the variance its variance. At each month the ratio before is compared with that since then;
    the month where these differ most is the answer.

    References
    ----------
    Yusuf, Peto et al. 1985, Beta blockade during and after myocardial infarction, doi:10.1016/S0033-0620(85)80003-7: one-step odds ratios, and the heterogeneity between
    sums of them. Hinkley 1970, Inference about the change-point, doi:10.1093/biomet/57.1.1: the most likely place, and places that are nearly as likely.
    """
    looks = {
        place: z
        for place in range(1, len(months))
        if months[place].variance and (z := _between(months[:place], months[place:])) is not None
    }
    if not looks:
        return None
    place = max(looks, key=lambda one: abs(looks[one]))
    best = looks[place] ** 2
    return Onset(
        place=place,
        p_value=min(1.0, len(looks) * _p(looks[place])),
        plausible=tuple(one for one, z in looks.items() if one != place and best - z**2 < PLAUSIBLE),
    )


def _between(before: Sequence[Month], after: Sequence[Month]) -> float | None:
    """Compare two sums of months: how many standard errors their log odds ratios are apart."""
    sums = [
        (math.fsum(m.excess for m in part), math.fsum(m.variance for m in part)) for part in (before, after)
    ]
    if not all(variance for _, variance in sums):
        return None
    (one, own), (other, others) = sums
    return (other / others - one / own) / math.sqrt(1 / own + 1 / others)


def _p(z: float) -> float:
    return float(2 * ndtr(-abs(z)))
