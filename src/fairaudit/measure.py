"""Counts into metrics: the table of metrics, and each metric's value with its numerator, denominator and interval.

The table is the one place where a metric is defined. The documents, ``fairaudit explain``, the card and the tests read it.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from fairaudit import effective
from fairaudit.config import (
    BOOTSTRAP_REPLICATES,
    BOOTSTRAP_SEED,
    CONFIDENCE,
    DEFAULT_MIN_GROUP_SIZE,
    MIN_DENOMINATOR,
    RateInterval,
)
from fairaudit.count import Counted, Counts
from fairaudit.read.decision import ScoreKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

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


_SALEIRO = "Saleiro et al. 2018, Aequitas, arXiv:1811.05577, section 3.2"
_FAWCETT = "Fawcett 2006, An introduction to ROC analysis, doi:10.1016/j.patrec.2005.10.010"

METRICS: tuple[Metric, ...] = (
    Metric(
        name="pprev",
        long_name="selection rate",
        formula="(tp + fp) / n",
        estimates="P(decision = 1) in the group",
        says="a larger part of the group gets the decision",
        when="Look at it when there are no labels you trust, or when shares of decisions themselves have to be equal (demographic parity, the four-fifths rule). It ignores whether decisions are right.",
        source=f"{_SALEIRO} (predicted prevalence)",
        needs=Needs.DECISION,
        better=Better.NEITHER,
        numerator=("selected",),
        denominator=("n",),
        parity="Impact Parity",
        aequitas=True,
    ),
    Metric(
        name="fpr",
        long_name="false positive rate",
        formula="fp / (fp + tn)",
        estimates="P(decision = 1 | label = 0) in the group",
        says="more of those whose label is 0 are wrongly decided 1",
        when="Look at it when decision 1 hurts (a detention, a fraud flag) and everybody with label 0 can be hurt by mistake.",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.LOWER,
        numerator=("fp",),
        denominator=("fp", "tn"),
        parity="FPR Parity",
        aequitas=True,
    ),
    Metric(
        name="fnr",
        long_name="false negative rate",
        formula="fn / (fn + tp)",
        estimates="P(decision = 0 | label = 1) in the group",
        says="more of those whose label is 1 are missed",
        when="Look at it when decision 1 helps (a loan, a treatment), most of those in need can be reached, and a missed person is the error that hurts.",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.LOWER,
        numerator=("fn",),
        denominator=("tp", "fn"),
        parity="FNR Parity",
        aequitas=True,
    ),
    Metric(
        name="tpr",
        long_name="true positive rate",
        formula="tp / (tp + fn)",
        estimates="P(decision = 1 | label = 1) in the group",
        says="more of those whose label is 1 are found",
        when="Look at it when decision 1 helps and only few can be reached: are those who qualify found equally often (equal opportunity)? It is 1 - FNR.",
        source=f"{_SALEIRO}; Hardt, Price and Srebro 2016, arXiv:1610.02413 (equal opportunity)",
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        numerator=("tp",),
        denominator=("tp", "fn"),
        parity="TPR Parity",
        aequitas=True,
    ),
    Metric(
        name="tnr",
        long_name="true negative rate",
        formula="tn / (tn + fp)",
        estimates="P(decision = 0 | label = 0) in the group",
        says="more of those whose label is 0 are rightly left alone",
        when="The same hypothesis as FPR, of which it is 1 minus; look at it where being cleared is what counts.",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        numerator=("tn",),
        denominator=("fp", "tn"),
        parity="TNR Parity",
        aequitas=True,
    ),
    Metric(
        name="precision",
        long_name="precision",
        formula="tp / (tp + fp)",
        estimates="P(label = 1 | decision = 1) in the group",
        says="more of those decided 1 deserve it",
        when="Look at it when a decision 1 should mean the same for everybody who gets it. Its denominator are those decided 1.",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        numerator=("tp",),
        denominator=("tp", "fp"),
        parity="Precision Parity",
        aequitas=True,
    ),
    Metric(
        name="fdr",
        long_name="false discovery rate",
        formula="fp / (tp + fp)",
        estimates="P(label = 0 | decision = 1) in the group",
        says="more of those decided 1 are decided wrongly",
        when="Look at it when decision 1 hurts and only few people are selected: which share of those selected should not have been?",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.LOWER,
        numerator=("fp",),
        denominator=("tp", "fp"),
        parity="FDR Parity",
        aequitas=True,
    ),
    Metric(
        name="for",
        long_name="false omission rate",
        formula="fn / (fn + tn)",
        estimates="P(label = 1 | decision = 0) in the group",
        says="more of those decided 0 are decided wrongly",
        when="Look at it when decision 1 helps and only few can be reached: which share of those passed over needed it?",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.LOWER,
        numerator=("fn",),
        denominator=("fn", "tn"),
        parity="FOR Parity",
        aequitas=True,
    ),
    Metric(
        name="npv",
        long_name="negative predictive value",
        formula="tn / (fn + tn)",
        estimates="P(label = 0 | decision = 0) in the group",
        says="more of those decided 0 are decided rightly",
        when="The same hypothesis as FOR, of which it is 1 minus; look at it where a decision 0 should be as reliable for everybody.",
        source=_SALEIRO,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        numerator=("tn",),
        denominator=("fn", "tn"),
        parity="NPV Parity",
        aequitas=True,
    ),
    Metric(
        name="ppr",
        long_name="share of all selected",
        formula="(tp + fp) / everybody selected",
        estimates="P(group | decision = 1)",
        says="the group makes up a larger part of all people selected, which also grows with the group's size",
        when="Only when equal numbers, not equal rates, are wanted of each group. Aequitas calls parity of it Statistical Parity; two groups treated alike fail it if one is larger.",
        source=f"{_SALEIRO} (predicted positive rate)",
        needs=Needs.DECISION,
        better=Better.NEITHER,
        numerator=("selected",),
        denominator=("all selected",),
        parity="Statistical Parity",
        aequitas=True,
    ),
    Metric(
        name="prev",
        long_name="base rate",
        formula="(tp + fn) / n",
        estimates="P(label = 1) in the group",
        says="more of the group have label 1",
        when="Look at it first: where base rates differ, not all parities can hold at once (Chouldechova 2017, arXiv:1703.00056).",
        source=f"{_SALEIRO} (prevalence)",
        needs=Needs.LABEL,
        better=Better.NEITHER,
        numerator=("tp", "fn"),
        denominator=("n",),
        aequitas=True,
    ),
    Metric(
        name="accuracy",
        long_name="accuracy",
        formula="(tp + tn) / n",
        estimates="P(decision = label) in the group",
        says="more of the group are decided rightly",
        when="A first overview where both errors cost the same and labels 1 are not rare.",
        source=_FAWCETT,
        needs=Needs.LABEL_AND_DECISION,
        better=Better.HIGHER,
        numerator=("tp", "tn"),
        denominator=("n",),
        aequitas=True,
    ),
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
        least=-1.0,
    ),
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
        most=math.inf,
    ),
    Metric(
        name="roc_auc",
        long_name="ROC AUC",
        formula="(pairs with the label 1 scored higher + half of the tied pairs) / (labels 1 x labels 0)",
        estimates="P(score of a label 1 > score of a label 0) + P(tie) / 2, both of the same group",
        says="scores put labels 1 above labels 0 more often; 0.5 is chance",
        when="To compare how well scores rank within each group, whatever the threshold.",
        source="Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747",
        needs=Needs.LABEL_AND_SCORE,
        better=Better.HIGHER,
    ),
)
BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}
PARITY_METRICS: tuple[Metric, ...] = tuple(metric for metric in METRICS if metric.parity)


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


def measure(
    counted: Counted,
    *,
    min_group_size: int = DEFAULT_MIN_GROUP_SIZE,
    confidence: float = CONFIDENCE,
    interval: RateInterval = RateInterval.WILSON,
) -> Measured:
    """Compute every metric that the counts allow, overall and for each group.

    Parameters
    ----------
    min_group_size
        A group of fewer people is marked small, and so is a rate out of fewer than 10.
    confidence
        Of the intervals, between 0 and 1.
    interval
        Which interval rates carry.
    """
    left_out = {m.name: reason for m in METRICS if (reason := _lacking(m, counted.overall, counted.scores))}
    members = [("", "", counted.overall), *((g.attribute, g.group, g.counts) for g in counted.groups)]
    everybody = [counts for _, _, counts in members]
    columns = {
        metric.name: estimates(
            metric,
            everybody,
            all_selected=counted.overall.selected,
            min_group_size=min_group_size,
            confidence=confidence,
            interval=interval,
        )
        for metric in METRICS
        if metric.name not in left_out
    }
    overall, *groups = (
        GroupMeasures(
            attribute=attribute,
            group=group,
            counts=counts,
            estimates={name: column[place] for name, column in columns.items()},
            small=counts.people < min_group_size,
        )
        for place, (attribute, group, counts) in enumerate(members)
    )
    return Measured(overall=overall, groups=tuple(groups), left_out=left_out, min_group_size=min_group_size)


def estimates(
    metric: Metric,
    groups: Sequence[Counts],
    *,
    all_selected: int | None,
    min_group_size: int = 0,
    confidence: float = CONFIDENCE,
    interval: RateInterval = RateInterval.WILSON,
) -> tuple[Estimate, ...]:
    """Compute one metric from the counts of each group, with its interval.

    Parameters
    ----------
    all_selected
        How many people of all groups together are decided 1; only ``ppr`` needs it.
    """
    points = [
        _point(metric, c, all_selected=all_selected, few=c.people < min_group_size, design=float(design))
        for c, design in zip(groups, _designs(metric, groups), strict=True)
    ]
    lows, highs = intervals(metric, groups, points, confidence=confidence, interval=interval)
    return tuple(
        point
        if point.value is None
        else dataclasses.replace(point, ci=(float(low), float(high)))
        if low == low and high == high
        else dataclasses.replace(point, ci_reason=_NO_INTERVAL.get(metric.name, NOT_COMPUTED))
        for point, low, high in zip(points, lows, highs, strict=True)
    )


def _designs(metric: Metric, groups: Sequence[Counts]) -> Iterable[float]:
    """Compute by how many times fewer people the rows of each group are worth in a metric."""
    if all(counts.clusters is None for counts in groups):
        return [1.0] * len(groups)
    if metric.is_rate:
        return effective.rate_effects(groups, metric.numerator, metric.denominator)
    match metric.name:
        case "f1":
            return effective.rate_effects(groups, ("tp",), ("tp", "fp", "fn"))
        case "mcc":
            return effective.matthews_effects(groups)
        case _:
            return [1.0] * len(groups)


def intervals(
    metric: Metric,
    groups: Sequence[Counts],
    points: Sequence[Estimate],
    *,
    confidence: ArrayLike = CONFIDENCE,
    interval: RateInterval = RateInterval.WILSON,
) -> tuple[Floats, Floats]:
    """Compute the intervals of one metric, as its kind demands.

    Rates carry Wilson's interval, or Clopper and Pearson's; F1 that of the Jaccard index, mapped; balanced accuracy that of the mean
    of two rates; the area under the ROC curve DeLong's on the logit scale, or that of a rate where few are ranked wrongly; Matthews correlation a bias-corrected bootstrap.
    Precision, FDR, FOR and NPV are rates among those decided so: their intervals take the number of decisions as given.

    Returns
    -------
    low, high
        NaN where there is none.
    """
    import numpy as np

    from fairaudit.inference import proportion, resample

    designs = np.asarray([p.design for p in points], dtype=np.float64)

    def cells(*names: str) -> Floats:
        return np.asarray([_sum(counts, names) for counts in groups], dtype=np.float64)

    if metric.is_rate:
        rate = proportion.wilson if interval is RateInterval.WILSON else proportion.clopper_pearson
        return rate(
            np.asarray([p.successes for p in points], dtype=np.float64),
            np.asarray([p.trials for p in points], dtype=np.float64),
            confidence,
        )
    match metric.name:
        case "f1":
            return proportion.f1_interval(cells("tp") / designs, cells("fp", "fn") / designs, confidence)
        case "balanced_accuracy":
            ones, zeros = effective.balanced_effects(groups)
            return proportion.mean_interval(
                cells("tp") / ones,
                cells("tp", "fn") / ones,
                cells("tn") / zeros,
                cells("fp", "tn") / zeros,
                confidence,
            )
        case "roc_auc":
            return _area_intervals(groups, points, confidence)
        case "mcc":
            drawn = np.stack(
                [
                    _matthews_resampled(
                        c.tp or 0, c.fp or 0, c.fn or 0, c.tn or 0, people=max(1, int(c.n / design))
                    )
                    for c, design in zip(groups, designs, strict=True)
                ]
            )
            known = [math.nan if p.value is None else p.value for p in points]
            return resample.bias_corrected(drawn.T, known, confidence=confidence)
        case _:
            nothing = np.full(len(groups), math.nan)
            return nothing, nothing


NOT_COMPUTED = "no interval is computed"
_NO_INTERVAL = {
    "roc_auc": "a single label 1 or 0 leaves no interval",
    "mcc": "nearly all resamples give the same value, or none",
}


def _area_intervals(
    groups: Sequence[Counts], points: Sequence[Estimate], confidence: ArrayLike
) -> tuple[Floats, Floats]:
    """Compute the intervals of areas under the ROC curve."""
    import numpy as np

    from fairaudit.inference import proportion

    ones, zeros = (
        np.asarray([effective.people_in(c, label) for c in groups], dtype=np.float64)
        for label in (("tp", "fn"), ("fp", "tn"))
    )
    parts = np.asarray([_auc_variances(c) for c in groups], dtype=np.float64).reshape(-1, 2)
    return proportion.auc_interval(
        [math.nan if p.value is None else p.value for p in points],
        [auc_variance(c) for c in groups],
        confidence,
        people=np.minimum(ones, zeros),
        freedom=proportion.welch(parts[:, 0], ones, parts[:, 1], zeros),
    )


def auc_variance(counts: Counts) -> float:
    """Compute the variance of the area under the ROC curve, from squared placements or people's influences; NaN where it has none.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595, equations 4 to 7; Obuchowski 1997, doi:10.2307/2533958, where people may stand in
    several rows.
    """
    if counts.clusters is not None and counts.clusters.rows is not None:
        return effective.area_variance(counts)
    independent = float(sum(_auc_variances(counts)))
    if math.isnan(independent):
        return math.nan
    if counts.clusters is None:
        return independent
    # Rows of the same people are no more than so many people, whatever these few let it seem.
    of_people = effective.area_variance(counts)
    return of_people if math.isnan(of_people) else max(independent, of_people)


def _auc_variances(counts: Counts) -> tuple[Fraction | float, Fraction | float]:
    """Compute the two parts of the variance, which are that of the labels 1 and that of the labels 0."""
    ones, zeros = counts.positives or 0, counts.negatives or 0
    if ones < 2 or zeros < 2 or counts.placements1 is None or counts.placements0 is None:
        return math.nan, math.nan
    area = Fraction(counts.concordant_twice or 0, 2 * ones * zeros)
    return (
        (counts.placements1 - ones * area**2) / (ones - 1) / ones,
        (counts.placements0 - zeros * area**2) / (zeros - 1) / zeros,
    )


@functools.lru_cache(maxsize=4096)
def _matthews_resampled(tp: int, fp: int, fn: int, tn: int, *, people: int) -> Floats:
    """Resample the Matthews correlation of one group, as many people as it is worth; an interval that is inverted asks for it many times."""
    from fairaudit.inference import resample

    drawn = resample.resample(
        [[tp, fp, fn, tn]], people=[people], replicates=BOOTSTRAP_REPLICATES, seed=BOOTSTRAP_SEED
    )
    return _matthews(drawn[:, 0])


def _matthews(cells: Floats) -> Floats:
    """Compute the Matthews correlation of many tables, shape (…, 4); NaN where a margin is empty."""
    import numpy as np

    tp, fp, fn, tn = np.moveaxis(cells, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return found


def _point(metric: Metric, counts: Counts, *, all_selected: int | None, few: bool, design: float) -> Estimate:
    """Compute a metric without its interval."""
    if metric.is_rate:
        return _rate(metric, counts, all_selected=all_selected, few=few, design=design)
    value, exact, reason = _SPECIAL[metric.name](counts)
    cells: tuple[tuple[str, ...], ...] = ()
    if metric.name in ("balanced_accuracy", "mcc", "roc_auc"):
        cells = (("tp", "fn"), ("fp", "tn"))
    elif metric.name == "f1":
        cells = (("tp", "fp", "fn"),)
    small = few or any(effective.people_in(counts, base) < MIN_DENOMINATOR for base in cells)
    return Estimate(metric=metric.name, value=value, exact=exact, small=small, reason=reason, design=design)


def _rate(metric: Metric, counts: Counts, *, all_selected: int | None, few: bool, design: float) -> Estimate:
    numerator = _sum(counts, metric.numerator)
    denominator = (
        (all_selected or 0) if metric.denominator == ("all selected",) else _sum(counts, metric.denominator)
    )
    reason = _NOBODY[metric.denominator] if denominator == 0 else ""
    if counts.n == 0:
        # Weights of 0 make such a group. A share of 0 among all selected would look as if it had been passed over.
        reason = _NOBODY[("n",)]
    if reason:
        return Estimate(
            metric=metric.name,
            value=None,
            numerator=numerator,
            denominator=denominator,
            small=True,
            reason=reason,
        )
    return Estimate(
        metric=metric.name,
        value=numerator / denominator,
        exact=Fraction(numerator, denominator),
        numerator=numerator,
        denominator=denominator,
        small=few or denominator / design < MIN_DENOMINATOR,
        design=design,
    )


_NOBODY = {
    ("n",): "nobody is in the group",
    ("all selected",): "nobody is selected in any group",
    ("fp", "tn"): "nobody in the group has label 0",
    ("tp", "fn"): "nobody in the group has label 1",
    ("tp", "fp"): "nobody in the group is decided 1",
    ("fn", "tn"): "nobody in the group is decided 0",
}


def _sum(counts: Counts, cells: Iterable[str]) -> int:
    return sum(getattr(counts, cell) or 0 for cell in cells)


_Special = tuple[float | None, Fraction | None, str]


def _balanced_accuracy(counts: Counts) -> _Special:
    for cells in (("tp", "fn"), ("fp", "tn")):
        if _sum(counts, cells) == 0:
            return None, None, _NOBODY[cells]
    exact = (
        Fraction(_sum(counts, ["tp"]), _sum(counts, ["tp", "fn"]))
        + Fraction(_sum(counts, ["tn"]), _sum(counts, ["fp", "tn"]))
    ) / 2
    return float(exact), exact, ""


def _f1(counts: Counts) -> _Special:
    tp, wrong = _sum(counts, ["tp"]), _sum(counts, ["fp", "fn"])
    if tp + wrong == 0:
        return None, None, "nobody in the group has label 1 or is decided 1"
    exact = Fraction(2 * tp, 2 * tp + wrong)
    return float(exact), exact, ""


def _mcc(counts: Counts) -> _Special:
    tp, fp, fn, tn = (_sum(counts, [cell]) for cell in ("tp", "fp", "fn", "tn"))
    for cells in (("tp", "fn"), ("fp", "tn"), ("tp", "fp"), ("fn", "tn")):
        if _sum(counts, cells) == 0:
            return None, None, _NOBODY[cells]
    covariance = tp * tn - fp * fn
    # Whole numbers under one root, so that a perfect classifier has 1 and not 0.9999999999999998.
    squared = Fraction(covariance**2, (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return math.copysign(math.sqrt(squared), covariance), None, ""


def _mean(total: Fraction | None, n: int) -> _Special:
    if total is None or n == 0:
        return None, None, _NOBODY[("n",)]
    return float(total / n), None, ""


def _roc_auc(counts: Counts) -> _Special:
    positives, negatives = counts.positives or 0, counts.negatives or 0
    for cells in (("tp", "fn"), ("fp", "tn")):
        if _sum(counts, cells) == 0:
            return None, None, _NOBODY[cells]
    exact = Fraction(counts.concordant_twice or 0, 2 * positives * negatives)
    return float(exact), exact, ""


_SPECIAL = {
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "mcc": _mcc,
    "brier": lambda counts: _mean(counts.squared_error, counts.n),
    "log_loss": lambda counts: _mean(counts.log_loss, counts.n),
    "roc_auc": _roc_auc,
}


def _lacking(metric: Metric, overall: Counts, scores: ScoreKind) -> str:
    """Say why an input cannot give a metric; empty if it can."""
    has_decision = overall.selected is not None
    no_label = "there are no labels" if has_decision else "there are no scores or decisions"
    match metric.needs:
        case Needs.DECISION:
            return "" if has_decision else "there are no scores or decisions"
        case _ if overall.tp is None:
            return no_label
        case Needs.LABEL_AND_PROBABILITY if scores is not ScoreKind.PROBABILITIES:
            return (
                f"the scores are {scores}, not probabilities"
                if scores is not ScoreKind.NONE
                else "there are no scores"
            )
        case Needs.LABEL_AND_SCORE if scores not in (ScoreKind.PROBABILITIES, ScoreKind.RANKS):
            return "the scores are 0/1 decisions" if scores is ScoreKind.DECISIONS else "there are no scores"
        case _:
            return ""
