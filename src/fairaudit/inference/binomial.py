"""How unlikely so many people of a kind are, had each been drawn from a population with a known share of them."""

from __future__ import annotations

import math

import numpy as np

from fairaudit.inference.special import gammaln, ndtr

_REACH, _SPARE = 45.0, 200
"""Counts farther than so many standard deviations from the mean are left out: their chance is nothing beside the others'."""
_WIDE = 2e4
"""From so large a standard deviation on the chances are those of a normal distribution."""
_ALIKE = 1e-7


def two_sided(x: int, n: int, share: float) -> float:
    """Compute the exact two-sided p-value of a binomial test: the chances of all counts that are no likelier than this one.

    References
    ----------
    As SciPy's ``binomtest`` and R's ``binom.test``; Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404, for the one-sided tests.

    Examples
    --------
    >>> round(two_sided(3, 20, 0.3), 4)
    0.2204
    """
    if n == 0 or share in (0.0, 1.0):
        return 1.0 if x == n * share else 0.0
    mean, spread = n * share, math.sqrt(n * share * (1 - share))
    if spread > _WIDE:
        return min(1.0, 2 * float(ndtr((0.5 - abs(x - mean)) / spread)))
    reach = math.ceil(_REACH * spread) + _SPARE
    low, high = max(0, math.floor(mean) - reach), min(n, math.ceil(mean) + reach)
    if not low <= x <= high:
        return 0.0
    counts = np.arange(low, high + 1.0)
    ways = gammaln(n + 1) - gammaln(counts + 1) - gammaln(n - counts + 1)
    chances = np.exp(ways + counts * math.log(share) + (n - counts) * math.log1p(-share))
    own = chances[x - low]
    return min(1.0, math.fsum(chances[chances <= own * (1 + _ALIKE)]))


def standard_deviations(x: int, n: int, share: float) -> float | None:
    """Say by how many standard deviations a count is above what is expected: (x - n p) / sqrt(n p (1 - p)); ``None`` where there is no spread.

    References
    ----------
    Castaneda v. Partida, 430 U.S. 482 (1977), note 17.

    Examples
    --------
    >>> round(standard_deviations(339, 870, 0.791), 1)
    -29.1
    """
    variance = n * share * (1 - share)
    return (x - n * share) / math.sqrt(variance) if variance > 0 else None
