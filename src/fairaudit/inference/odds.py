"""Two independent rates side by side, as regulators ask about them: odds ratio, pooled z, chi-square and what is made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fairaudit.inference.special import ndtr, ndtri


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoRates:
    """A group of `n1` people of whom `x1` are selected, beside a reference of `n2` of whom `x2` are."""

    x1: int
    n1: int
    x2: int
    n2: int

    @property
    def cells(self) -> tuple[int, int, int, int]:
        """The four cells: selected and not selected, of the group and of the reference."""
        return self.x1, self.n1 - self.x1, self.x2, self.n2 - self.x2

    @property
    def margins_empty(self) -> bool:
        """Whether nobody is in one of the groups, or all of both have the same outcome: nothing then can be tested."""
        selected = self.x1 + self.x2
        return not (self.n1 and self.n2 and 0 < selected < self.n1 + self.n2)

    @property
    def cross(self) -> int:
        """The cross product, above 0 where the group has the higher rate."""
        return self.x1 * self.n2 - self.x2 * self.n1


def odds_ratio(rates: TwoRates) -> float | None:
    """Compute the odds of the group over those of the reference; ``None`` where it is infinite or undefined.

    >>> round(odds_ratio(TwoRates(x1=12, n1=40, x2=48, n2=80)), 6)
    0.285714
    """
    a, b, c, d = rates.cells
    return a * d / (b * c) if b * c else None


def odds_ratio_interval(rates: TwoRates, *, confidence: float = 0.95) -> tuple[float, float] | None:
    """Compute Woolf's interval of the odds ratio; ``None`` where a cell is empty, as its logarithm then has no variance.

    References
    ----------
    Woolf 1955, On estimating the relation between blood group and disease, doi:10.1111/j.1469-1809.1955.tb01348.x: the variance of the
    logarithm is the sum of the reciprocals of the four cells.

    Examples
    --------
    >>> low, high = odds_ratio_interval(TwoRates(x1=12, n1=40, x2=48, n2=80))
    >>> round(low, 6), round(high, 6)
    (0.127001, 0.642772)
    """
    if not all(rates.cells):
        return None
    a, b, c, d = rates.cells
    middle = math.log(a * d / (b * c))
    reach = float(ndtri((1 + confidence) / 2)) * math.sqrt(sum(1 / cell for cell in rates.cells))
    return math.exp(middle - reach), math.exp(middle + reach)


def pooled_z(rates: TwoRates) -> float | None:
    """Compute the score statistic of equal rates, whose square is Pearson's chi-square; ``None`` where nothing can be tested.

    References
    ----------
    Pearson 1900, doi:10.1080/14786440009463897.

    Examples
    --------
    >>> round(pooled_z(TwoRates(x1=12, n1=40, x2=48, n2=80)), 5)
    -3.09839
    """
    if rates.margins_empty:
        return None
    selected, total = rates.x1 + rates.x2, rates.n1 + rates.n2
    variance = rates.n1 * rates.n2 * selected * (total - selected)
    return rates.cross / math.sqrt(variance / total)


def yates_chi_square(rates: TwoRates) -> float | None:
    """Compute Pearson's chi-square with Yates's correction for continuity, which never passes over 0 (Yates 1934, doi:10.2307/2983604)."""
    if rates.margins_empty:
        return None
    selected, total = rates.x1 + rates.x2, rates.n1 + rates.n2
    variance = rates.n1 * rates.n2 * selected * (total - selected)
    return float(total * max(0.0, abs(rates.cross) - total / 2) ** 2 / variance)


def two_sided_p(z: float | None) -> float | None:
    """Return the two-sided p-value of a normal statistic."""
    return None if z is None else 2 * float(ndtr(-abs(z)))


def phi(rates: TwoRates) -> float | None:
    """Compute the correlation of group and outcome, from -1 to 1."""
    z = pooled_z(rates)
    return None if z is None else z / math.sqrt(rates.n1 + rates.n2)


def cohen_h(rates: TwoRates) -> float | None:
    """Compute the difference of the arcsines of two rates (Cohen 1988, Statistical Power Analysis, 6.2); ``None`` where there is nobody."""
    if not (rates.n1 and rates.n2):
        return None
    return 2 * (math.asin(math.sqrt(rates.x1 / rates.n1)) - math.asin(math.sqrt(rates.x2 / rates.n2)))
