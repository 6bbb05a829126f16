"""How rows were divided, parameters chosen, and more rows tried, as documents have it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from fairaudit.documents.model import (
    ApartPart,
    CandidatePart,
    CurvePart,
    CurvePointPart,
    DivisionPart,
    SpreadPart,
    TuningPart,
)
from fairaudit.errors import clipped
from fairaudit.workflow.prepare import Prepared

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.model.tune import Curve, Tuning

STRATIFIED = "stratified by the label"


def kind_of_split(prepared: Prepared) -> str:
    """Say how rows were divided, as it stands in brackets behind their numbers."""
    groups, times = prepared.groups, prepared.times
    ways = [
        *([f"no {clipped(groups.column)} on both sides"] if groups else []),
        *([f"held-out rows are later by {clipped(times.column)}"] if times else []),
    ]
    return "; ".join(ways) or STRATIFIED


def division_part(
    prepared: Prepared, parts: Mapping[str, NDArray[np.int64]], *, left_out: int = 0
) -> DivisionPart | None:
    """Describe the parts of rows that were divided by a group or a time; ``None`` where they were not."""
    groups, times = prepared.groups, prepared.times
    if groups is None and times is None:
        return None
    import numpy as np

    of_groups = None if groups is None else groups.codes_of(prepared.frames)
    of_times = None if times is None else times.codes_of(prepared.frames)
    return DivisionPart(
        group_column=None if groups is None else groups.column,
        time_column=None if times is None else times.column,
        parts=[
            ApartPart(
                part=name,
                rows=len(index),
                groups=None if of_groups is None else len(np.unique(of_groups[index])),
                first=None
                if of_times is None or times is None or not len(index)
                else times.names[int(of_times[index].min())],
                last=None
                if of_times is None or times is None or not len(index)
                else times.names[int(of_times[index].max())],
            )
            for name, index in parts.items()
        ],
        left_out=left_out,
    )


def left_out_sentences(prepared: Prepared, left_out: int) -> list[str]:
    """Say how many rows are in no part."""
    if not left_out or prepared.groups is None:
        return []
    return [
        f"{left_out:,} of {len(prepared.target):,} rows are in no part, as their {clipped(prepared.groups.column)} has rows in a later one"
    ]


def tuning_part(tuning: Tuning | None) -> TuningPart | None:
    """Describe how parameters were chosen."""
    if tuning is None:
        return None
    from fairaudit.model.tune import SCORING

    return TuningPart(
        scoring=SCORING,
        folds=tuning.folds,
        best=_written(tuning.best.params),
        candidates=[
            CandidatePart(params=_written(c.params), mean=c.mean, std=c.std) for c in tuning.candidates
        ],
    )


def _written(params: Mapping[str, Any]) -> dict[str, Any]:
    """Write values as JSON has them, which has no infinity."""
    return {
        name: repr(value) if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in params.items()
    }


def curve_part(curve: Curve | None) -> CurvePart | None:
    """Describe a learning curve."""
    if curve is None:
        return None
    from fairaudit.model.tune import SCORING

    points = [
        CurvePointPart(rows=point.rows, train=_over_folds(point.train), test=_over_folds(point.test))
        for point in curve.points
    ]
    return CurvePart(scoring=SCORING, folds=curve.folds, points=points)


def _over_folds(values: Sequence[float]) -> SpreadPart:
    return spread(None if math.isnan(value) else value for value in values)


def spread(values: Iterable[float | None]) -> SpreadPart:
    """Describe how a figure spreads over folds."""
    defined = [value for value in values if value is not None]
    return SpreadPart(
        mean=fmean(defined) if defined else None,
        std=stdev(defined) if len(defined) > 1 else None,
        min=min(defined, default=None),
        max=max(defined, default=None),
        folds=len(defined),
        reason="undefined in every fold"
        if not defined
        else "defined in one fold only"
        if len(defined) == 1
        else None,
    )
