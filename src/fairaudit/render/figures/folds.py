"""The figure of the spread over folds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

from fairaudit.documents.model import CvDocument, FoldSlicePart
from fairaudit.documents.ranking import MAIN_METRICS
from fairaudit.metrics.kinds import Better
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.figures.parts import (
    BLUE,
    DATA,
    FOLDS_FIGURE,
    INK,
    PLOT_WIDTH,
    STEP,
    Figure,
    Rows,
    finished,
    fold_values,
    heading,
    left_out,
    most_different,
    name_fields,
    points_with_bars,
    row_axis,
    row_chart,
    short_name,
    sort_key,
    value_axis,
)
from fairaudit.render.words.names import capital

MOST_FOLD_SLICES = 20
_DOT_SIZES = ((7, 12), (5, 30), (4, math.inf))
"""Width of a fold's dot, by the most folds that it is for."""
_MOST_LEVELS = 3
_FOLD_COLUMNS = (("said", 84), ("people", 176))


def folds_figure(document: CvDocument) -> Figure:
    """Lay out the spread over the folds of a cross-validation: a dot per fold and metric, and a metric's spread on every slice."""
    by_metric = fold_values(document)
    metric = next((m for m in MAIN_METRICS if m in by_metric), next(iter(by_metric)))
    rows = [s for s in document.slices if metric in s.metrics and s.metrics[metric].mean is not None]
    overall = document.summary[metric].mean
    slices = most_different(
        rows,
        overall,
        most=MOST_FOLD_SLICES,
        value=lambda s: s.metrics[metric].mean,
        small=lambda s: s.small,
    )
    settings = document.settings
    repeated = f", {settings.repeats} times" if settings.repeats > 1 else ""
    title = f"Spread over {settings.folds} folds{repeated}"
    subtitle = ["Dots: one a fold", "line: mean", "±: standard deviation over folds"]
    lacking = sum(metric in s.metrics and s.metrics[metric].mean is None for s in document.slices)
    none = f" that has one ({lacking:,} {'has' if lacking == 1 else 'have'} none)" if lacking else ""
    if slices:
        subtitle.append(f"below: {BY_NAME[metric].long_name} on every slice{none}, dashed: everybody's mean")
    if any(s.small for s in slices):
        subtitle.append("hollow: few people")
    subtitle += left_out(len(slices), len(rows), "slices")
    alt_text = _folds_alt(by_metric, slices, metric)
    spec = finished(
        lambda alt: _folds_chart(alt, by_metric, slices, metric, overall), title, subtitle, alt_text
    )
    return Figure(name=FOLDS_FIGURE, title="Spread over folds", alt=alt_text, spec=spec)


def _folds_chart(
    alt: Any,
    by_metric: Mapping[str, Sequence[float]],
    slices: Sequence[FoldSlicePart],
    metric: str,
    overall: float | None,
) -> tuple[Any, dict[str, Rows]]:
    charts: list[Any] = []
    rows: dict[str, Rows] = {}
    for better in (Better.HIGHER, Better.LOWER):
        of_kind = {metric: values for metric, values in by_metric.items() if BY_NAME[metric].better is better}
        if of_kind:
            chart, rows[f"{better.value} is better"] = _dots_chart(alt, of_kind, better)
            charts.append(chart)
    if slices:
        chart, rows[DATA] = _spread_chart(alt, slices, metric, overall)
        charts.append(chart)
    return alt.vconcat(*charts, spacing=56, bounds="flush"), rows


def _spread_chart(
    alt: Any, slices: Sequence[FoldSlicePart], metric: str, overall: float | None
) -> tuple[Any, Rows]:
    """Draw a metric's mean over the folds on every slice, and its standard deviation to either side."""
    values: Rows = []
    lower = BY_NAME[metric].better is Better.LOWER
    spreads = [s.metrics[metric] for s in slices]
    ends = [(part.mean or 0) + sign * (part.std or 0) for part in spreads for sign in (-1, 1)]
    domain = _near([*ends, *([] if overall is None else [overall])])
    for feature in dict.fromkeys(s.feature for s in slices):
        values.append(heading(len(values), feature))
        members = [s for s in slices if s.feature == feature]
        for part in sorted(members, key=lambda s: sort_key(s.metrics[metric].mean, lower=lower)):
            mean, std = part.metrics[metric].mean, part.metrics[metric].std
            values.append(
                {
                    "at": len(values),
                    **name_fields(part.slice),
                    "value": mean,
                    "low": None if mean is None or std is None else max(mean - std, domain[0]),
                    "high": None if mean is None or std is None else min(mean + std, domain[1]),
                    "small": part.small,
                    "said": _spread_said(mean, std),
                    "people": f"{part.n:,}",
                }
            )
    values[0] |= {"said": "mean ± std", "people": "people"}
    scale = alt.Scale(domain=list(domain), nice=False)
    axis = value_axis(
        alt, f"{BY_NAME[metric].long_name}, mean ± standard deviation", tickCount=6, format=".2~f"
    )
    layers = points_with_bars(alt, len(values), scale, axis, overall)
    chart = row_chart(alt, layers, y=row_axis(alt, len(values)), columns=_FOLD_COLUMNS)
    return chart.properties(width=PLOT_WIDTH, height=STEP * len(values)), values


