"""Figures of scores: how well they rank people, and how far they are from the outcomes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from fairaudit.metrics import effective
from fairaudit.metrics.kinds import (
    LABEL_0,
    LABEL_1,
    NOBODY,
    Better,
    Cells,
    Estimate,
    Evidence,
    Kind,
    Level,
    Metric,
    Needs,
    Value,
    missing,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.count.counts import Counts
    from fairaudit.metrics.kinds import Bounds, Limits

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanOfScores(Kind):
    """A mean over people of what their score costs, of which only the sum is counted, so that nothing is known of its spread.

    Attributes
    ----------
    total
        Which of `Counts` is the sum over the people of a group.
    cost
        What each score costs, given the label; ``None`` where only sums are known.
    """

    total: str
    cost: Callable[[Floats, NDArray[np.int64]], Floats] | None = None

    def of_rows(self, scores: Floats, labels: NDArray[np.int64], weights: Floats) -> Floats | None:
        """Compute the means of costs, each counted so often."""
        import numpy as np

        if self.cost is None:
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(weights @ self.cost(scores, labels) / weights.sum(axis=1))

    def value(self, counts: Counts, *, all_selected: int | None) -> Value:
        """Divide the sum by the people."""
        added: Fraction | None = getattr(counts, self.total)
        if added is None or counts.n == 0:
            return Value(value=None, reason=NOBODY[("n",)])
        return Value(value=float(added / counts.n))


NOT_RANKED = "their scores are ranked for combinations of attributes, and for groups that may have people in common, only where the area is judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Area(Kind):
    """The area under the ROC curve: of all pairs of a label 1 and a label 0 of one group, the share that scores rank rightly."""

    interval: ClassVar[str] = (
        "DeLong's variance on the logit scale with quantiles of t, or that of a rate (Jeffreys) where few are ranked wrongly"
    )
    interval_source: ClassVar[str] = (
        "DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595; Qin and Hotilovac 2008, doi:10.1177/0962280207087173"
    )
    no_interval: ClassVar[str] = "a single label 1 or 0 leaves no interval"
    evidence: ClassVar[Evidence] = Evidence.INTERVALS
    bases: ClassVar[tuple[Cells, ...]] = (LABEL_1, LABEL_0)

    def of_rows(self, scores: Floats, labels: NDArray[np.int64], weights: Floats) -> Floats:
        """Compute the areas from how many labels 0 are scored below each label 1."""
        import numpy as np

        ones, zeros = (np.flatnonzero(labels == label) for label in (1, 0))
        ones, zeros = (places[np.argsort(scores[places], kind="stable")] for places in (ones, zeros))
        below = np.zeros((len(weights), len(zeros) + 1))
        np.cumsum(weights[:, zeros], axis=1, out=below[:, 1:])
        # A tie is half won.
        first, last = (np.searchsorted(scores[zeros], scores[ones], side=side) for side in ("left", "right"))
        of_ones = weights[:, ones]
        won = (of_ones * (below[:, first] + below[:, last])).sum(axis=1) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(won / (of_ones.sum(axis=1) * below[:, -1]))

    def value(self, counts: Counts, *, all_selected: int | None) -> Value:
        """Compute it exactly."""
        if reason := missing(counts, self.bases):
            return Value(value=None, reason=reason)
        if counts.concordant_twice is None:
            return Value(value=None, reason=NOT_RANKED)
        pairs = (counts.positives or 0) * (counts.negatives or 0)
        exact = Fraction(counts.concordant_twice, 2 * pairs)
        return Value(value=float(exact), exact=exact)

    def intervals(self, groups: Sequence[Counts], points: Sequence[Estimate], level: Level) -> Limits:
        """Compute the intervals from the variance, or as those of a rate where it says too little."""
        return self.bounds(groups, points)(level)

    def bounds(self, groups: Sequence[Counts], points: Sequence[Estimate]) -> Bounds:
        """Return what computes the intervals of these variances."""
        import numpy as np

        from fairaudit.inference import proportion

        ones, zeros = (
            np.asarray([effective.people_in(c, label) for c in groups], dtype=np.float64)
            for label in self.bases
        )
        _, of_ones, of_zeros = np.asarray([_area_variances(c) for c in groups]).reshape(-1, 3).T
        areas = np.asarray([math.nan if p.value is None else p.value for p in points])
        variances = np.asarray([area_variance(c) for c in groups])
        people, freedom = np.minimum(ones, zeros), proportion.welch(of_ones, ones, of_zeros, zeros)
        return lambda level: proportion.auc_interval(
            areas, variances, level.confidence, people=people, freedom=freedom
        )


def area_variance(counts: Counts) -> float:
    """Compute the variance of the area under the ROC curve, from squared placements or people's influences; NaN where it has none.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595, equations 4 to 7; Obuchowski 1997, doi:10.2307/2533958, where people may stand in
    several rows.
    """
    if counts.clusters is not None and counts.clusters.rows is not None:
        return effective.area_variance(counts)
    independent, _, _ = _area_variances(counts)
    if math.isnan(independent):
        return math.nan
    if counts.clusters is None:
        return independent
    # Rows of the same people are no more than so many people, whatever these few let it seem.
    of_people = effective.area_variance(counts)
    return of_people if math.isnan(of_people) else max(independent, of_people)


def _area_variances(counts: Counts) -> tuple[float, float, float]:
    """Compute the variance and its two parts, which are that of the labels 1 and that of the labels 0."""
    ones, zeros = counts.positives or 0, counts.negatives or 0
    if ones < 2 or zeros < 2 or counts.placements1 is None or counts.placements0 is None:
        return math.nan, math.nan, math.nan
    return _exact_variances(ones, zeros, counts.concordant_twice or 0, counts.placements1, counts.placements0)


@lru_cache(maxsize=1_000)
def _exact_variances(
    ones: int, zeros: int, concordant_twice: int, placements1: Fraction, placements0: Fraction
) -> tuple[float, float, float]:
    """Compute them once, and round them at the end: whoever searches the confidence at which an interval reaches a value asks at each step."""
    area = Fraction(concordant_twice, 2 * ones * zeros)
    of_ones = (placements1 - ones * area**2) / (ones - 1) / ones
    of_zeros = (placements0 - zeros * area**2) / (zeros - 1) / zeros
    return float(of_ones + of_zeros), float(of_ones), float(of_zeros)


def _squared(scores: Floats, labels: NDArray[np.int64]) -> Floats:
    return (scores - labels) ** 2


def _logarithmic(scores: Floats, labels: NDArray[np.int64]) -> Floats:
    import numpy as np

    least = np.finfo(np.float64).eps
    return np.asarray(-np.log(np.clip(np.where(labels == 1, scores, 1 - scores), least, 1 - least)))


AREA = "roc_auc"
"""The name of the metric that tells whether scores run against the labels."""
SCORED: tuple[Metric, ...] = (
    Metric(
        name="brier",
        long_name="Brier score",
        formula="mean of (score - label)^2",
        estimates="the mean squared error of the scores as probabilities",
        says="scores are further from the outcomes",
        when="To see whether scores can be read as probabilities in every group.",
        source="Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2",
        needs=Needs.LABEL_AND_PROBABILITY,
        better=Better.LOWER,
        also=("mean squared error",),
        kind=MeanOfScores(total="squared_error", cost=_squared),
    ),
    Metric(
        name="log_loss",
        long_name="log loss",
        formula="mean of -ln(score) for label 1, -ln(1 - score) for label 0; scores are moved 2.2e-16 away from 0 and 1",
        estimates="the mean negative log likelihood of the labels, in nats",
        says="scores are worse probabilities, and sure mistakes weigh most",
        when="As the Brier score, where a sure mistake is worse than two doubtful ones.",
        source="Good 1952, Rational Decisions; scikit-learn's log_loss",
        needs=Needs.LABEL_AND_PROBABILITY,
        better=Better.LOWER,
        also=("cross entropy",),
        kind=MeanOfScores(total="log_loss", cost=_logarithmic),
        most=math.inf,
    ),
    Metric(
        name=AREA,
        long_name="ROC AUC",
        formula="(pairs with the label 1 scored higher + half of the tied pairs) / (labels 1 x labels 0)",
        estimates="P(score of a label 1 > score of a label 0) + P(tie) / 2, both of the same group",
        says="scores put labels 1 above labels 0 more often; 0.5 is chance",
        when="To compare how well scores rank within each group, whatever the threshold.",
        source="Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747",
        needs=Needs.LABEL_AND_SCORE,
        better=Better.HIGHER,
        also=("AUC", "AUROC", "c-statistic"),
        equality="AUC Equality",
        kind=Area(),
    ),
)
