"""What a metric is, and what measuring it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from fairaudit.count.groups import Counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Needs(StrEnum):
    """What an input has to hold for a metric to be computed."""

    DECISION = "decisions"
    LABEL = "labels"
    LABEL_AND_DECISION = "labels and decisions"
    LABEL_AND_PROBABILITY = "labels and scores that are probabilities"
    LABEL_AND_SCORE = "labels and scores that rank people"


class Better(StrEnum):
    """Which way a metric is good."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One row of the table of metrics.

    Attributes
    ----------
    name, long_name
        As in the documents, and as printed beside it.
    numerator, denominator
        The cells that are summed: any of tp, fp, fn, tn, or ``n``, ``selected`` and ``all selected`` (people decided 1 in all groups
        together). Empty where the metric is no share of people.
    formula
        In words and cells, for those who read ``fairaudit explain``.
    estimates
        The probability or quantity that it estimates.
    says
        What a high value means for the people of a group, in plain words.
    when
        When it is the metric to look at.
    parity
        Aequitas's name of the parity that rests on it; empty if none does.
    least, most
        The range of its values.
    source
        Where the definition comes from.
    """

    name: str
    long_name: str
    formula: str
    estimates: str
    says: str
    when: str
    source: str
    needs: Needs
    better: Better
    numerator: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()
    parity: str = ""
    aequitas: bool = False
    least: float = 0.0
    most: float = 1.0

    @property
    def is_rate(self) -> bool:
        """Whether it is a share of people, so that a binomial interval applies."""
        return bool(self.denominator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A metric's value in a group.

    Attributes
    ----------
    value
        ``None`` where it is undefined; `reason` says why.
    numerator, denominator
        People, for rates; ``None`` for the others.
    ci
        Interval of the stated confidence; ``None`` with `ci_reason`.
    small
        Whether the group or the denominator is too small to lean on.
    exact
        The value without rounding, where it is rational.
    design
        By how many times fewer people the rows are worth, as people may stand in several: 1 where they do not.
    """

    metric: str
    value: float | None
    numerator: int | None = None
    denominator: int | None = None
    ci: tuple[float, float] | None = None
    small: bool = False
    reason: str = ""
    ci_reason: str = ""
    exact: Fraction | None = None
    design: float = 1.0

    @property
    def trials(self) -> float:
        """How many people the denominator is worth."""
        return (self.denominator or 0) / self.design

    @property
    def successes(self) -> float:
        """How many people the numerator is worth."""
        return (self.numerator or 0) / self.design


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMeasures:
    """All metrics of one group that the input allows."""

    attribute: str
    group: str
    counts: Counts
    estimates: Mapping[str, Estimate]
    small: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The metrics of an audit, overall and by group.

    Attributes
    ----------
    left_out
        Metrics that the input does not allow, with the reason.
    min_group_size
        A group of fewer people is marked small.
    """

    overall: GroupMeasures
    groups: tuple[GroupMeasures, ...]
    left_out: Mapping[str, str]
    min_group_size: int

    def of(self, attribute: str) -> tuple[GroupMeasures, ...]:
        """Give the groups of one attribute."""
        return tuple(group for group in self.groups if group.attribute == attribute)

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes in their order."""
        return tuple(dict.fromkeys(group.attribute for group in self.groups))
