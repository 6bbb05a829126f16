"""Two rates within strata: what is left of a gap among people who are alike in something else.

All of it is of 2 x 2 tables, one a stratum; a stratum without people of both sides says nothing of their gap.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairaudit.inference.odds import TwoRates
from fairaudit.inference.special import gammaincc, ndtri

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquare:
    """A chi-square statistic with its degrees of freedom and p-value."""

    statistic: float
    df: int
    p_value: float

    @classmethod
    def of(cls, statistic: float, df: int) -> ChiSquare:
        """Find the p-value of a statistic."""
        return cls(statistic=statistic, df=df, p_value=float(gammaincc(df / 2, statistic / 2)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A ratio over all strata with its interval, which is ``None`` where it has no variance."""

    value: float
    interval: tuple[float, float] | None


class Strata:
    """Tables of a group and its reference, one a stratum; those in which one side has nobody are left out.

    Parameters
    ----------
    tables
        One a stratum.
    """

    def __init__(self, tables: Iterable[TwoRates]) -> None:
        self.tables: Sequence[TwoRates] = tuple(t for t in tables if t.n1 and t.n2)
        columns = np.array([t.cells for t in self.tables], dtype=np.float64).reshape(-1, 4).T
        self.a, self.b, self.c, self.d = columns
        self.total: Floats = self.a + self.b + self.c + self.d

    @property
    def _expected(self) -> Floats:
        """How many of the group are selected in each stratum, if both rates are equal there."""
        return (self.a + self.b) * (self.a + self.c) / self.total

    @property
    def _variance(self) -> Floats:
        """The hypergeometric variance of that; 0 where everybody or nobody is selected."""
        a, b, c, d, n = self.a, self.b, self.c, self.d, self.total
        return (a + b) * (c + d) * (a + c) * (b + d) / (n**2 * np.maximum(n - 1, 1))

    @property
    def observed(self) -> int:
        """How many of the group are selected in strata with people of both sides."""
        return sum(t.x1 for t in self.tables)

    @property
    def people(self) -> int:
        """How many of the group are in strata with people of both sides."""
        return sum(t.n1 for t in self.tables)

    @property
    def expected(self) -> float:
        """How many of the group would be selected, had each stratum one rate."""
        return float(self._expected.sum())

    @property
    def standard_error(self) -> float:
        """The standard deviation of how many of the group are selected, if rates are equal within strata."""
        return math.sqrt(float(self._variance.sum()))

    @property
    def standard_deviations(self) -> float | None:
        """By how many of these the group has more selected than expected; ``None`` where there is no variance."""
        return (self.observed - self.expected) / self.standard_error if self.standard_error else None


def odds_ratio(strata: Strata, *, confidence: float = 0.95) -> Ratio | None:
    """Put odds ratios of strata together; ``None`` where the reference's odds are 0 throughout.

    References
    ----------
    Mantel and Haenszel 1959, doi:10.1093/jnci/22.4.719; the variance of the logarithm is Robins, Breslow and Greenland's, 1986,
    doi:10.2307/2531052.
    """
    a, b, c, d, n = strata.a, strata.b, strata.c, strata.d, strata.total
    up, down = a * d / n, b * c / n
    rise, fall = float(up.sum()), float(down.sum())
    if not fall:
        return None
    concordant, discordant = (a + d) / n, (b + c) / n
    if not rise:
        return Ratio(value=0.0, interval=None)
    variance = (
        float((concordant * up).sum()) / (2 * rise**2)
        + float((concordant * down + discordant * up).sum()) / (2 * rise * fall)
        + float((discordant * down).sum()) / (2 * fall**2)
    )
    return _with_interval(rise / fall, variance, confidence)


def risk_ratio(strata: Strata, *, confidence: float = 0.95) -> Ratio | None:
    """Put ratios of rates of strata together; ``None`` where nobody of the reference is selected.

    References
    ----------
    Greenland and Robins 1985, Estimation of a common effect parameter from sparse follow-up data, doi:10.2307/2530643.
    """
    a, b, c, d, n = strata.a, strata.b, strata.c, strata.d, strata.total
    n1, n2 = a + b, c + d
    rise, fall = float((a * n2 / n).sum()), float((c * n1 / n).sum())
    if not fall:
        return None
    if not rise:
        return Ratio(value=0.0, interval=None)
    spread = float(((n1 * n2 * (a + c) - a * c * n) / n**2).sum())
    return _with_interval(rise / fall, spread / (rise * fall), confidence)


