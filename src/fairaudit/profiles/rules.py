"""The arithmetic of the four-fifths rule and of shortfalls, exact: counts are whole people, limits are fractions.

Each function takes a group beside its reference. Where being selected hurts people (a denial, a flag), `hurts` turns the question round: a group
is worse off with a higher rate, and the line lies at five fourths of the reference's.
"""

from __future__ import annotations

import math
from fractions import Fraction

from fairaudit.inference.odds import TwoRates

FOUR_FIFTHS = Fraction(4, 5)
LEVEL = 0.05
"""Equal rates are refuted where Fisher's exact test calls the counts less likely than this."""


def line_of(rates: TwoRates, *, hurts: bool) -> Fraction | None:
    """Return the rate at four fifths of the reference's, or five fourths where being selected hurts; ``None`` without a reference."""
    if not rates.n2:
        return None
    return Fraction(rates.x2, rates.n2) * (1 / FOUR_FIFTHS if hurts else FOUR_FIFTHS)


def impact_ratio(rates: TwoRates) -> Fraction | None:
    """Return the group's selection rate over the reference's, exactly; ``None`` where nobody of the reference is selected.

    References
    ----------
    Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D; 6 RCNY 5-300, "impact ratio".

    Examples
    --------
    >>> impact_ratio(TwoRates(x1=48, n1=100, x2=60, n2=100))
    Fraction(4, 5)
    """
    return Fraction(rates.x1 * rates.n2, rates.n1 * rates.x2) if rates.n1 and rates.x2 else None


def is_adverse(rates: TwoRates, *, hurts: bool) -> bool | None:
    """Tell whether a group is worse off than the four-fifths rule takes for equal: its rate is below four fifths of the reference's.

    Exactly four fifths is not below it (Uniform Guidelines, Questions and Answers, 44 FR 11996 (1979), question 18). ``None`` where nobody of both
    is selected, or one side has nobody.

    Examples
    --------
    >>> is_adverse(TwoRates(x1=48, n1=100, x2=60, n2=100), hurts=False), is_adverse(TwoRates(x1=47, n1=100, x2=60, n2=100), hurts=False)
    (False, True)
    """
    line = line_of(rates, hurts=hurts)
    if line is None or not rates.n1 or not (rates.x1 or rates.x2):
        return None
    rate = Fraction(rates.x1, rates.n1)
    return rate > line if hurts else rate < line


def shortfall_pooled(rates: TwoRates) -> float | None:
    """Return how many more of the group would be selected at the rate of both together: n1 (x1 + x2) / (n1 + n2) - x1.

    Negative where they are more than that. It is the difference of expected and observed numbers of Hazelwood School District v. United States,
    433 U.S. 299 (1977), note 14.

    >>> shortfall_pooled(TwoRates(x1=12, n1=40, x2=48, n2=80))
    8.0
    """
    people = rates.n1 + rates.n2
    return float(Fraction(rates.n1 * (rates.x1 + rates.x2), people) - rates.x1) if people else None


def shortfall_reference(rates: TwoRates) -> float | None:
    """Return how many more of the group would be selected at the reference's rate: n1 x2 / n2 - x1.

    >>> shortfall_reference(TwoRates(x1=12, n1=40, x2=48, n2=80))
    12.0
    """
    return float(Fraction(rates.n1 * rates.x2, rates.n2) - rates.x1) if rates.n2 else None


def shortfall_four_fifths(rates: TwoRates, *, hurts: bool) -> int | None:
    """Return how many more people of the group, whole ones, had to be selected to be at four fifths of the reference's rate; 0 where it is there.

    Where being selected hurts, how many fewer. The smallest whole m with (x1 + m) / n1 >= 0.8 x2 / n2, the reference left as it is.

    >>> shortfall_four_fifths(TwoRates(x1=12, n1=40, x2=48, n2=80), hurts=False)
    8
    """
    line = line_of(rates, hurts=hurts)
    if line is None:
        return None
    wanted = line * rates.n1
    return max(0, rates.x1 - math.floor(wanted) if hurts else math.ceil(wanted) - rates.x1)


def one_swap_reverses(rates: TwoRates, *, hurts: bool) -> bool | None:
    """Tell whether the group would be better off than the reference had one selection gone to it instead of to the reference.

    "If one more ... had been hired ... and one fewer", the order of both rates is the other way round: then numbers are too small to tell (Uniform
    Guidelines, Questions and Answers, question 21). ``None`` where there is no selection that could be moved.

    >>> one_swap_reverses(TwoRates(x1=1, n1=10, x2=3, n2=20), hurts=False)
    True
    """
    step = -1 if hurts else 1
    x1, x2 = rates.x1 + step, rates.x2 - step
    if not (0 <= x1 <= rates.n1 and 0 <= x2 <= rates.n2 and rates.n1 and rates.n2):
        return None
    return step * (x1 * rates.n2 - x2 * rates.n1) > 0


def moves_to_four_fifths(rates: TwoRates, *, hurts: bool) -> int | None:
    """Return how many selections, moved from the reference to the group with their total fixed, bring the group to four fifths.

    The smallest m with (x1 + m) / n1 >= 0.8 (x2 - m) / n2; where being selected hurts, moved the other way, with (x1 - m) / n1 <= 1.25 (x2 + m) / n2.

    >>> moves_to_four_fifths(TwoRates(x1=12, n1=40, x2=48, n2=80), hurts=False)
    6
    """
    if not (rates.n1 and rates.n2):
        return None
    share = 1 / FOUR_FIFTHS if hurts else FOUR_FIFTHS
    lacking = share * rates.x2 * rates.n1 - rates.x1 * rates.n2
    moved = (-lacking if hurts else lacking) / (rates.n2 + share * rates.n1)
    return max(0, math.ceil(moved))
