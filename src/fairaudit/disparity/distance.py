"""A slice beside everybody else: how far it is from them, metric by metric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fairaudit.count.counts import Counts
from fairaudit.disparity.references import others_of
from fairaudit.metrics.kinds import Estimate, Measured, Metric
from fairaudit.metrics.measure import estimates, intervals
from fairaudit.metrics.table import METRICS
from fairaudit.settings.choices import CONFIDENCE

Limits: TypeAlias = tuple[float, float]
"""Both ends of an interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """How far a slice's metric is from that of everybody else; ``None`` with `reason`.

    Attributes
    ----------
    difference, ci
        Slice minus everybody else, and its 95% interval, which is of a slice that was named beforehand.
    joint_ci, joint_confidence
        An interval that may be read of a slice that the data choose, as it holds for `chosen_from` slices together (Bonferroni), and its
        confidence.
    chosen_from
        The slices of enough people; for one of few people, all slices. Those of whom it is not known who they are do not count.
    """

    difference: float | None
    ci: tuple[float, float] | None
    joint_ci: tuple[float, float] | None = None
    joint_confidence: float | None = None
    chosen_from: int | None = None
    reason: str = ""


def against_rest(
    measured: Measured, *, metrics: Sequence[str] | None = None, confidence: float = CONFIDENCE
) -> tuple[Mapping[str, Distance], ...]:
    """Compare every group with everybody else of whom it is known who they are, in every metric that the confusion matrix gives.

    The two have nobody in common, as a group and the whole that holds it do. Differences of rates carry the score interval;
    those of F1 and balanced accuracy both groups' intervals put together (Zou and Donner 2008, doi:10.1002/sim.3095). The farthest of many
    slices is far by chance, too: so each has a second interval, of ``1 - (1 - confidence) / slices``.

    Parameters
    ----------
    metrics
        Which to compare; ``None`` for all.
    confidence
        Of the intervals, for one slice and for all of them together.

    Returns
    -------
    tuple
        By metric, for the groups in their order.
    """
    wanted = [
        m
        for m in METRICS
        if m.name not in measured.left_out
        and m.kind.told_from_rest
        and (metrics is None or m.name in metrics)
    ]
    by_attribute = {a: iter(others_of(measured, a, measured.of(a))) for a in measured.attributes}
    rests = [next(by_attribute[g.attribute]) for g in measured.groups]
    besides = [_beside(m, measured, rests, confidence) for m in wanted]
    limits = _intervals(besides, confidence)
    columns = {b.metric.name: _distances(b, limited) for b, limited in zip(besides, limits, strict=True)}
    return tuple(
        {name: column[place] for name, column in columns.items()} for place in range(len(measured.groups))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """One metric of every group, and of everybody else.

    Attributes
    ----------
    known
        The places of groups where both have an interval.
    many
        By such a place, the slices that one is chosen from.
    pairs, counts, joint
        For `known`: both estimates, both counts, and the confidence that allows for the choice.
    """

    metric: Metric
    of_groups: Sequence[Estimate]
    of_others: Sequence[Estimate]
    known: Sequence[int]
    many: Mapping[int, int]
    pairs: Sequence[tuple[Estimate, Estimate]]
    counts: Sequence[tuple[Counts, Counts]]
    joint: Sequence[float]


def _beside(metric: Metric, measured: Measured, rests: Sequence[Counts], confidence: float) -> _Beside:
    """Put every group beside everybody else in one metric."""
    selected = measured.overall.counts.selected
    of_groups = [g.estimates[metric.name] for g in measured.groups]
    of_others = estimates(metric, rests, all_selected=selected, confidence=confidence)
    known = [
        place
        for place, (one, other) in enumerate(zip(of_groups, of_others, strict=True))
        if one.ci is not None and other.ci is not None
    ]
    judged = [place for place in known if not measured.groups[place].unknown]
    enough = sum(not of_groups[place].small for place in judged)
    many = {place: max(len(judged) if of_groups[place].small else enough, 1) for place in known}
    return _Beside(
        metric=metric,
        of_groups=of_groups,
        of_others=of_others,
        known=known,
        many=many,
        pairs=[(of_groups[place], of_others[place]) for place in known],
        counts=[(measured.groups[place].counts, rests[place]) for place in known],
        joint=[1 - (1 - confidence) / many[place] for place in known],
    )


def _distances(beside: _Beside, limits: Sequence[tuple[Limits, Limits]]) -> list[Distance]:
    """Compare every group with everybody else in one metric."""
    of_groups, of_others = beside.of_groups, beside.of_others
    distances = [
        Distance(difference=None, ci=None, reason=of_group.reason or _of_others(of_rest))
        for of_group, of_rest in zip(of_groups, of_others, strict=True)
    ]
    for known_place, place in enumerate(beside.known):
        distances[place] = Distance(
            difference=(of_groups[place].value or 0.0) - (of_others[place].value or 0.0),
            ci=limits[known_place][0],
            joint_ci=limits[known_place][1],
            joint_confidence=beside.joint[known_place],
            chosen_from=beside.many[place],
        )
    return distances


def _of_others(estimate: Estimate) -> str:
    return f"among everybody else: {estimate.reason}" if estimate.reason else ""


def _intervals(besides: Sequence[_Beside], confidence: float) -> list[list[tuple[Limits, Limits]]]:
    """Compute the intervals of all differences, for each pair alone and allowing for the choice.

    The rates of all metrics are looked at together, as each step of the search costs the same for one pair as for hundreds.
    """
    rates = [(place, pair) for place, b in enumerate(besides) if b.metric.is_rate for pair in b.pairs]
    joint = [level for b in besides if b.metric.is_rate for level in b.joint]
    pairs = [pair for _, pair in rates]
    both = _of_rates(pairs * 2, [confidence] * len(pairs) + joint)
    limits: list[list[tuple[Limits, Limits]]] = [
        [] if b.metric.is_rate else _of_another_figure(b, confidence) for b in besides
    ]
    for (place, _), alone, chosen in zip(rates, both[: len(pairs)], both[len(pairs) :], strict=True):
        limits[place].append((alone, chosen))
    return limits


def _of_rates(pairs: Sequence[tuple[Estimate, Estimate]], confidence: Sequence[float]) -> list[Limits]:
    import numpy as np

    from fairaudit.inference import contrast

    x1, n1, x2, n2 = (
        np.asarray([getattr(pair[side], part) for pair in pairs], dtype=np.float64)
        for side in (0, 1)
        for part in ("successes", "trials")
    )
    limits = contrast.difference_interval(x1, n1, x2, n2, confidence=np.asarray(confidence, dtype=np.float64))
    return _in_pairs(*limits)


def _of_another_figure(beside: _Beside, confidence: float) -> list[tuple[Limits, Limits]]:
    """Compute the intervals of a figure that is no rate, for each pair alone and allowing for the choice."""
    import numpy as np

    from fairaudit.inference import mover

    size = len(beside.pairs)
    levels = np.asarray([*[confidence] * size, *beside.joint], dtype=np.float64)
    sides = [
        (
            np.asarray([pair[side].value for pair in beside.pairs] * 2, dtype=np.float64),
            intervals(
                beside.metric,
                [both[side] for both in beside.counts] * 2,
                [pair[side] for pair in beside.pairs] * 2,
                confidence=levels,
            ),
        )
        for side in (0, 1)
    ]
    limits = _in_pairs(*mover.difference_interval(*sides[0], *sides[1]))
    return list(zip(limits[:size], limits[size:], strict=True))


def _in_pairs(low: Iterable[float], high: Iterable[float]) -> list[Limits]:
    return [(float(one), float(other)) for one, other in zip(low, high, strict=True)]
