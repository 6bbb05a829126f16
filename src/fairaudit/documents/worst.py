"""Disparities, the worst first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from fairaudit.disparity.verdicts import Verdict
from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.documents.parts import EstimatePart
from fairaudit.settings.choices import DECISIVE_METRICS

LEAD_METRICS = DECISIVE_METRICS
"""What the terminal and the card lead with, unless others were chosen."""
MAIN_METRICS = ("f1", "accuracy", "pprev")
"""The first that the input allows, and that has an interval, is the one that slices are compared by."""


def worst_disparities(
    document: BiasDocument, *, metrics: Sequence[str] | None = None, attribute: str | None = None
) -> tuple[DisparityPart, ...]:
    """Rank the disparities: those that fail first, then the undecided, then those that pass.

    Of equal verdicts the worst is the one that is farthest from 1 even after giving it the benefit of the doubt: of all the ratios that
    its interval allows, the one nearest to 1 counts, so that 2 of 23 people do not outrank 805 of 1,795. Where that leaves two alike,
    those that rest on many people come before those on few, and then the ratios themselves decide; 0 is the farthest, and 0.5 and 2
    are equally far from 1. Reference groups, and what has neither a ratio nor an interval, are left out.

    Parameters
    ----------
    metrics
        Which metrics to look at; ``None`` for those that form the verdict.
    attribute
        Which attribute to look at; ``None`` for all.
    """
    wanted = document.family.metrics if metrics is None else metrics
    order = {Verdict.FAIL: 0, Verdict.UNDECIDED: 1, Verdict.PASS: 2}
    return tuple(
        sorted(
            (
                d
                for d in document.disparities
                if d.metric in wanted
                and not d.is_reference
                and (d.ratio is not None or divided_by_zero(d))
                and attribute in (None, d.attribute)
            ),
            key=lambda d: (
                order[d.verdict] if d.verdict else 3,
                -_sure_distance(d),
                d.small,
                -_distance(d.ratio),
            ),
        )
    )


def main_metric(overall: Mapping[str, EstimatePart]) -> str | None:
    """Choose the metric that slices are compared by; ``None`` where there are neither labels nor decisions."""
    return next((m for m in MAIN_METRICS if m in overall and overall[m].ci is not None), None)


def divided_by_zero(disparity: DisparityPart) -> bool:
    """Tell whether a rate is above zero where the reference group has none, so that their ratio has no end."""
    return disparity.ratio is None and disparity.reference_value == 0 and bool(disparity.value)


def _distance(ratio: float | None) -> float:
    return abs(math.log(ratio)) if ratio else math.inf


def _sure_distance(disparity: DisparityPart) -> float:
    """Measure how far from 1 a ratio is at least, on the log scale; 0 if it may well be 1."""
    if disparity.ratio_ci is None:
        return _distance(disparity.ratio)
    low, high = disparity.ratio_ci
    if low > 1:
        return _distance(low)
    return _distance(high) if high is not None and high < 1 else 0.0
