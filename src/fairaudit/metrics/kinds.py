"""What a metric is, what its kind has to answer, and what measuring gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from fairaudit.metrics import effective
from fairaudit.settings.choices import CONFIDENCE, MIN_DENOMINATOR, Effect, RateInterval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from fairaudit.count.counts import Counts, RankedScores

    Floats = NDArray[np.float64]
    Limits: TypeAlias = tuple[Floats, Floats]
    """Lower and upper ends, one of each group."""
    Bounds: TypeAlias = Callable[["Level"], Limits]

Cells: TypeAlias = tuple[str, ...]
"""Cells that are summed: any of tp, fp, fn, tn, or ``n``, ``selected`` and ``all selected`` (people decided 1 in all groups together)."""
LABEL_1: Cells = ("tp", "fn")
LABEL_0: Cells = ("fp", "tn")
DECIDED_1: Cells = ("tp", "fp")
DECIDED_0: Cells = ("fn", "tn")
NOBODY: Mapping[Cells, str] = {
    ("n",): "nobody is in the group",
    ("all selected",): "nobody is selected in any group",
    LABEL_0: "nobody in the group has label 0",
    LABEL_1: "nobody in the group has label 1",
    DECIDED_1: "nobody in the group is decided 1",
    DECIDED_0: "nobody in the group is decided 0",
    ("tp", "fp", "fn"): "nobody in the group has label 1 or is decided 1",
}
"""Why there is no value, by the cells that are empty."""
NOT_COMPUTED = "no interval is computed"


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


class Side(StrEnum):
    """Which values of a metric are the worse ones for the people themselves."""

    HIGHER = "higher"
    LOWER = "lower"


class Evidence(StrEnum):
    """What tells on which side of a limit a metric lies; gates and parities can be decided by all but the last."""

    COUNTS = "the people counted: binomial tails of one group, score tests of two"
    WHOLE = "the people of both groups counted in one whole, of which each has a share"
    INTERVALS = "intervals, inverted"
    NONE = "nothing but the value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What the counts of a group give for a metric, without its uncertainty; attributes are as of `Estimate`."""

    value: float | None
    exact: Fraction | None = None
    reason: str = ""
    numerator: int | None = None
    denominator: int | None = None


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
class Level:
    """What intervals are asked for: their confidence, one for all groups or one for each, and which kind shares of people carry."""

    confidence: ArrayLike = CONFIDENCE
    rates: RateInterval = RateInterval.WILSON


