"""Many tests at once: p-values adjusted for how many there are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction


def family_size(comparisons: Iterable[int]) -> int:
    """Count the hypotheses of a family, from how many comparisons each one of it was chosen from.

    Where the data chose the reference of k groups, k - 1 comparisons are made, and all k (k - 1) / 2 pairs could have been: each one stands
    for k / 2 of them.

    >>> family_size([1, 1, 1]), family_size([66] * 11)
    (3, 66)
    """
    alike = Counter(comparisons)
    return math.ceil(
        sum(times * Fraction(1 + math.isqrt(1 + 8 * number), 4) for number, times in alike.items())
    )


def holm(p_values: Sequence[float | None], *, size: int | None = None) -> list[float | None]:
    """Adjust p-values so that the chance of any false alarm in the family stays below the level, whatever their dependence.

    Parameters
    ----------
    p_values
        Of the family, within [0, 1]; ``None`` where there was nothing to test, which rejects nothing and still counts.
    size
        How many hypotheses were declared, if they are more than the p-values.

    Returns
    -------
    list
        In the same order; ``None`` stays.

    References
    ----------
    Holm 1979, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6:65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    m = max(size or 0, len(p_values))
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(order):
        highest = max(highest, min(1.0, (m - rank) * p))
        adjusted[place] = highest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float | None], *, size: int | None = None) -> list[float | None]:
    """Adjust p-values so that of all that are called findings, the expected share of false ones stays below the level.

    Parameters and results are as of `holm`.

    References
    ----------
    Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x, as ``scipy.stats.false_discovery_control`` computes it.
    """
    order = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    m = max(size or 0, len(p_values))
    adjusted: list[float | None] = [None] * len(p_values)
    # What was declared and not tested counts as 1, and comes last.
    lowest = 1.0
    for rank, (p, place) in reversed(list(enumerate(order, start=1))):
        lowest = min(lowest, p * (m / rank))
        adjusted[place] = lowest
    return adjusted
