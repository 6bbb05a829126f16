"""A slice beside everybody else: how far it is from them, metric by metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairaudit.compare import rest_of
from fairaudit.config import CONFIDENCE
from fairaudit.count import Counts
from fairaudit.measure import METRICS, Estimate, Measured, Metric, estimates, intervals


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
        The slices of enough people; for one of few people, all slices.
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
    """Compare every group with everybody else, in every metric that the confusion matrix gives.

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
        and m.name != "ppr"
        and (m.is_rate or m.name in ("f1", "balanced_accuracy"))
        and (metrics is None or m.name in metrics)
    ]
    rests = [rest_of(measured.overall.counts, g.counts) for g in measured.groups]
    columns = {m.name: _distances(m, measured, rests, confidence) for m in wanted}
    return tuple(
        {name: column[place] for name, column in columns.items()} for place in range(len(measured.groups))
    )


def _distances(
    metric: Metric, measured: Measured, rests: Sequence[Counts], confidence: float
) -> list[Distance]:
    """Compare every group with everybody else in one metric."""
    selected = measured.overall.counts.selected
    mine = [g.estimates[metric.name] for g in measured.groups]
    theirs = estimates(metric, rests, all_selected=selected, confidence=confidence)
    known = [
        place
        for place, (one, other) in enumerate(zip(mine, theirs, strict=True))
        if one.ci is not None and other.ci is not None
    ]
    enough = sum(not mine[place].small for place in known)
    many = {place: len(known) if mine[place].small else enough for place in known}
    joint = [1 - (1 - confidence) / many[place] for place in known]
    pairs = [(mine[place], theirs[place]) for place in known]
    counts = [(measured.groups[place].counts, rests[place]) for place in known]
    limits = _intervals(metric, pairs, counts, [confidence] * len(known))
    together = _intervals(metric, pairs, counts, joint)
    found = [
        Distance(difference=None, ci=None, reason=one.reason or _of_others(other))
        for one, other in zip(mine, theirs, strict=True)
    ]
    for at, place in enumerate(known):
        found[place] = Distance(
            difference=(mine[place].value or 0.0) - (theirs[place].value or 0.0),
            ci=limits[at],
            joint_ci=together[at],
            joint_confidence=joint[at],
            chosen_from=many[place],
        )
    return found


def _of_others(estimate: Estimate) -> str:
    return f"among everybody else: {estimate.reason}" if estimate.reason else ""


def _intervals(
    metric: Metric,
    pairs: Sequence[tuple[Estimate, Estimate]],
    counts: Sequence[tuple[Counts, Counts]],
    confidence: Sequence[float],
) -> list[tuple[float, float]]:
    """Compute intervals of the differences of one metric at a confidence for each pair."""
    import numpy as np

    from fairaudit.inference import contrast, mover

    levels = np.asarray(confidence, dtype=np.float64)
    if metric.is_rate:
        x1, n1, x2, n2 = (
            np.asarray([getattr(pair[side], part) for pair in pairs], dtype=np.float64)
            for side in (0, 1)
            for part in ("successes", "trials")
        )
        low, high = contrast.difference_interval(x1, n1, x2, n2, confidence=levels)
    else:
        sides = [
            (
                np.asarray([pair[side].value for pair in pairs], dtype=np.float64),
                intervals(
                    metric,
                    [both[side] for both in counts],
                    [pair[side] for pair in pairs],
                    confidence=levels,
                ),
            )
            for side in (0, 1)
        ]
        low, high = mover.difference_interval(*sides[0], *sides[1])
    return [(float(one), float(other)) for one, other in zip(low, high, strict=True)]
