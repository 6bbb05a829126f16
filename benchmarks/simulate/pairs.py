"""Two groups of known rates, and every outcome of them with its probability."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from scipy.special import betainc, gammaln, xlogy
from scipy.stats import binom

from simulate.effort import REACHED, Bools, Counts, Floats

_NEGLIGIBLE = 1e-10
"""Outcomes beyond this tail probability are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misses:
    """The probabilities that an interval lies wholly below the truth, and wholly above it."""

    below: float
    above: float

    @property
    def coverage(self) -> float:
        """The probability that it covers the truth."""
        return 1 - self.below - self.above

    @property
    def worse(self) -> float:
        """The larger of both tails."""
        return max(self.below, self.above)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two groups of known rates: the group first, its reference second."""

    n1: int
    p1: float
    n2: int
    p2: float

    @property
    def smallest_expected(self) -> float:
        """The smallest of the four expected counts."""
        return min(self.n1 * self.p1, self.n1 * (1 - self.p1), self.n2 * self.p2, self.n2 * (1 - self.p2))

    @property
    def reached(self) -> bool:
        """Whether all four expected counts reach five."""
        return self.smallest_expected >= REACHED - 1e-9

    def outcomes(self) -> tuple[Counts, Counts, Floats]:
        """List the outcomes as a column of the group's counts, a row of the reference's, and a matrix of probabilities."""
        x1, weight1 = support(self.n1, self.p1)
        x2, weight2 = support(self.n2, self.p2)
        return x1[:, None], x2[None, :], weight1[:, None] * weight2[None, :]


Sides: TypeAlias = tuple[Bools, Bools]
"""Of every outcome, whether the interval lies below the truth, and whether above; neither where there is no interval."""


@lru_cache(maxsize=1 << 11)
def support(trials: int, rate: float) -> tuple[Counts, Floats]:
    """List the counts that a binomial may well show, and their probabilities."""
    low, high = int(binom.ppf(_NEGLIGIBLE, trials, rate)), int(binom.isf(_NEGLIGIBLE, trials, rate))
    counts = np.arange(low, high + 1)
    return counts, probability(counts, trials, rate)


def probability(counts: Counts, trials: int, rate: float | Floats) -> Floats:
    """Compute binomial probabilities; quicker than SciPy's, which checks each argument."""
    log = gammaln(trials + 1) - gammaln(counts + 1) - gammaln(trials - counts + 1)
    return np.exp(log + xlogy(counts, rate) + xlogy(trials - counts, 1 - np.asarray(rate)))


def at_most(counts: Counts, trials: int, rate: Floats) -> Floats:
    """Compute the probability of at most so many; 0 below 0 and 1 from `trials` on."""
    inside = np.clip(counts, 0, trials - 1)
    found = betainc(trials - inside, inside + 1, 1 - rate)
    return np.where(counts < 0, 0.0, np.where(counts >= trials, 1.0, found))


def by_limits(low: Floats, high: Floats, truth: float) -> Sides:
    """Place an interval; a limit that is NaN excludes nothing."""
    return high < truth, low > truth
