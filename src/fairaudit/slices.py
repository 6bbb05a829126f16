"""A slice beside everybody else: how far it is from them, metric by metric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.compare import rest_of
from fairaudit.config import CONFIDENCE
from fairaudit.measure import METRICS, Estimate, Measured, estimates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """How far a slice's metric is from that of everybody else; ``None`` with `reason`.

    Attributes
    ----------
    difference, ci
        Slice minus everybody else, and its 95% interval.
    """

    difference: float | None
    ci: tuple[float, float] | None
    reason: str = ""


def against_rest(measured: Measured, *, confidence: float = CONFIDENCE) -> tuple[Mapping[str, Distance], ...]:
    """Compare every group with everybody else, in every metric that the confusion matrix gives.

    The two have nobody in common, as a group and the whole that holds it do. Differences of rates carry the score interval;
    those of F1 and balanced accuracy both groups' intervals put together (Zou and Donner 2008, doi:10.1002/sim.3095).

    Returns
    -------
    tuple
        By metric, for the groups in their order.
    """
    from fairaudit.inference import contrast, mover

    metrics = [
        m
        for m in METRICS
        if m.name not in measured.left_out
        and m.name != "ppr"
        and (m.is_rate or m.name in ("f1", "balanced_accuracy"))
    ]
    everybody = measured.overall.counts
    rests = [rest_of(everybody, g.counts) for g in measured.groups]
    found: list[dict[str, Distance]] = [{} for _ in measured.groups]
    for metric in metrics:
        mine = [g.estimates[metric.name] for g in measured.groups]
        theirs = estimates(metric, rests, all_selected=everybody.selected, confidence=confidence)
        both = [
            (place, one, other)
            for place, (one, other) in enumerate(zip(mine, theirs, strict=True))
            if one.ci is not None and other.ci is not None
        ]
        if metric.is_rate:
            low, high = contrast.difference_interval(
                [one.successes for _, one, _ in both],
                [one.trials for _, one, _ in both],
                [other.successes for _, _, other in both],
                [other.trials for _, _, other in both],
                confidence=confidence,
            )
        else:
            value, *limits = _columns(one for _, one, _ in both)
            rest, *others = _columns(other for _, _, other in both)
            low, high = mover.difference_interval(value, (limits[0], limits[1]), rest, (others[0], others[1]))
        for at, (place, one, other) in enumerate(both):
            found[place][metric.name] = Distance(
                difference=(one.value or 0.0) - (other.value or 0.0), ci=(float(low[at]), float(high[at]))
            )
        for place, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            reason = one.reason or (f"among everybody else: {other.reason}" if other.reason else "")
            found[place].setdefault(metric.name, Distance(difference=None, ci=None, reason=reason))
    return tuple(found)


def _columns(found: Iterable[Estimate]) -> tuple[Floats, Floats, Floats]:
    """Give values and limits of estimates that have them."""
    import numpy as np

    rows = [(e.value, *e.ci) for e in found if e.value is not None and e.ci is not None]
    values, low, high = np.asarray(rows, dtype=np.float64).reshape(-1, 3).T
    return values, low, high