def _dots_chart(alt: Any, by_metric: Mapping[str, Sequence[float]], better: Better) -> tuple[Any, Rows]:
    """Draw a dot per fold and a line at their mean, one row a metric; dots that would meet move up or down."""
    domain = _near([value for values in by_metric.values() for value in values])
    folds = max(len(values) for values in by_metric.values())
    dot = next(size for size, most in _DOT_SIZES if folds <= most)
    offsets = {
        metric: _dodged([(v - domain[0]) / (domain[1] - domain[0]) * PLOT_WIDTH for v in values], dot)
        for metric, values in by_metric.items()
    }
    rows, height = _dots_rows(by_metric, offsets, dot)
    scale = alt.Scale(domain=list(domain), nice=False)
    axis = value_axis(alt, f"in each fold, {better.value} is better", tickCount=6, format=".2~f")
    x = {"type": "quantitative", "scale": scale, "axis": axis}
    y = {
        "type": "quantitative",
        "scale": alt.Scale(domain=[0, height], range=[0, height], nice=False),
        "axis": None,
    }
    base = alt.Chart()
    layers = [
        base.transform_filter("isValid(datum.mean)")
        .mark_rule(color=INK, strokeWidth=1.4)
        .encode(y=alt.Y("top", **y), y2=alt.Y2("bottom"), x=alt.X("mean", **x)),
        base.transform_filter("isValid(datum.value)")
        .mark_point(
            shape="circle",
            filled=True,
            opacity=1,
            size=math.pi * (dot / 2) ** 2,
            fill=BLUE,
            stroke="white",
            strokeWidth=0.8,
        )
        .encode(y=alt.Y("y", **y), x=alt.X("value", **x)),
    ]
    chart = row_chart(alt, layers, data=f"{better.value} is better", y=alt.Y("y", **y), columns=_FOLD_COLUMNS)
    return chart.properties(width=PLOT_WIDTH, height=height), rows


def _dots_rows(
    by_metric: Mapping[str, Sequence[float]], offsets: Mapping[str, Sequence[float]], dot: float
) -> tuple[Rows, float]:
    """Give each metric a row as high as its dots need, and say how high all are together."""
    rows: Rows = [{"y": STEP / 2, **heading(0, ""), "said": "mean ± std", "people": "lowest to highest"}]
    height = float(STEP)
    for metric, values in by_metric.items():
        half = max(abs(offset) for offset in offsets[metric]) + dot / 2 + 5
        middle = height + half + 3
        height += 2 * half + 6
        mean = fmean(values)
        rows.append(
            {
                "y": middle,
                **name_fields(capital(BY_NAME[metric].long_name)),
                "mean": mean,
                "top": middle - half,
                "bottom": middle + half,
                "said": _spread_said(mean, stdev(values)),
                "people": f"{min(values):.3f} to {max(values):.3f}",
            }
        )
        rows += [
            {"y": middle + offset, "value": value}
            for value, offset in zip(values, offsets[metric], strict=True)
        ]
    return rows, height


def _dodged(places: Sequence[float], size: float) -> list[float]:
    """Move dots that would meet up or down, by whole dots, nearest to the middle first; where all is full, they do meet.

    Parameters
    ----------
    places
        Along the row, in points.
    size
        Width of a dot.

    Returns
    -------
    list[float]
        Distance of each from the middle of its row, in the order of the places.
    """
    levels = [0, *(sign * level for level in range(1, _MOST_LEVELS + 1) for sign in (1, -1))]
    last = dict.fromkeys(levels, -math.inf)
    offsets = [0.0] * len(places)
    for i in sorted(range(len(places)), key=lambda i: places[i]):
        free = [level for level in levels if places[i] - last[level] >= size]
        level = free[0] if free else min(levels, key=lambda level: last[level])
        last[level] = places[i]
        offsets[i] = level * size
    return offsets


def _near(values: Sequence[float]) -> tuple[float, float]:
    """Choose limits within [0, 1] on whole tenths that hold all values with some room."""
    low = max(math.floor(min(values) * 10 - 0.2) / 10, 0.0)
    high = min(math.ceil(max(values) * 10 + 0.2) / 10, 1.0)
    return low, high


def _spread_said(mean: float | None, std: float | None) -> str:
    if mean is None:
        return "undefined"
    return f"{mean:.3f}" if std is None else f"{mean:.3f} ± {std:.3f}"


def _folds_alt(by_metric: Mapping[str, Sequence[float]], slices: Sequence[FoldSlicePart], metric: str) -> str:
    values = by_metric[metric]
    spread_text = (
        f"{capital(BY_NAME[metric].long_name)} goes from {min(values):.3f} to {max(values):.3f} over {len(values)} folds "
        f"(mean {fmean(values):.3f})"
    )
    spreads = [
        (part.metrics[metric].std or 0.0, part)
        for part in slices
        if not part.small and part.metrics[metric].std is not None
    ]
    if not spreads:
        return f"{spread_text}."
    widest = max(spreads, key=lambda pair: pair[0])[1]
    spread = widest.metrics[metric]
    return (
        f"{spread_text}; of all slices it varies most on {short_name(widest.feature)} = {short_name(widest.slice)} "
        f"({_spread_said(spread.mean, spread.std)})."
    )