def risk_difference(strata: Strata) -> float | None:
    """Put differences of rates of strata together, weighted as Mantel and Haenszel do; ``None`` without a stratum."""
    n1, n2 = strata.a + strata.b, strata.c + strata.d
    weight = float((n1 * n2 / strata.total).sum())
    return float(((strata.a * n2 - strata.c * n1) / strata.total).sum()) / weight if weight else None


def cochran_mantel_haenszel(strata: Strata, *, corrected: bool) -> ChiSquare | None:
    """ChiSquare whether rates are equal within all strata; ``None`` where no stratum says anything.

    Parameters
    ----------
    corrected
        Whether half a person is taken from the distance, but no more than there is, for continuity.

    References
    ----------
    Cochran 1954, doi:10.2307/3001616; Mantel and Haenszel 1959, with the variance n1 n2 K (N - K) / (N^2 (N - 1)).
    """
    if not strata.standard_error:
        return None
    distance = abs(strata.observed - strata.expected)
    reached = max(0.0, distance - 0.5) if corrected else distance
    return ChiSquare.of((reached / strata.standard_error) ** 2, 1)


def breslow_day(strata: Strata, *, tarone: bool) -> ChiSquare | None:
    """ChiSquare whether all strata have one odds ratio; ``None`` where fewer than two say anything, or there is no common one.

    Parameters
    ----------
    tarone
        Whether with Tarone's correction, by which the statistic is indeed a chi-square in large samples.

    References
    ----------
    Breslow and Day 1980, Statistical Methods in Cancer Research I, equation 4.30; Tarone 1985, doi:10.1093/biomet/72.1.91.
    """
    ratio = odds_ratio(strata)
    says = strata._variance > 0  # noqa: SLF001  # of this module
    if ratio is None or not ratio.value or says.sum() < 2:
        return None
    a, n = strata.a[says], strata.total[says]
    n1, selected = a + strata.b[says], a + strata.c[says]
    fitted = _fitted(ratio.value, n1, selected, n)
    inverse = 1 / fitted + 1 / (n1 - fitted) + 1 / (selected - fitted) + 1 / (n - n1 - selected + fitted)
    variance = 1 / inverse
    statistic = float(((a - fitted) ** 2 / variance).sum())
    if tarone:
        statistic -= float((a - fitted).sum() ** 2 / variance.sum())
    return ChiSquare.of(max(0.0, statistic), int(says.sum()) - 1)


def _fitted(ratio: float, n1: Floats, selected: Floats, total: Floats) -> Floats:
    """Find how many of the group are selected in each stratum if its odds ratio is a common one: the root of a quadratic that leaves no cell negative."""
    rest = total - n1 - selected
    # ratio (n1 - x) (selected - x) = x (rest + x)
    second, first, zeroth = ratio - 1, -(ratio * (n1 + selected) + rest), ratio * n1 * selected
    root = np.sqrt(np.maximum(first**2 - 4 * second * zeroth, 0))
    # Written so that nearly equal numbers are not taken from each other; it holds for a ratio of 1, too.
    return np.asarray(2 * zeroth / (root - first))


def standardised_ratio(strata: Strata) -> float | None:
    """Compute how many of the group are selected over how many would be at the reference's rate of each stratum, x / sum(n_k p_ref,k).

    ``None`` where that is nobody.

    References
    ----------
    The standardised mortality ratio, as in Breslow and Day 1987, Statistical Methods in Cancer Research II, 2.3.
    """
    at_reference = sum(t.n1 * t.x2 / t.n2 for t in strata.tables)
    return strata.observed / at_reference if at_reference else None


def _with_interval(value: float, variance: float, confidence: float) -> Ratio:
    """Return a ratio with the interval that its logarithm's variance gives."""
    reach = float(ndtri((1 + confidence) / 2)) * math.sqrt(variance)
    return Ratio(value=value, interval=(value * math.exp(-reach), value * math.exp(reach)))
