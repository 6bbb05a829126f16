"""Shares of people that no model is behind: of all people those of a group, and those who lack a value. Gates hold them to limits.

Documents have them by other names; so they stand beside the table of metrics, and not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from fairaudit.metrics.kinds import Better, Cells, Estimate, Metric, Needs
from fairaudit.metrics.rates import Share
from fairaudit.settings.choices import MIN_DENOMINATOR

if TYPE_CHECKING:
    from fairaudit.count.counts import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOfPeople(Share):
    """Of people, those of a part; `part_estimate` gives its values."""

    numerator: Cells = ("n",)
    denominator: Cells = ("n",)

    of_everybody: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLacking(ShareOfPeople):
    """Of people, those who lack a value."""

    counts_lacking: ClassVar[bool] = True


PEOPLE: tuple[Metric, ...] = (
    Metric(
        name="share",
        long_name="share of all people",
        formula="n of the group / n of everybody",
        estimates="P(a person is of the group)",
        says="the group is a larger part of all people",
        when="Look at it, in a gate, when a sample has to hold enough people of every group. A group of whom nobody is in the data has no share, unless slices were kept.",
        source="Counted",
        needs=Needs.DECISION,
        better=Better.NEITHER,
        kind=ShareOfPeople(),
        also=("representation", "share of people"),
    ),
    Metric(
        name="missing_values",
        long_name="share of missing values",
        formula="rows without a value / rows",
        estimates="P(a value of the column is missing)",
        says="of more people nobody knows the value",
        when="Look at it, in a gate, when a column has to be known of everybody, or of each group alike. The setting na_values says what counts as missing.",
        source="Counted",
        needs=Needs.DECISION,
        better=Better.LOWER,
        kind=ShareLacking(),
        also=("missingness",),
    ),
)


def part_estimate(metric: Metric, part: Counts | None, whole: Counts) -> Estimate:
    """Compute what share of people a part of them is; ``None`` as the part is that nobody is in it.

    Where a person stands in several rows, or counts for several, the variance is that of a ratio of sums over the people, of whom all are taken to be in the part with all
    of their rows, or with none: that makes it no smaller than it is.

    References
    ----------
    Cochran 1977, Sampling Techniques, third edition, chapter 3 (proportions in cluster sampling, with clusters of unequal size).
    """
    numerator, denominator = 0 if part is None else part.n, whole.n
    design = _design(part, whole)
    return Estimate(
        metric=metric.name,
        value=numerator / denominator if denominator else None,
        exact=Fraction(numerator, denominator) if denominator else None,
        numerator=numerator,
        denominator=denominator,
        small=denominator / design < MIN_DENOMINATOR,
        reason="" if denominator else "there is nobody",
        design=design,
    )


def _design(part: Counts | None, whole: Counts) -> float:
    """Compute by how many times fewer people the rows are worth."""
    if whole.clusters is None or whole.n == 0:
        return 1.0
    people = whole.clusters.people
    squares = _squares(whole)
    p = (0 if part is None else part.n) / whole.n
    if not 0 < p < 1 or part is None or people < 2:
        # Nothing varies: as many people as would be of equal weight, by Kish.
        return squares / whole.n
    variance = ((1 - 2 * p) * _squares(part) + p * p * squares) / whole.n**2 * people / (people - 1)
    return variance * whole.n / (p * (1 - p))


def _squares(counts: Counts) -> float:
    """Sum, over the people, the squares of how much each counts, from the products of their cells."""
    if counts.clusters is None:
        return float(counts.n)
    products = iter(counts.clusters.products)
    cells = 4 if counts.tp is not None else 2
    return float(
        sum(
            next(products) * (1 if one == other else 2) for one in range(cells) for other in range(one, cells)
        )
    )


__all__ = ["PEOPLE", "ShareLacking", "ShareOfPeople", "part_estimate"]
