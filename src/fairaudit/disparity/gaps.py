"""How far the groups of an attribute are apart: the largest gap between any two of them, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fairaudit.metrics.kinds import Estimate, GroupMeasures, Measured
from fairaudit.metrics.table import PARITY_METRICS
from fairaudit.settings.choices import CONFIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The largest gap of a metric between any two groups of an attribute.

    Attributes
    ----------
    metric
        A rate, or ``equalized_odds``: the larger of the gaps in true and false positive rate.
    value
        Highest minus lowest, exact; ``None`` with `reason`.
    ci
        Within [0, 1]; it holds for all pairs of groups together, so that choosing the largest does not break it, and reaches
        0 unless some pair differs for sure.
    """

    attribute: str
    metric: str
    value: Fraction | None
    highest: str | None
    lowest: str | None
    ci: tuple[float, float] | None
    reason: str = ""


EQUALIZED_ODDS, ODDS = "equalized_odds", ("tpr", "fpr")


def find_gaps(measured: Measured, *, confidence: float = CONFIDENCE) -> tuple[Gap, ...]:
    """Find the largest gap between any two groups, for every rate and for equalized odds.

    The intervals of all pairs' signed differences (Newcombe's) are made to hold together (Tukey and Kramer); the gap is at least the largest
    difference that they are sure of, and at most the largest that the pairs' plain intervals allow. A percentile interval of the resampled gap, which Fairlearn
    gives, can never hold 0.

    References
    ----------
    Hardt, Price and Srebro 2016, arXiv:1610.02413, for equalized odds; its gap as in Fairlearn's ``equalized_odds_difference``.
    """
    rates = [m.name for m in PARITY_METRICS if not m.is_of_whole and m.name not in measured.left_out]
    asked: list[tuple[str, tuple[str, ...]]] = [(name, (name,)) for name in rates]
    if set(ODDS) <= set(rates):
        asked.append((EQUALIZED_ODDS, ODDS))
    return tuple(
        _without_gap(attribute, name, "people may be in several of its groups")
        if attribute in measured.overlapping
        else _gap(attribute, name, metrics, measured.of(attribute), confidence)
        for attribute in measured.attributes
        for name, metrics in asked
    )


def _without_gap(attribute: str, metric: str, reason: str) -> Gap:
    return Gap(
        attribute=attribute, metric=metric, value=None, highest=None, lowest=None, ci=None, reason=reason
    )


def _gap(
    attribute: str, name: str, metrics: Sequence[str], groups: Sequence[GroupMeasures], confidence: float
) -> Gap:
    import numpy as np

    from fairaudit.inference.gap import gap_interval

    known = [
        [(g.group, g.estimates[m]) for g in groups if g.estimates[m].exact is not None and not g.unknown]
        for m in metrics
    ]
    known = [members for members in known if len(members) > 1]
    if not known:
        return _without_gap(attribute, name, "fewer than two groups have a value")
    best: tuple[Fraction, str, str] | None = None
    for members in known:
        lowest, least = min(members, key=_value)
        # Of those that are equally high, the last one.
        highest, most = max(reversed(members), key=_value)
        value = (most.exact or Fraction(0)) - (least.exact or Fraction(0))
        if best is None or value > best[0]:
            best = value, highest, lowest
    low, high = gap_interval(
        [
            (
                np.asarray([e.successes for _, e in members], dtype=np.float64),
                np.asarray([e.trials for _, e in members], dtype=np.float64),
            )
            for members in known
        ],
        confidence=confidence,
    )
    value, highest, lowest = best or (Fraction(0), "", "")
    return Gap(
        attribute=attribute,
        metric=name,
        value=value,
        highest=highest,
        lowest=lowest,
        ci=(float(low), float(high)),
    )


def _value(member: tuple[str, Estimate]) -> Fraction:
    return member[1].exact or Fraction(0)
