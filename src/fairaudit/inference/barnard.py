"""Barnard's exact test of two rates, by SciPy, for tables of few people."""

from __future__ import annotations

from functools import lru_cache

from fairaudit.inference.odds import TwoRates

MOST_PEOPLE = 150
"""In both groups. The test visits every table of two sizes, and is loaded with the whole of ``scipy.stats``, for longer than all the rest takes;
with more people the score test, whose statistic it orders tables by, hardly differs from it."""


@lru_cache(maxsize=1024)
def two_sided(rates: TwoRates) -> float | None:
    """Compute the two-sided p-value of Barnard's exact test, as ``scipy.stats.barnard_exact`` does with the pooled statistic.

    That is the chance of all tables whose score statistic is at least as far from 0 as that of the table there is, at the common rate of both
    groups at which this chance is largest. SciPy compares these statistics as they come out in floating point: a table that is tied with the one
    there is, and differs from it by a rounding in the last digit, may so be left out. Of 12 of 40 beside 48 of 80 the test gives 0.00214856,
    and with its tie 0.00224065.

    Returns
    -------
    float or None
        ``None`` where somebody has nobody, or both groups have more than 150 people together.

    References
    ----------
    Barnard 1945, A new test for 2 x 2 tables, doi:10.1038/156177a0; Mehta and Senchaudhuri 2003, Conditional versus unconditional exact tests
    for comparing two binomials, whose search for the largest chance SciPy follows.

    Examples
    --------
    >>> round(two_sided(TwoRates(x1=1, n1=10, x2=3, n2=20)), 6)
    0.786573
    """
    if not (rates.n1 and rates.n2) or rates.n1 + rates.n2 > MOST_PEOPLE:
        return None
    from scipy.stats import barnard_exact

    table = [[rates.x1, rates.x2], [rates.n1 - rates.x1, rates.n2 - rates.x2]]
    return min(1.0, float(barnard_exact(table, pooled=True).pvalue))
