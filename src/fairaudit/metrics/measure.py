"""Counts into metrics: each metric's value with its numerator, denominator and interval."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fairaudit.count.counts import Counted, Counts, GroupCounts
from fairaudit.settings.choices import (
    CONFIDENCE,
    DEFAULT_MIN_GROUP_SIZE,
    RateInterval,
    ScoreKind,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
from fairaudit.metrics.kinds import Estimate, GroupMeasures, Level, Measured, Metric, Needs
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
    left_out = {m.name: reason for m in METRICS if (reason := lacking(m, counted.overall, counted.scores))}
    members = [GroupCounts(attribute="", group="", counts=counted.overall), *counted.groups]
    everybody = [member.counts for member in members]
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
            attribute=member.attribute,
            group=member.group,
            counts=member.counts,
            estimates={name: column[place] for name, column in columns.items()},
            small=member.counts.people < min_group_size,
            unknown=member.unknown,
            vanished=member.vanished,
            may_join=member.may_join,
        )
        for place, member in enumerate(members)
    )
    return Measured(
        overall=overall,
        groups=tuple(groups),
        left_out=left_out,
        min_group_size=min_group_size,
        intersections=counted.intersections,
        overlapping=counted.overlapping,
    )


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
        How many people of all groups together are decided 1; only shares of all selected need it.
    """
    kind = metric.kind
    clustered = any(counts.clusters is not None for counts in groups)
    designs = kind.designs(groups) if clustered else [1.0] * len(groups)
    points = [
        _point(metric, c, all_selected=all_selected, few=c.people < min_group_size, design=float(design))
        for c, design in zip(groups, designs, strict=True)
    ]
    lows, highs = kind.intervals(groups, points, Level(confidence=confidence, rates=interval))
    return tuple(
        point
        if point.value is None
        else dataclasses.replace(point, ci=(float(low), float(high)))
        if low == low and high == high
        else dataclasses.replace(point, ci_reason=kind.no_interval)
        for point, low, high in zip(points, lows, highs, strict=True)
    )


def _point(metric: Metric, counts: Counts, *, all_selected: int | None, few: bool, design: float) -> Estimate:
    """Compute a metric without its interval."""
    value = metric.kind.value(counts, all_selected=all_selected)
    return Estimate(
        metric=metric.name,
        value=value.value,
        exact=value.exact,
        numerator=value.numerator,
        denominator=value.denominator,
        small=few or metric.kind.few(counts, value, design),
        reason=value.reason,
        design=1.0 if value.value is None else design,
    )


def intervals(
    metric: Metric,
    groups: Sequence[Counts],
    points: Sequence[Estimate],
    *,
    confidence: ArrayLike = CONFIDENCE,
) -> tuple[Floats, Floats]:
    """Compute the intervals of one metric in each group, at one confidence or at one for each; NaN where there is none."""
    return bounds(metric, groups, points)(confidence)


def bounds(
    metric: Metric, groups: Sequence[Counts], points: Sequence[Estimate]
) -> Callable[[ArrayLike], tuple[Floats, Floats]]:
    """Return what computes the intervals of one metric in each group, at one confidence or at one for each."""
    of_level = metric.kind.bounds(groups, points)
    return lambda confidence: of_level(Level(confidence=confidence))


def lacking(metric: Metric, overall: Counts, scores: ScoreKind) -> str:
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
