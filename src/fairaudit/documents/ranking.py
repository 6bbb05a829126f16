"""Worst first: slices and disparities by how bad they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.parts import DistancePart, EstimatePart, Verdict, slice_named
from fairaudit.metrics.kinds import Better, Estimate
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.choices import DECISIVE_METRICS

if TYPE_CHECKING:
    from fairaudit.documents.audit import BiasDocument, DisparityPart, SlicesDocument

LEAD_METRICS = DECISIVE_METRICS
"""What the terminal and the card lead with, unless others were chosen."""
WORST_FIRST = (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS)
MAIN_METRICS = ("balanced_accuracy", "f1", "accuracy", "pprev")
"""The first that the input allows, and that has an interval, is the one that slices are compared by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A slice or a group, as far as ranking goes."""

    feature: str
    name: str
    n: int
    small: bool
    unknown: bool = False
    metrics: Mapping[str, EstimatePart] = field(repr=False)
    vs_rest: Mapping[str, DistancePart] = field(repr=False, default_factory=dict)

    @property
    def shown(self) -> str:
        """The slice as one text."""
        return slice_named(self.feature, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poorest:
    """The slice that is worse than everybody else, and the worst even at the better end of its interval.

    Attributes
    ----------
    distance
        To everybody else, with the interval that allows for the choice.
    is_sure
        Whether that interval lies wholly on the worse side: whether it is poorer beyond chance.
    chosen_from
        How many slices it was chosen from.
    """

    slice: Slice
    distance: DistancePart
    is_sure: bool
    chosen_from: int


def slices_of(document: SlicesDocument | GroupDocument) -> list[Slice]:
    """Take the slices of a document, or its groups."""
    if isinstance(document, GroupDocument):
        return [
            Slice(
                feature=g.attribute,
                name=g.group,
                n=g.n,
                small=g.small,
                unknown=g.unknown,
                metrics=g.metrics,
                vs_rest=g.vs_rest,
            )
            for g in document.groups
        ]
    return [
        Slice(
            feature=s.feature,
            name=s.slice,
            n=s.n,
            small=s.small,
            unknown=s.unknown,
            metrics=s.metrics,
            vs_rest=s.vs_rest,
        )
        for s in document.slices
    ]


def rank_slices(slices: Sequence[Slice], metric: str) -> list[Slice]:
    """Sort slices, the worst first even at the better end of its interval; after them those of few people, and at last the undefined ones."""

    def rank(s: Slice) -> tuple[int, float]:
        value = s.metrics[metric].value
        if value is None:
            return 2, 0.0
        low, high = s.metrics[metric].ci or (value, value)
        return int(is_small(s, metric)), -low if BY_NAME[metric].better is Better.LOWER else high

    return sorted((s for s in slices if metric in s.metrics), key=rank)


def poorest_slice(slices: Sequence[Slice], metric: str) -> Poorest | None:
    """Find the worst of the slices that have enough people, of whom it is known who they are, and are worse than everybody else; ``None`` where there is none.

    One that is so beyond chance comes before one that may not be.
    """
    worse = [
        Poorest(
            slice=s,
            distance=distance,
            is_sure=min(_worse_by(end, metric) for end in distance.joint_ci) > 0,
            chosen_from=distance.chosen_from or 1,
        )
        for s in rank_slices(slices, metric)
        if not is_small(s, metric)
        and not s.unknown
        and (distance := s.vs_rest.get(metric)) is not None
        and distance.joint_ci is not None
        and _worse_by(distance.difference or 0.0, metric) > 0
    ]
    return next((one for one in worse if one.is_sure), worse[0] if worse else None)


def _worse_by(difference: float, metric: str) -> float:
    return difference if BY_NAME[metric].better is Better.LOWER else -difference


def is_small(s: Slice, metric: str) -> bool:
    """Tell whether a slice has too few people to be ranked."""
    return s.small or (metric in s.metrics and s.metrics[metric].small)


def worst_disparities(
    document: BiasDocument, *, metrics: Sequence[str] | None = None, attribute: str | None = None
) -> tuple[DisparityPart, ...]:
    """Rank the disparities: those that fail first, then the undecided, then those that pass.

    Of equal verdicts the worst is the one that is farthest from 1 even after giving it the benefit of the doubt: of all the ratios that
    its interval allows, the one nearest to 1 counts, so that 2 of 23 people do not outrank 805 of 1,795. Where that leaves two alike,
    those that rest on many people come before those on few, and then the ratios themselves decide; 0 is the farthest, and 0.5 and 2
    are equally far from 1. Reference and unknown groups, and what has neither a ratio nor an interval, are left out.

    Parameters
    ----------
    metrics
        Which metrics to look at; ``None`` for those that form the verdict.
    attribute
        Which attribute to look at; ``None`` for all.
    """
    wanted = document.family.metrics if metrics is None else metrics
    return tuple(
        sorted(
            (
                d
                for d in document.disparities
                if d.metric in wanted
                and not d.is_reference
                and not d.unknown
                and (d.ratio is not None or divided_by_zero(d))
                and attribute in (None, d.attribute)
            ),
            key=lambda d: (
                urgency(d.verdict),
                -sure_distance(d),
                d.small,
                -_distance(d.ratio),
            ),
        )
    )


def urgency(verdict: Verdict | None) -> int:
    """Rank a verdict: what fails comes first, what has none last."""
    return len(WORST_FIRST) if verdict is None else WORST_FIRST.index(verdict)


def main_metric(
    overall: Mapping[str, EstimatePart] | Mapping[str, Estimate], chosen: str | None = None
) -> str | None:
    """Choose the metric that slices are compared by, unless somebody has; ``None`` where there are neither labels nor decisions."""
    if chosen is not None and chosen in overall:
        return chosen
    return next((m for m in MAIN_METRICS if m in overall and overall[m].ci is not None), None)


def divided_by_zero(disparity: DisparityPart) -> bool:
    """Tell whether a rate is above zero where the reference group has none, so that their ratio has no end."""
    return disparity.ratio is None and disparity.reference_value == 0 and bool(disparity.value)


def _distance(ratio: float | None) -> float:
    return abs(math.log(ratio)) if ratio else math.inf


def sure_distance(disparity: DisparityPart) -> float:
    """Measure how far from 1 a ratio is at least, on the log scale; 0 if it may well be 1."""
    if disparity.ratio_ci is None:
        return _distance(disparity.ratio)
    low, high = disparity.ratio_ci
    if low > 1:
        return _distance(low)
    return _distance(high) if high is not None and high < 1 else 0.0


def slices_too_small(slices: Sequence[Slice], metric: str) -> list[Slice]:
    """Find the slices that have too few people to be ranked, those of most people first."""
    small = [s for s in slices if s.small or (is_small(s, metric) and s.metrics[metric].value is not None)]
    return sorted(small, key=lambda s: -s.n)
