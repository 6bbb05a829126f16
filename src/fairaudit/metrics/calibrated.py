"""Figures of scores as probabilities: whether as many people have label 1 as the scores say, in all and in each tenth of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from fairaudit.count.cells import TENTHS
from fairaudit.metrics import effective
from fairaudit.metrics.kinds import (
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
)
from fairaudit.settings.choices import RateInterval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.count.counts import Counts
    from fairaudit.metrics.kinds import Bounds, Limits

    Floats = NDArray[np.float64]

_EVERYBODY: Cells = ("n",)
NOTHING_EXPECTED = "the scores of the group add up to 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTenths(Kind):
    """A figure of the people in each tenth of the scores, their labels 1 and the sums of their scores."""

    evidence: ClassVar[Evidence] = Evidence.INTERVALS
    bases: ClassVar[tuple[Cells, ...]] = (_EVERYBODY,)
    told_from_rest: ClassVar[bool] = True

    def designs(self, groups: Sequence[Counts]) -> Iterable[float]:
        """Compute by how many times fewer people the rows of each group are worth in the share of labels 1, as the scores are taken as known."""
        return effective.rate_effects(groups, LABEL_1, _EVERYBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationError(OfTenths):
    """The expected calibration error over ten bins of equal width.

    References
    ----------
    Naeini, Cooper and Hauskrecht 2015, doi:10.1609/aaai.v29i1.9602; Guo, Pleiss, Sun and Weinberger 2017, arXiv:1706.04599, equation 3, here of the
    probability of label 1. Their bins hold their upper end; ours hold the lower one, as decisions at a threshold and NumPy's histogram do, so that only scores of 0.1, 0.2 …
    to the digit are in other bins.
    """

    interval: ClassVar[str] = (
        "bounds that hold however far the scores are off: below by a quantile of what chance alone may add to all distances (half-normal variables), "
        "above by the standard error of their signed sum; scores taken as known"
    )
    interval_source: ClassVar[str] = (
        "triangle inequality, and Lugannani and Rice 1980, doi:10.2307/1426607; for the bias of the error itself Kumar, Liang and Ma 2019, arXiv:1909.10155"
    )

    def of_rows(self, scores: Floats, labels: NDArray[np.int64], weights: Floats) -> Floats:
        """Compute the errors from the sum of labels less scores in each tenth."""
        import numpy as np

        edges = [place / TENTHS for place in range(1, TENTHS)]
        own = np.searchsorted(edges, scores, side="right")
        apart = weights @ np.where(own[:, None] == np.arange(TENTHS), (labels - scores)[:, None], 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.abs(apart).sum(axis=1) / weights.sum(axis=1))

    def value(self, counts: Counts, *, all_selected: int | None) -> Value:
        """Add up, exactly, how far labels 1 and scores of each tenth are apart."""
        if reason := _without(counts):
            return Value(value=None, reason=reason)
        apart = (abs(tenth.positives - tenth.score_sum) for tenth in counts.tenths or ())
        exact = sum(apart, Fraction(0)) / counts.n
        return Value(value=float(exact), exact=exact)

    def intervals(self, groups: Sequence[Counts], points: Sequence[Estimate], level: Level) -> Limits:
        """Compute bounds of the error in each group."""
        return self.bounds(groups, points)(level)

    def bounds(self, groups: Sequence[Counts], points: Sequence[Estimate]) -> Bounds:
        """Return what computes the intervals of these tenths."""
        import numpy as np

        from fairaudit.count.counts import NOBODY_SCORED
        from fairaudit.inference import calibration

        designs = np.asarray([p.design for p in points], dtype=np.float64)[:, None]
        positives, people = (
            np.asarray(
                [[getattr(tenth, part) for tenth in c.tenths or NOBODY_SCORED] for c in groups],
                dtype=np.float64,
            )
            / designs
            for part in ("positives", "people")
        )
        seen = np.asarray([math.nan if p.value is None else p.value for p in points])
        return lambda level: calibration.error_interval(seen, positives, people, level.confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedOverExpected(OfTenths):
    """The share of labels 1 over the mean score."""

    interval: ClassVar[str] = (
        "that of the share of labels 1 (Wilson score, or Clopper and Pearson's where that is chosen) over the mean score, taken as known"
    )
    interval_source: ClassVar[str] = (
        "Debray et al. 2017, doi:10.1136/bmj.i6460; Hoeffding 1956, doi:10.1214/aoms/1177728178"
    )

    def designs(self, groups: Sequence[Counts]) -> Iterable[float]:
        """Compute by how many times fewer people the rows of each group are worth, by the residuals of their labels."""
        return effective.residual_effects(groups)

    def of_rows(self, scores: Floats, labels: NDArray[np.int64], weights: Floats) -> Floats:
        """Divide the labels 1 by the sums of scores."""
        import numpy as np

        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((weights @ labels) / (weights @ scores))

    def value(self, counts: Counts, *, all_selected: int | None) -> Value:
        """Divide the labels 1 by the sum of scores, exactly."""
        if reason := _without(counts):
            return Value(value=None, reason=reason)
        expected = _expected(counts)
        if not expected:
            return Value(value=None, reason=NOTHING_EXPECTED)
        exact = (counts.positives or 0) / expected
        return Value(value=float(exact), exact=exact)

    def intervals(self, groups: Sequence[Counts], points: Sequence[Estimate], level: Level) -> Limits:
        """Divide the intervals of the shares of labels 1."""
        return self.bounds(groups, points)(level)

    def bounds(self, groups: Sequence[Counts], points: Sequence[Estimate]) -> Bounds:
        """Return what divides the intervals of these shares."""
        import numpy as np

        from fairaudit.inference import calibration

        designs = np.asarray([p.design for p in points], dtype=np.float64)
        positives, people = (
            np.asarray([number or 0 for number in numbers], dtype=np.float64) / designs
            for numbers in ([c.positives for c in groups], [c.n for c in groups])
        )
        means = np.asarray(
            [
                math.nan if p.value is None else float(_expected(c) / c.n)
                for c, p in zip(groups, points, strict=True)
            ]
        )
        return lambda level: calibration.observed_over_expected(
            positives, people, means, level.confidence, exact=level.rates is RateInterval.CLOPPER_PEARSON
        )


def _without(counts: Counts) -> str:
    """Say why there is nothing to compute from; empty if there is something."""
    if counts.n == 0:
        return NOBODY[_EVERYBODY]
    return "" if counts.tenths else "the scores are not counted"


def _expected(counts: Counts) -> Fraction:
    """Add up the scores of a group, over one denominator: fractions that are added one by one take three times as long, and this is asked often."""
    sums = [tenth.score_sum for tenth in counts.tenths or ()]
    common = math.lcm(*(part.denominator for part in sums))
    return Fraction(sum(part.numerator * (common // part.denominator) for part in sums), common)


CALIBRATED: tuple[Metric, ...] = (
    Metric(
        name="ece",
        long_name="expected calibration error",
        formula="sum over ten equal parts of [0, 1] of (people scored there / n) x |mean score - share with label 1|",
        estimates="how far from the share with label 1 people's scores are on average, among those scored alike",
        says="scores say less well how many have label 1; of few people it is above 0 by chance even if they are right, which the interval allows for",
        when="To see whether a score means the same for everybody: where 0.7 is said, should 7 of 10 have label 1?",
        source="Naeini, Cooper and Hauskrecht 2015, doi:10.1609/aaai.v29i1.9602; Guo et al. 2017, arXiv:1706.04599",
        needs=Needs.LABEL_AND_PROBABILITY,
        better=Better.LOWER,
        also=("calibration error",),
        equality="Calibration Error Equality",
        kind=CalibrationError(),
    ),
    Metric(
        name="oe",
        long_name="observed over expected ratio",
        formula="share with label 1 / mean score",
        estimates="P(label = 1) over the mean score, both in the group",
        says="more have label 1 than the scores say; 1 is as many as they say, below 1 risk is overstated",
        when="To see whether scores overstate or understate the risk of a whole group.",
        source="Debray et al. 2017, doi:10.1136/bmj.i6460 (total O:E ratio, calibration-in-the-large)",
        needs=Needs.LABEL_AND_PROBABILITY,
        better=Better.NEITHER,
        also=(
            "O/E",
            "O:E",
            "observed to expected ratio",
            "observed over expected",
            "calibration in the large",
        ),
        equality="Observed over Expected Equality",
        kind=ObservedOverExpected(),
        most=math.inf,
    ),
)
