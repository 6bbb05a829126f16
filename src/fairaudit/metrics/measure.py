"""Counts into metrics: each metric's value with its numerator, denominator and interval."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from fairaudit.count.groups import Counted, Counts
from fairaudit.metrics import effective
from fairaudit.settings.choices import (
    BOOTSTRAP_REPLICATES,
    BOOTSTRAP_SEED,
    CONFIDENCE,
    DEFAULT_MIN_GROUP_SIZE,
    MIN_DENOMINATOR,
    RateInterval,
    ScoreKind,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
from fairaudit.metrics.kinds import Estimate, GroupMeasures, Measured, Metric, Needs
from fairaudit.metrics.table import METRICS


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