class Kind(ABC):
    """A kind of metric: how its value follows from counts, how sure that is, and with what it can be compared.

    What stands here holds for a figure of which nothing but the value is known; a kind says what it knows beyond that.

    Attributes
    ----------
    interval, interval_source
        How the interval is computed, and who says so; empty where there is none.
    no_interval
        Why a value may have no interval.
    evidence
        What decides a gate or a parity.
    bases
        The people that it is computed from: of fewer than 10 in one of them, a value is small.
    told_from_rest
        Whether a slice is told how far it is from everybody else.
    no_difference
        Why two groups' difference means nothing; empty where it does.
    of_everybody, counts_lacking
        Whether it is a share of people that groups give and no cell of the confusion matrix, and whether these are those who lack a value.
    """

    __slots__ = ()

    interval: ClassVar[str] = ""
    interval_source: ClassVar[str] = ""
    no_interval: ClassVar[str] = NOT_COMPUTED
    evidence: ClassVar[Evidence] = Evidence.NONE
    bases: ClassVar[tuple[Cells, ...]] = ()
    told_from_rest: ClassVar[bool] = False
    no_difference: ClassVar[str] = ""
    of_everybody: ClassVar[bool] = False
    counts_lacking: ClassVar[bool] = False

    @property
    def cells(self) -> tuple[Cells, Cells]:
        """The cells of numerator and denominator; empty where it is no share of people."""
        return (), ()

    @abstractmethod
    def value(self, counts: Counts, *, all_selected: int | None) -> Value:
        """Compute the value in one group."""

    def few(self, counts: Counts, value: Value, design: float) -> bool:
        """Return whether a value is of so few people that it is nothing to lean on."""
        return any(effective.people_in(counts, base) < MIN_DENOMINATOR for base in self.bases)

    def designs(self, groups: Sequence[Counts]) -> Iterable[float]:
        """Compute by how many times fewer people the rows of each group are worth, where people may stand in several."""
        return [1.0] * len(groups)

    def intervals(self, groups: Sequence[Counts], points: Sequence[Estimate], level: Level) -> Limits:
        """Compute the limits in each group; NaN where there are none."""
        import numpy as np

        nothing = np.full(len(groups), np.nan)
        return nothing, nothing

    def bounds(self, groups: Sequence[Counts], points: Sequence[Estimate]) -> Bounds:
        """Return what computes the limits in each group at any level; whoever asks at many of them has found out once what depends on none."""
        return lambda level: self.intervals(groups, points, level)

    def share(self, counts: Counts, estimate: Estimate) -> tuple[float, float] | None:
        """Return successes and trials of the share that it is, or rises with, as many people as they are worth; ``None`` where there is none."""
        return None

    def figures(self, tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats | None:
        """Compute the values of as many tables, NaN where one has none; ``None`` where the cells of a table do not give it."""
        return None

    def of_rows(self, scores: Floats, labels: NDArray[np.int64], weights: Floats) -> Floats | None:
        """Compute the values of people's scores and labels, each counted so often, once for each row of `weights`; ``None`` where they do not give it."""
        return None

    def to_share(self, value: Fraction) -> Fraction:
        """Turn a value into that of the share behind it."""
        return value

    def from_share(self, share: Floats) -> Floats:
        """Turn values of the share behind it into its own."""
        return share

    def farthest(self) -> float:
        """Return the largest number of standard errors that its interval can tell apart."""
        from fairaudit.inference import mover

        return mover.MOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One row of the table of metrics.

    Attributes
    ----------
    name, long_name
        As in the documents, and as printed beside it.
    also
        What else people call it.
    formula
        In words and cells, for those who read ``fairaudit explain``.
    estimates
        The probability or quantity that it estimates.
    says
        What a high value means for the people of a group, in plain words.
    when
        When it is the metric to look at.
    kind
        How it is computed, and what can be said of it.
    worse
        Which side of it harms people, by what decision 1 does to them; none where a gap is no harm to those decided about.
    parity
        Aequitas's name of the parity that rests on it; empty if none does.
    equality
        Our name of equality in it, where Aequitas has none: it is shown beside the parities, and judged only if somebody asks.
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
    kind: Kind
    worse: Mapping[Effect, Side] = field(default_factory=dict)
    parity: str = ""
    equality: str = ""
    also: tuple[str, ...] = ()
    aequitas: bool = False
    least: float = 0.0
    most: float = 1.0

    @property
    def numerator(self) -> Cells:
        """The cells whose sum is divided; empty where the metric is no share of people."""
        return self.kind.cells[0]

    @property
    def denominator(self) -> Cells:
        """The cells whose sum it is divided by."""
        return self.kind.cells[1]

    @property
    def is_rate(self) -> bool:
        """Whether it is a share of people, so that a binomial interval applies."""
        return bool(self.denominator)

    @property
    def is_of_whole(self) -> bool:
        """Whether its values in all groups are shares of one whole, so that one group's depends on the others'."""
        return self.kind.evidence is Evidence.WHOLE


def total(counts: Counts, cells: Iterable[str]) -> int:
    """Add up the people in some cells of a group."""
    return sum(getattr(counts, cell) or 0 for cell in cells)


def missing(counts: Counts, bases: Iterable[Cells]) -> str:
    """Say which people are missing that there have to be; empty if none are."""
    return next((NOBODY[base] for base in bases if total(counts, base) == 0), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMeasures:
    """All metrics of one group that the input allows."""

    attribute: str
    group: str
    counts: Counts
    estimates: Mapping[str, Estimate]
    small: bool
    unknown: bool = False
    """Whether it is not known who is in it, so that it is neither judged nor compared with."""
    vanished: bool = False
    """Whether there is nobody in it, though there was somebody when the slices were kept: nothing of it can be decided."""
    may_join: tuple[Counts, ...] = ()
    """Those who may be in it or not, where groups may have people in common: it is compared with none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The metrics of an audit, overall and by group.

    Attributes
    ----------
    left_out
        Metrics that the input does not allow, with the reason.
    min_group_size
        A group of fewer people is marked small.
    intersections
        The attributes of several columns.
    overlapping
        Those whose groups may have people in common.
    rests
        By attribute and group, how the scores of everybody else are ranked, where that was asked for.
    """

    overall: GroupMeasures
    groups: tuple[GroupMeasures, ...]
    left_out: Mapping[str, str]
    min_group_size: int
    intersections: frozenset[str] = frozenset()
    overlapping: frozenset[str] = frozenset()
    rests: Mapping[tuple[str, str], RankedScores] = field(default_factory=dict)

    def of(self, attribute: str) -> tuple[GroupMeasures, ...]:
        """Return the groups of one attribute."""
        return tuple(group for group in self.groups if group.attribute == attribute)

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes in their order."""
        return tuple(dict.fromkeys(group.attribute for group in self.groups))
