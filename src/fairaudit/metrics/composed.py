"""Figures made of the cells of the confusion matrix that are no share of people."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from fairaudit.count.cells import LABELLED_CELLS
from fairaudit.metrics import effective
from fairaudit.metrics.kinds import (
    DECIDED_0,
    DECIDED_1,
    LABEL_0,
    LABEL_1,
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
    total,
)
from fairaudit.settings.choices import BOOTSTRAP_REPLICATES, BOOTSTRAP_SEED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.count.counts import Counts
    from fairaudit.inference.resample import InOrder
    from fairaudit.metrics.kinds import Limits

    Floats = NDArray[np.float64]
    Figure: TypeAlias = Callable[[Floats, Floats, Floats, Floats], Floats]

BOTH_LABELS: tuple[Cells, ...] = (LABEL_1, LABEL_0)
_STEP = 1e-6
"""Of all people: how far a cell is moved to see how a figure follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanOfTwoRates(Kind):
    """The mean of true positive and true negative rate, which are of different people."""

    interval: ClassVar[str] = (
        "both rates' Wilson scores put together (MOVER), or both rates' distributions melded where one is of few people"
    )
    interval_source: ClassVar[str] = (
        "Zou and Donner 2008, doi:10.1002/sim.3095; Fay, Proschan and Brittain 2015, doi:10.1111/biom.12231"
    )
    evidence: ClassVar[Evidence] = Evidence.INTERVALS
    bases: ClassVar[tuple[Cells, ...]] = BOTH_LABELS
    told_from_rest: ClassVar[bool] = True

    def figures(self, tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
        """Compute the means of as many tables."""
        return (tp / (tp + fn) + tn / (tn + fp)) / 2

    def value(self, counts: Counts, *, all_selected: int | None) -> Value:
        """Compute the mean exactly."""
        if reason := missing(counts, BOTH_LABELS):
            return Value(value=None, reason=reason)
        exact = (
            Fraction(total(counts, ["tp"]), total(counts, LABEL_1))
            + Fraction(total(counts, ["tn"]), total(counts, LABEL_0))
        ) / 2
        return Value(value=float(exact), exact=exact)

    def intervals(self, groups: Sequence[Counts], points: Sequence[Estimate], level: Level) -> Limits:
        """Compute the intervals of the mean of two independent rates."""
        from fairaudit.inference import proportion

        ones, zeros = effective.balanced_effects(groups)
        return proportion.mean_interval(
            _totals(groups, ["tp"]) / ones,
            _totals(groups, LABEL_1) / ones,
            _totals(groups, ["tn"]) / zeros,
            _totals(groups, LABEL_0) / zeros,
            level.confidence,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class F1(Kind):
    """The harmonic mean of precision and true positive rate: 2 J / (1 + J) of the Jaccard index J = tp / (tp + fp + fn), a share of people."""

    interval: ClassVar[str] = "Wilson score of J = tp / (tp + fp + fn), of which F1 is 2 J / (1 + J)"
    interval_source: ClassVar[str] = "van Rijsbergen 1979, Information Retrieval, chapter 7; Wilson 1927"
    evidence: ClassVar[Evidence] = Evidence.INTERVALS
    bases: ClassVar[tuple[Cells, ...]] = (("tp", "fp", "fn"),)
    told_from_rest: ClassVar[bool] = True

    def figures(self, tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
        """Compute those of as many tables."""
        return 2 * tp / (2 * tp + fp + fn)

    def value(self, counts: Counts, *, all_selected: int | None) -> Value:
        """Compute it exactly."""
        if reason := missing(counts, self.bases):
            return Value(value=None, reason=reason)
        tp, wrong = total(counts, ["tp"]), total(counts, ["fp", "fn"])
        exact = Fraction(2 * tp, 2 * tp + wrong)
        return Value(value=float(exact), exact=exact)

    def designs(self, groups: Sequence[Counts]) -> Iterable[float]:
        """Compute by how many times fewer people the rows of each group are worth, in the Jaccard index."""
        return effective.rate_effects(groups, ("tp",), ("tp", "fp", "fn"))

    def intervals(self, groups: Sequence[Counts], points: Sequence[Estimate], level: Level) -> Limits:
        """Compute those of the Jaccard index, mapped."""
        import numpy as np

        from fairaudit.inference import proportion

        designs = np.asarray([p.design for p in points], dtype=np.float64)
        right, wrong = _totals(groups, ["tp"]) / designs, _totals(groups, ["fp", "fn"]) / designs
        return proportion.f1_interval(right, wrong, level.confidence)

    def share(self, counts: Counts, estimate: Estimate) -> tuple[float, float] | None:
        """Return the true positives, and all who have label 1 or are decided 1."""
        return (
            total(counts, ["tp"]) / estimate.design,
            total(counts, ["tp", "fp", "fn"]) / estimate.design,
        )

    def to_share(self, value: Fraction) -> Fraction:
        """Turn an F1 into the Jaccard index."""
        return value / (2 - value)

    def from_share(self, share: Floats) -> Floats:
        """Turn Jaccard indices into F1."""
        return 2 * share / (1 + share)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCells(Kind):
    """A figure made of all four cells in whatever way; its interval is resampled.

    Attributes
    ----------
    compute
        From tp, fp, fn and tn, each an array: the figure of as many tables. Divisions by 0 may happen; what is no number is undefined.
    needed
        The people that there have to be in a group; who is missing is the reason why there is no value.
    exactly
        The figure of one table, where that of `compute` would show rounding.
    gradient
        The figure's derivatives by the four cells up to a factor, shape (4, …); left out, they are found by small steps.
    """

    compute: Figure
    needed: tuple[Cells, ...] = BOTH_LABELS
    exactly: Callable[[int, int, int, int], float] | None = None
    gradient: Callable[[Floats, Floats, Floats, Floats], Sequence[Floats]] | None = None

    interval: ClassVar[str] = f"bias-corrected bootstrap of {BOOTSTRAP_REPLICATES:,} resamples"
    interval_source: ClassVar[str] = "Efron 1981, doi:10.2307/3314608, section 7"
    no_interval: ClassVar[str] = "nearly all resamples give the same value, or none"
    evidence: ClassVar[Evidence] = Evidence.INTERVALS
    bases: ClassVar[tuple[Cells, ...]] = BOTH_LABELS

    def figures(self, tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
        """Compute those of as many tables."""
        return self.compute(tp, fp, fn, tn)

    def value(self, counts: Counts, *, all_selected: int | None) -> Value:
        """Compute the figure of one table."""
        import numpy as np

        if reason := missing(counts, self.needed):
            return Value(value=None, reason=reason)
        tp, fp, fn, tn = (total(counts, [cell]) for cell in LABELLED_CELLS)
        if self.exactly is not None:
            return Value(value=self.exactly(tp, fp, fn, tn))
        (value,) = self.compute(*np.asarray([[tp], [fp], [fn], [tn]], dtype=np.float64)).tolist()
        return Value(value=value)

    def designs(self, groups: Sequence[Counts]) -> Iterable[float]:
        """Compute by how many times fewer people the rows of each group are worth, from the figure's gradient."""
        return effective.figure_effects(groups, self._derivatives)

    def intervals(self, groups: Sequence[Counts], points: Sequence[Estimate], level: Level) -> Limits:
        """Resample as many people as each group is worth."""
        from fairaudit.inference import resample

        drawn = [
            _resampled(
                self.compute,
                tuple(total(c, [cell]) for cell in LABELLED_CELLS),
                people=1 if p.value is None else max(1, int(c.n / p.design)),
                value=math.nan if p.value is None else p.value,
            )
            for c, p in zip(groups, points, strict=True)
        ]
        return resample.corrected_limits(drawn, confidence=level.confidence)

    def farthest(self) -> float:
        """Return the quantile beyond which the farthest of so many resamples says no more."""
        from fairaudit.inference.special import ndtri

        return float(ndtri(1 - 1 / (BOOTSTRAP_REPLICATES + 1)))

    def _derivatives(self, totals: Floats) -> Floats:
        """Return the gradient of each table, shape (tables, 4)."""
        import numpy as np

        if self.gradient is not None:
            return np.stack(self.gradient(*totals.T), axis=1)
        steps = _STEP * totals.sum(axis=1)
        derivatives = np.empty_like(totals)
        for cell in range(totals.shape[1]):
            above, below = totals.copy(), totals.copy()
            above[:, cell] += steps
            below[:, cell] = np.maximum(below[:, cell] - steps, 0)
            risen = self.compute(*above.T) - self.compute(*below.T)
            derivatives[:, cell] = risen / (above[:, cell] - below[:, cell])
        return derivatives


@functools.lru_cache(maxsize=4096)
def _resampled(compute: Figure, cells: tuple[int, ...], *, people: int, value: float) -> InOrder:
    """Resample a figure of one group, as many people as it is worth; an interval that is inverted asks for it many times."""
    import numpy as np

    from fairaudit.inference import resample

    drawn = resample.resample([cells], people=[people], replicates=BOOTSTRAP_REPLICATES, seed=BOOTSTRAP_SEED)
    with np.errstate(divide="ignore", invalid="ignore"):
        return resample.in_order(compute(*np.moveaxis(drawn[:, 0], -1, 0)), value)


def _totals(groups: Sequence[Counts], cells: Sequence[str]) -> Floats:
    """Add up the people in some cells, group by group."""
    import numpy as np

    return np.asarray([total(counts, cells) for counts in groups], dtype=np.float64)


def _matthews(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
    """Compute the Matthews correlation; NaN where a margin is empty."""
    import numpy as np

    correlation: Floats = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return correlation


def _matthews_of_one(tp: int, fp: int, fn: int, tn: int) -> float:
    """Compute it of whole numbers under one root, so that a perfect classifier has 1 and not 0.9999999999999998."""
    covariance = tp * tn - fp * fn
    squared = Fraction(covariance**2, (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return math.copysign(math.sqrt(squared), covariance)


def _matthews_gradient(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Sequence[Floats]:
    """Differentiate it by the cells, up to a factor."""
    a, b, c, d = (1 / margin for margin in (tp + fp, tp + fn, tn + fp, tn + fn))
    half = (tp * tn - fp * fn) / 2
    return tn - half * (a + b), -fn - half * (a + c), -fp - half * (b + d), tp - half * (c + d)


COMPOSED: tuple[Metric, ...] = (
    Metric(
        name="balanced_accuracy",
        long_name="balanced accuracy",
        formula="(tpr + tnr) / 2",
        estimates="the mean of P(decision = 1 | label = 1) and P(decision = 0 | label = 0)",
        says="labels 1 and 0 are found more often, each counted alike",
        when="Instead of accuracy where one label is rare.",
        source="Brodersen et al. 2010, doi:10.1109/ICPR.2010.764",
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        kind=MeanOfTwoRates(),
    ),
    Metric(
        name="f1",
        long_name="F1 score",
        formula="2 tp / (2 tp + fp + fn)",
        estimates="the harmonic mean of precision and true positive rate",
        says="labels 1 are found with fewer errors of both kinds",
        when="To compare performance on label 1 across slices; it leaves out the tn, and a higher base rate raises it.",
        source="van Rijsbergen 1979, Information Retrieval, chapter 7",
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        also=("f-score", "f measure"),
        kind=F1(),
    ),
    Metric(
        name="mcc",
        long_name="Matthews correlation",
        formula="(tp tn - fp fn) / sqrt((tp + fp)(tp + fn)(tn + fp)(tn + fn))",
        estimates="the correlation of decision and label",
        says="decisions follow the labels more closely; 0 is chance",
        when="One number for the whole confusion matrix that a rare label does not flatter.",
        source="Matthews 1975, doi:10.1016/0005-2795(75)90109-9",
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        also=("phi",),
        kind=OfCells(
            compute=_matthews,
            needed=(LABEL_1, LABEL_0, DECIDED_1, DECIDED_0),
            exactly=_matthews_of_one,
            gradient=_matthews_gradient,
        ),
        least=-1.0,
    ),
)
