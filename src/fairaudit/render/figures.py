"""Figures: a metric on every slice, every group's disparity, calibration by group, and the spread over folds.

Altair writes them as Vega-Lite, vl-convert draws them without a browser. Names and values of the input are data in them, never part
of an expression; the texts that Vega would put together itself are put together here.
"""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, TypeVar

from fairaudit.compare import EVERYBODY_ELSE
from fairaudit.config import parse_tau
from fairaudit.judge import tolerance_band
from fairaudit.measure import BY_NAME, Better
from fairaudit.render.calibration import (
    Calibration,
    calibrate,
    calibrate_groups,
    calibration_finding,
    telling_attribute,
)
from fairaudit.render.documents import (
    BiasDocument,
    CvDocument,
    DisparityPart,
    EstimatePart,
    FairnessDocument,
    FoldSlicePart,
    GroupDocument,
    ScoresDocument,
    SlicesDocument,
)
from fairaudit.render.escape import visible
from fairaudit.render.sentences import (
    LEAD_METRICS,
    MAIN_METRICS,
    count_text,
    main_metric,
    metric_value,
    short_finding,
    times,
    tolerance,
    worst_disparities,
)
from fairaudit.verdicts import Band, Verdict

Spec = dict[str, Any]
Rows = list[dict[str, Any]]
_T = TypeVar("_T")

METRIC_FIGURE = "metric_per_slice"
DISPARITY_FIGURE = "disparity_per_group"
CALIBRATION_FIGURE = "calibration_by_group"
FOLDS_FIGURE = "spread_over_folds"
FIGURE_NAMES = (METRIC_FIGURE, DISPARITY_FIGURE, CALIBRATION_FIGURE, FOLDS_FIGURE)
MOST_ROWS = 60
"""How many groups a figure shows; beyond that nobody reads it."""
MOST_METRICS = 3
"""How many metrics have a panel beside each other."""
MOST_CURVES = 6
"""How many groups have a panel of their scores."""
MOST_FOLD_SLICES = 20
FOLD_METRICS = ("accuracy", "balanced_accuracy", "f1", "roc_auc", "fpr", "fnr")

_FONT = "Liberation Sans, DejaVu Sans, Arial, Helvetica, sans-serif"
"""vl-convert brings the first along, so that a picture does not depend on the machine's fonts."""
_OTHER_FONT = "DejaVu Sans, Noto Sans, Arial, sans-serif"
"""For names in scripts that the first lacks: what stands in for a missing sign may otherwise be bold."""
_INK, _SOFT, _FAINT, _LINE, _BAND, _BLUE = "#1f2933", "#52606d", "#7b8794", "#c3ccd5", "#e4e9ee", "#0072b2"
_VERMILION = "#d55e00"
_TEXT: Mapping[str, Any] = {"baseline": "middle", "fontSize": 10}
_WEAK = 0.55
"""Opacity of a bar that rests on few people."""
_STEP = 20
_NAME_WIDTH = 230
_NAME_LETTERS = 38
_MOST_MARKS = 3
"""Signs above or below a letter; more of them would reach into the neighbouring rows."""
_SUBTITLE_LETTERS, _WIDE_LETTERS = 100, 125
"""Of a line below the title, in figures with one panel across and with more."""
_PANEL_WIDTHS = {1: 380, 2: 240, 3: 185}
"""By the number of panels side by side."""
_PLOT_WIDTH = 380
_FARTHEST = 8.0
"""Ratios beyond this, or below its inverse, are drawn at the edge; their number is printed."""
_EDGE = 12
_WIDE_FROM = 2.5
_RATIO_COLUMN = 48
_CURVE_WIDTHS = {1: 300, 2: 260, 3: 190}
_CURVE_LETTERS = 31
_STRIP = 0.34
"""Height of the strip that counts people, below the curve, as a share of the curve's."""
_BAR = 0.2
_DOT_SIZES = ((7, 12), (5, 30), (4, math.inf))
"""Width of a fold's dot, by the most folds that it is for."""
_MOST_LEVELS = 3
_DATA = "rows"
_FOLD_COLUMNS = (("said", 84), ("people", 176))

_FAIL, _PASS, _NONE = "fails", "passes", "undecided"
_REFERENCE = "reference"
_MARKS: dict[str, tuple[str, str]] = {
    # Vermilion and blue of Okabe and Ito's palette stay apart for colour-blind readers, and shapes do in grey.
    _FAIL: (_VERMILION, "diamond"),
    _PASS: (_BLUE, "circle"),
    _NONE: (_FAINT, "square"),
    _REFERENCE: (_INK, "stroke"),
}
_TENTH_MARKS: dict[str, tuple[str, str]] = {
    "off": (_VERMILION, "diamond"),
    "near": (_BLUE, "circle"),
    "few": (_FAINT, "circle"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure to be drawn, and the words that stand for it.

    Attributes
    ----------
    name
        Of its file, without the ending.
    alt
        What it shows, as one sentence, for those who do not see it.
    spec
        Vega-Lite.
    """

    name: str
    title: str
    alt: str
    spec: Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One group in the figure of a metric."""

    attribute: str
    group: str
    n: int
    small: bool
    estimate: EstimatePart


def draw_figures(
    *,
    performance: GroupDocument | SlicesDocument | None,
    bias: BiasDocument | None,
    fairness: FairnessDocument | None,
    scores: ScoresDocument | None = None,
    cv: CvDocument | None = None,
) -> tuple[Figure, ...]:
    """Lay out the figures that the documents allow, always in the same order."""
    figures: list[Figure] = []
    if (
        performance is not None
        and (metric := main_metric(performance.overall.metrics))
        and _rows(performance, metric)
    ):
        figures.append(metric_figure(performance, metric=metric))
    if bias is not None and _ratio_metrics(bias):
        figures.append(disparity_figure(bias, fairness))
    if scores is not None:
        attribute = telling_attribute(scores, bias=bias, fairness=fairness)
        if attribute is not None and calibrate_groups(scores, attribute=attribute):
            figures.append(calibration_figure(scores, attribute=attribute))
    if cv is not None and _fold_values(cv):
        figures.append(folds_figure(cv))
    return tuple(figures)


def metric_figure(document: GroupDocument | SlicesDocument, *, metric: str) -> Figure:
    """Lay out a metric on every slice: a point with its interval, and a line for everybody.

    Slices are sorted by the metric within their attribute, the worst first. Small ones are hollow and grey.

    Parameters
    ----------
    metric
        A metric of the document whose values lie in [0, 1].
    """
    long_name = BY_NAME[metric].long_name
    rows = _rows(document, metric)
    overall = document.overall.metrics[metric]
    shown = _most_different(
        rows,
        overall.value,
        most=MOST_ROWS,
        value=lambda row: row.estimate.value,
        small=lambda row: row.small or row.estimate.small,
    )
    title = f"{_capital(long_name)} on every slice"
    said = [
        f"Dashed: everybody, {metric_value(metric, overall.value)}",
        f"bars are {document.settings.confidence:.0%} intervals",
    ]
    if any(row.small or row.estimate.small for row in shown if row.estimate.value is not None):
        said.append("hollow: few people")
    said += _left_out(len(shown), len(rows), "slices")
    alt_text = _metric_alt(shown, overall, metric)
    spec = _finished(lambda alt: _metric_chart(alt, shown, overall.value, metric), title, said, alt_text)
    return Figure(name=METRIC_FIGURE, title=title, alt=alt_text, spec=spec)


def disparity_figure(bias: BiasDocument, fairness: FairnessDocument | None) -> Figure:
    """Lay out every group's ratio to its reference group with its interval, one panel a metric, on a log axis.

    The band is the tolerance, 1 the reference. Verdicts differ in colour and in shape; what rests on few people is hollow. The metrics
    are those that form the verdict; of more than three, those with the worst disparities.

    Parameters
    ----------
    fairness
        Gives the verdicts; without it those of the disparities themselves are shown.
    """
    known = _ratio_metrics(bias)
    ranked = worst_disparities(bias, metrics=known)
    worst_first = list(dict.fromkeys([*(d.metric for d in ranked), *known]))[:MOST_METRICS]
    metrics = [metric for metric in known if metric in worst_first]
    groups = list(dict.fromkeys((d.attribute, d.group) for d in bias.disparities))
    kept = _farthest_groups(bias, metrics, groups)
    limit = parse_tau(bias.settings.tau) if bias.settings.tau else None
    tau = None if limit is None else float(limit)
    verdicts: dict[tuple[str, str, str | None], Verdict | None] = {}
    if fairness is not None:
        verdicts = {(p.attribute, p.group, p.metric): p.verdict for p in fairness.parities}
    else:
        verdicts = {(d.attribute, d.group, d.metric): d.verdict for d in bias.disparities}
    shown = [d for d in bias.disparities if (d.attribute, d.group) in kept and d.metric in metrics]
    farthest = _farthest_ratio(shown, tau)
    rows = [
        _disparity_row(
            d,
            verdicts.get((d.attribute, d.group, d.metric)),
            farthest=farthest,
            edge=_ratio_edge(farthest, _PANEL_WIDTHS[len(metrics)]),
            band=None if limit is None else tolerance_band(limit),
        )
        for d in shown
    ]
    title, line = _reference_texts(bias)
    said = [f"Band: tolerance {tolerance(limit)}"] if limit is not None else []
    said.append(f"line at 1: {line}")
    if any(row["low"] is not None for row in rows):
        narrow = {row["kind"] for d, row in zip(shown, rows, strict=True) if d.resting[0] == 90}
        others = f", and 90% where {'it passes' if narrow == {_PASS} else 'these decide'}" if narrow else ""
        said.append(f"bars are {bias.settings.confidence:.0%} intervals{others}")
    if any(row["leftwards"] or row["rightwards"] for row in rows):
        said.append("arrows: it goes on beyond the axis")
    if any(row["small"] for row in rows if row["place"] is not None and row["kind"] != _REFERENCE):
        said.append("hollow: few people")
    if any(d.ratio is not None and not 1 / farthest <= d.ratio <= farthest for d in shown):
        said.append(f"at the edge: beyond {1 / farthest:.3g} or {farthest:.3g}")
    if len(metrics) < len(known):
        said.append(f"{len(metrics)} of {len(known)} metrics are shown")
    said += _left_out(len(kept), len(groups), "groups")
    alt_text = (
        f"{short_finding(ranked[0], bias.tolerance)}, the first of {len(ranked):,} disparities."
        if ranked
        else "No group has a ratio to its reference group."
    )
    letters = _WIDE_LETTERS if len(metrics) > 1 else _SUBTITLE_LETTERS
    spec = _finished(
        lambda alt: _disparity_chart(
            alt,
            list(zip(shown, rows, strict=True)),
            metrics=metrics,
            tau=tau,
            farthest=farthest,
            told=bool(verdicts),
        ),
        title,
        said,
        alt_text,
        letters=letters,
    )
    return Figure(name=DISPARITY_FIGURE, title="Disparity per group", alt=alt_text, spec=spec)


def calibration_figure(document: ScoresDocument, *, attribute: str) -> Figure:
    """Lay out calibration by group: for every tenth of the scores its mean against the share with label 1, one panel a group.

    Below each curve stands how many people each tenth holds. Everybody's curve is drawn behind.

    Parameters
    ----------
    document
        With labels, and scores that are probabilities.
    attribute
        Whose groups are shown: of more than six, those with the most people.
    """
    groups = calibrate_groups(document, attribute=attribute)
    shown = groups[:MOST_CURVES]
    confidence = document.settings.confidence
    everybody = calibrate(document.overall, thresholds=document.thresholds, confidence=confidence)
    said = [
        "Up: share with label 1",
        "across: mean score, by tenths of the score",
        "dashed: as the scores promise",
        "grey line: everybody",
        f"bars up are {confidence:.0%} intervals",
        f"diamonds: the score lies outside, as about 1 in {round(1 / (1 - confidence))} does by chance",
    ]
    if any(tenth.small for group in shown for tenth in group.tenths):
        said.append("hollow: few people")
    said += _left_out(len(shown), len(groups), "groups")
    alt_text = f"{calibration_finding(shown, confidence=confidence)}."
    title = "Calibration by group"
    spec = _finished(
        lambda alt: _calibration_chart(alt, shown, everybody),
        title,
        said,
        alt_text,
        offset=18,
        letters=_WIDE_LETTERS if len(shown) > 1 else _SUBTITLE_LETTERS,
    )
    return Figure(name=CALIBRATION_FIGURE, title=title, alt=alt_text, spec=spec)


def folds_figure(document: CvDocument) -> Figure:
    """Lay out the spread over the folds of a cross-validation: a dot per fold and metric, and a metric's spread on every slice."""
    found = _fold_values(document)
    metric = next((m for m in MAIN_METRICS if m in found), next(iter(found)))
    rows = [s for s in document.slices if metric in s.metrics and s.metrics[metric].mean is not None]
    overall = document.summary[metric].mean
    slices = _most_different(
        rows,
        overall,
        most=MOST_FOLD_SLICES,
        value=lambda s: s.metrics[metric].mean,
        small=lambda s: s.small,
    )
    settings = document.settings
    repeated = f", {settings.repeats} times" if settings.repeats > 1 else ""
    title = f"Spread over {settings.folds} folds{repeated}"
    said = ["Dots: one a fold", "line: mean", "±: standard deviation over folds"]
    lacking = sum(metric in s.metrics and s.metrics[metric].mean is None for s in document.slices)
    none = f" that has one ({lacking:,} {'has' if lacking == 1 else 'have'} none)" if lacking else ""
    if slices:
        said.append(f"below: {BY_NAME[metric].long_name} on every slice{none}, dashed: everybody's mean")
    if any(s.small for s in slices):
        said.append("hollow: few people")
    said += _left_out(len(slices), len(rows), "slices")
    alt_text = _folds_alt(found, slices, metric)
    spec = _finished(lambda alt: _folds_chart(alt, found, slices, metric, overall), title, said, alt_text)
    return Figure(name=FOLDS_FIGURE, title="Spread over folds", alt=alt_text, spec=spec)


def render_png(spec: Spec, *, scale: float = 2.0) -> bytes:
    """Draw a figure as PNG, by default with two pixels to a point."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(spec, vl_version=_version(spec), scale=scale))


def render_svg(spec: Spec) -> str:
    """Draw a figure as SVG, which says itself what it shows to those who do not see it, and points to nothing outside."""
    import vl_convert

    drawn = str(vl_convert.vegalite_to_svg(spec, vl_version=_version(spec)))
    said = html.escape(visible(str(spec.get("usermeta", {}).get("alt", ""))))
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{said}" ', 1) if said else drawn


def _rows(document: GroupDocument | SlicesDocument, metric: str) -> list[_Row]:
    if isinstance(document, GroupDocument):
        return [
            _Row(attribute=g.attribute, group=g.group, n=g.n, small=g.small, estimate=g.metrics[metric])
            for g in document.groups
        ]
    return [
        _Row(attribute=s.feature, group=s.slice, n=s.n, small=s.small, estimate=s.metrics[metric])
        for s in document.slices
    ]


def _most_different(
    rows: Sequence[_T],
    overall: float | None,
    *,
    most: int,
    value: Callable[[_T], float | None],
    small: Callable[[_T], bool],
) -> list[_T]:
    """Keep the slices farthest from everybody's value, those with many people before those with few."""
    if len(rows) <= most:
        return list(rows)

    def rank(row: _T) -> tuple[bool, float]:
        mine = value(row)
        return not small(row), -1.0 if mine is None or overall is None else abs(mine - overall)

    kept = set(sorted(range(len(rows)), key=lambda i: rank(rows[i]), reverse=True)[:most])
    return [row for i, row in enumerate(rows) if i in kept]


def _metric_chart(
    alt: Any, rows: Sequence[_Row], overall: float | None, metric: str
) -> tuple[Any, dict[str, Rows]]:
    lower = BY_NAME[metric].better is Better.LOWER
    values: Rows = []
    for attribute in dict.fromkeys(row.attribute for row in rows):
        values.append(_heading(len(values), attribute))
        mine = (row for row in rows if row.attribute == attribute)
        for row in sorted(mine, key=lambda row: _sort_key(row.estimate.value, lower=lower)):
            values.append(
                {
                    "at": len(values),
                    **_named(row.group),
                    "value": row.estimate.value,
                    "low": row.estimate.ci[0] if row.estimate.ci else None,
                    "high": row.estimate.ci[1] if row.estimate.ci else None,
                    "small": row.small or row.estimate.small,
                    "said": metric_value(metric, row.estimate.value),
                    "people": f"{row.n:,}",
                }
            )
    values[0] |= {"said": "value", "people": "people"}
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = _x_axis(
        alt,
        BY_NAME[metric].long_name,
        values=[i / 5 for i in range(6)],
        format="%" if BY_NAME[metric].is_rate else ".1f",
    )
    layers = _points_with_bars(alt, len(values), scale, axis, overall)
    chart = _row_chart(alt, layers, y=_y(alt, len(values)), columns=(("said", 62), ("people", 122)))
    return chart.properties(width=_PLOT_WIDTH, height=_STEP * len(values)), {_DATA: values}


def _points_with_bars(alt: Any, rows: int, scale: Any, axis: Any, overall: float | None) -> list[Any]:
    """Draw a point with a bar on each row, hollow and grey for few people, and a dashed line for everybody."""
    base, y = alt.Chart(), _y(alt, rows)
    layers = [
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2)
        .encode(
            y=y,
            x=alt.X("low:Q", scale=scale, axis=axis),
            x2=alt.X2("high"),
            color=_small(alt.ColorValue, _FAINT, _BLUE),
        ),
        base.transform_filter("isValid(datum.value)")
        .mark_point(size=55, opacity=1, strokeWidth=1.6)
        .encode(
            y=y,
            x=alt.X("value:Q", scale=scale, axis=axis),
            stroke=_small(alt.StrokeValue, _FAINT, _BLUE),
            fill=_small(alt.FillValue, "white", _BLUE),
        ),
    ]
    if overall is not None:
        line = base.transform_filter("datum.at == 0").mark_rule(
            strokeDash=[4, 3], color=_INK, strokeWidth=1.2
        )
        layers.insert(0, line.encode(x=alt.X(datum=overall, type="quantitative", scale=scale, axis=axis)))
    return layers


def _row_chart(
    alt: Any,
    layers: Sequence[Any],
    *,
    data: str = _DATA,
    y: Any,
    columns: Sequence[tuple[str, int]],
) -> Any:
    """Put layers between the names of the rows and columns of numbers; a column's place is that of its right edge."""
    base = alt.Chart().transform_filter("isValid(datum.said)")
    numbers = [
        base.mark_text(align="right", color=_INK, **_TEXT).encode(
            y=y, x=alt.XValue(_PLOT_WIDTH + place), text=alt.Text(field, type="nominal")
        )
        for field, place in columns
    ]
    return alt.layer(*layers, *_names(alt, base, y), *numbers, data=alt.NamedData(data))


def _disparity_chart(
    alt: Any,
    shown: Sequence[tuple[DisparityPart, dict[str, Any]]],
    *,
    metrics: Sequence[str],
    tau: float | None,
    farthest: float,
    told: bool,
) -> tuple[Any, dict[str, Rows]]:
    found = {(d.attribute, d.group, d.metric): row for d, row in shown}
    rows: list[tuple[str, str | None]] = []
    for attribute in dict.fromkeys(d.attribute for d, _ in shown):
        rows += [
            (attribute, None),
            *dict.fromkeys((d.attribute, d.group) for d, _ in shown if d.attribute == attribute),
        ]
    panels = [_capital(BY_NAME[metric].long_name) for metric in metrics]
    values: Rows = []
    for i, (attribute, group) in enumerate(rows):
        for metric, panel in zip(metrics, panels, strict=True):
            row = _heading(i, attribute) if group is None else found[attribute, group, metric]
            values.append({**row, "at": i, "metric": panel, "first": metric == metrics[0]})
            if i == 0:
                values[-1]["said"] = "ratio"
    width = _PANEL_WIDTHS[len(metrics)]
    high = _ratio_edge(farthest, width)
    low = 1 / high
    y = _y(alt, len(rows))
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    axis = _x_axis(alt, "ratio, log scale", values=_ratio_ticks(farthest), format="~g")
    kinds = list(_MARKS)
    legend = (
        alt.Legend(
            title=None,
            orient="top",
            direction="horizontal",
            values=[kind for kind in kinds if kind != _REFERENCE],
            offset=10,
            labelColor=_INK,
        )
        if told
        else None
    )
    colours = alt.Scale(domain=kinds, range=[_MARKS[kind][0] for kind in kinds])
    shapes = alt.Scale(domain=kinds, range=[_MARKS[kind][1] for kind in kinds])
    # By conditions, as a second scale of the same field would take the legend away.
    colour = alt.ColorValue(
        _MARKS[_NONE][0],
        condition=[{"test": f"datum.kind == '{kind}'", "value": _MARKS[kind][0]} for kind in (_FAIL, _PASS)],
    )
    base = alt.Chart()
    once = base.transform_filter("datum.at == 0")
    marks = (
        base.transform_filter("isValid(datum.place)")
        .mark_point(size=48, opacity=1, strokeWidth=1.6)
        .encode(
            y=y,
            x=alt.X("place:Q", scale=scale, axis=axis),
            stroke=alt.Stroke("kind:N", scale=colours, legend=legend),
            shape=alt.Shape("kind:N", scale=shapes, legend=legend),
        )
    )
    faint = alt.ColorValue(
        _INK, condition={"test": f"datum.small || datum.kind == '{_REFERENCE}'", "value": _FAINT}
    )
    weak = _small(alt.OpacityValue, _WEAK, 1)

    def at(place: float) -> Any:
        return alt.X(datum=place, type="quantitative", scale=scale, axis=axis)

    def arrow(field: str, place: int, shape: str) -> Any:
        return (
            base.transform_filter(f"datum.{field}")
            .mark_point(shape=shape, size=26, filled=True)
            .encode(y=y, x=alt.XValue(place), color=colour, opacity=weak)
        )

    layers = [
        once.mark_rule(color=_INK, strokeWidth=1).encode(x=at(1)),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=1.6)
        .encode(y=y, x=alt.X("low:Q", scale=scale, axis=axis), x2=alt.X2("high"), color=colour, opacity=weak),
        arrow("leftwards", 4, "triangle-left"),
        arrow("rightwards", width - 4, "triangle-right"),
        marks.transform_filter("!datum.small").encode(fill=alt.Fill("kind:N", scale=colours, legend=legend)),
        marks.transform_filter("datum.small").encode(fill=alt.FillValue("white")),
        base.mark_text(align="right", limit=_RATIO_COLUMN - 4, **_TEXT).encode(
            y=y, x=alt.XValue(width + _RATIO_COLUMN), text=alt.Text("said", type="nominal"), color=faint
        ),
        *_names(alt, base.transform_filter("datum.first"), y),
    ]
    if tau is not None:
        band = once.mark_rect(color=_BAND).encode(x=at(max(tau, low)), x2=alt.X2Datum(min(1 / tau, high)))
        layers.insert(0, band)
    header = alt.Header(title=None, labelFontSize=11, labelFontWeight="bold", labelColor=_INK, labelPadding=6)
    chart = (
        alt.layer(*layers)
        .properties(width=width, height=_STEP * len(rows))
        .facet(
            data=alt.NamedData(_DATA),
            column=alt.Column("metric:N", sort=panels, header=header),
            spacing=_RATIO_COLUMN + 16,
            bounds="flush",
        )
    )
    return chart, {_DATA: values}


def _disparity_row(
    disparity: DisparityPart,
    verdict: Verdict | None,
    *,
    farthest: float,
    edge: float,
    band: Band | None,
) -> dict[str, Any]:
    """Place a ratio and its interval within the limits of the axis, and remember where the interval goes on."""
    low, high = 1 / edge, edge
    kind = _kind(disparity, verdict)
    place = None if disparity.ratio is None else min(max(disparity.ratio, 1 / farthest), farthest)
    interval = None if disparity.is_reference else disparity.resting[1]
    first, last = interval or (1.0, 1.0)
    return {
        **_named(disparity.group),
        "place": 1.0 if disparity.is_reference else place,
        "kind": kind,
        "low": min(max(first, low), high) if interval else None,
        "high": (high if last is None else min(max(last, low), high)) if interval else None,
        "leftwards": first < low,
        "rightwards": last is None or last > high,
        "small": disparity.small,
        "said": _ratio_said(disparity, band),
    }


def _calibration_chart(
    alt: Any, groups: Sequence[Calibration], everybody: Calibration | None
) -> tuple[Any, dict[str, Rows]]:
    columns = {1: 1, 2: 2, 4: 2}.get(len(groups), 3)
    size = _CURVE_WIDTHS[columns]
    height = round(size * (1 + _STRIP))
    values = [row for panel, group in enumerate(groups) for row in _curve_rows(panel, group, everybody)]
    fifths = [i / 5 for i in range(6)]
    x_scale = alt.Scale(domain=[0, 1], nice=False)
    y_scale = alt.Scale(domain=[-_STRIP, 1], nice=False)
    x_axis = _x_axis(alt, "mean score", values=fifths, format=".1f")
    y_axis = _x_axis(alt, "share with label 1", values=fifths, format=".0%", titleY=size / 2)
    x = {"type": "quantitative", "scale": x_scale, "axis": x_axis}
    y = {"type": "quantitative", "scale": y_scale, "axis": y_axis}
    base = alt.Chart()
    frame, everyone, tenths = (
        base.transform_filter(f"datum.what == '{what}'") for what in ("frame", "everybody", "tenth")
    )
    kinds = list(_TENTH_MARKS)
    colours = alt.Scale(domain=kinds, range=[_TENTH_MARKS[kind][0] for kind in kinds])
    shapes = alt.Scale(domain=kinds, range=[_TENTH_MARKS[kind][1] for kind in kinds])
    colour = alt.Color("kind:N", scale=colours, legend=None)
    points = tenths.mark_point(size=50, opacity=1, strokeWidth=1.5).encode(
        x=alt.X("score", **x),
        y=alt.Y("share", **y),
        stroke=alt.Stroke("kind:N", scale=colours, legend=None),
        shape=alt.Shape("kind:N", scale=shapes, legend=None),
    )
    layers = [
        frame.mark_rect(color="white").encode(
            x=alt.XValue(1), x2=alt.X2Value(size - 1), y=alt.YValue(size + 1), y2=alt.Y2Value(height - 1)
        ),
        frame.mark_rule(color=_FAINT, strokeWidth=1, strokeDash=[4, 3]).encode(
            x=alt.X(datum=0, **x), y=alt.Y(datum=0, **y), x2=alt.X2Datum(1), y2=alt.Y2Datum(1)
        ),
        everyone.mark_line(color=_LINE, strokeWidth=2.5).encode(
            x=alt.X("score", **x), y=alt.Y("share", **y), order=alt.Order("score:Q")
        ),
        tenths.mark_rule(strokeWidth=1.6).encode(
            x=alt.X("score", **x),
            y=alt.Y("low", **y),
            y2=alt.Y2("high"),
            color=colour,
            opacity=_small(alt.OpacityValue, _WEAK, 1),
        ),
        points.transform_filter("!datum.small").encode(fill=alt.Fill("kind:N", scale=colours, legend=None)),
        points.transform_filter("datum.small").encode(fill=alt.FillValue("white")),
        tenths.mark_rect(color=_LINE).encode(
            x=alt.X("left", **x), x2=alt.X2("right"), y=alt.Y("bar", **y), y2=alt.Y2Datum(-_STRIP)
        ),
        frame.mark_rule(color=_LINE, strokeWidth=1).encode(y=alt.Y(datum=0, **y)),
    ]
    text: dict[str, Any] = {"align": "left", "baseline": "middle", "limit": size}
    layers += [
        frame.mark_text(color=ink, fontSize=letters, fontWeight=weight, **text).encode(
            x=alt.XValue(across), y=alt.YValue(down), text=alt.Text(field, type="nominal")
        )
        for field, across, down, letters, weight, ink in (
            ("head", 0, -46, 11, "bold", _INK),
            ("name", 0, -26, 11, "bold", _INK),
            ("people", 0, -11, 10, "normal", _SOFT),
            ("most", 5, size + 11, 10, "normal", _SOFT),
        )
    ]
    chart = (
        alt.layer(*layers)
        .properties(width=size, height=height)
        .facet(
            data=alt.NamedData(_DATA),
            facet=alt.Facet(
                "panel:O", header=alt.Header(title=None, labelExpr="''", labelPadding=0, labelFontSize=1)
            ),
            columns=columns,
            spacing={"row": 84, "column": 62},
            bounds="flush",
        )
        .resolve_axis(x="independent", y="independent")
    )
    return chart, {_DATA: values}


def _curve_rows(panel: int, group: Calibration, everybody: Calibration | None) -> Rows:
    """Give one panel its texts, everybody's curve and the tenths."""
    share = metric_value("prev", group.positives / group.people)
    most = max(tenth.people for tenth in group.tenths)
    frame = {
        "panel": panel,
        "what": "frame",
        "head": _name(group.attribute) if panel == 0 else "",
        "name": _name(group.group, letters=_CURVE_LETTERS),
        "people": f"{count_text(group.people)} {'person' if group.people == 1 else 'people'}, {share} with label 1",
        "most": f"people by tenth, up to {count_text(most)}",
    }
    behind = [
        {"panel": panel, "what": "everybody", "score": tenth.mean_score, "share": tenth.share}
        for tenth in (everybody.tenths if everybody else ())
        if not tenth.small
    ]
    tenths = [
        {
            "panel": panel,
            "what": "tenth",
            "score": tenth.mean_score,
            "share": tenth.share,
            "low": tenth.ci[0],
            "high": tenth.ci[1],
            "small": tenth.small,
            "kind": "few" if tenth.small else "off" if tenth.distance else "near",
            "left": tenth.low + 0.008,
            "right": tenth.high - 0.008,
            "bar": _BAR * tenth.people / most - _STRIP,
            "people": tenth.people,
        }
        for tenth in group.tenths
    ]
    return [frame, *behind, *tenths]


def _fold_values(document: CvDocument) -> dict[str, list[float]]:
    """Collect the metrics that at least two folds define."""
    found = {
        metric: [value for fold in document.folds if (value := fold.metrics.get(metric)) is not None]
        for metric in FOLD_METRICS
    }
    return {metric: values for metric, values in found.items() if len(values) > 1}


def _folds_chart(
    alt: Any,
    found: Mapping[str, Sequence[float]],
    slices: Sequence[FoldSlicePart],
    metric: str,
    overall: float | None,
) -> tuple[Any, dict[str, Rows]]:
    charts: list[Any] = []
    rows: dict[str, Rows] = {}
    for better in (Better.HIGHER, Better.LOWER):
        mine = {metric: values for metric, values in found.items() if BY_NAME[metric].better is better}
        if mine:
            chart, rows[f"{better.value} is better"] = _dots_chart(alt, mine, better)
            charts.append(chart)
    if slices:
        chart, rows[_DATA] = _spread_chart(alt, slices, metric, overall)
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
        values.append(_heading(len(values), feature))
        mine = [s for s in slices if s.feature == feature]
        for part in sorted(mine, key=lambda s: _sort_key(s.metrics[metric].mean, lower=lower)):
            mean, std = part.metrics[metric].mean, part.metrics[metric].std
            values.append(
                {
                    "at": len(values),
                    **_named(part.slice),
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
    axis = _x_axis(alt, f"{BY_NAME[metric].long_name}, mean ± standard deviation", tickCount=6, format=".2~f")
    layers = _points_with_bars(alt, len(values), scale, axis, overall)
    chart = _row_chart(alt, layers, y=_y(alt, len(values)), columns=_FOLD_COLUMNS)
    return chart.properties(width=_PLOT_WIDTH, height=_STEP * len(values)), values


def _dots_chart(alt: Any, found: Mapping[str, Sequence[float]], better: Better) -> tuple[Any, Rows]:
    """Draw a dot per fold and a line at their mean, one row a metric; dots that would meet move up or down."""
    domain = _near([value for values in found.values() for value in values])
    folds = max(len(values) for values in found.values())
    dot = next(size for size, most in _DOT_SIZES if folds <= most)
    offsets = {
        metric: _dodged([(v - domain[0]) / (domain[1] - domain[0]) * _PLOT_WIDTH for v in values], dot)
        for metric, values in found.items()
    }
    rows: Rows = [{"y": _STEP / 2, **_heading(0, ""), "said": "mean ± std", "people": "lowest to highest"}]
    height = float(_STEP)
    for metric, values in found.items():
        half = max(abs(offset) for offset in offsets[metric]) + dot / 2 + 5
        middle = height + half + 3
        height += 2 * half + 6
        mean = fmean(values)
        rows.append(
            {
                "y": middle,
                **_named(_capital(BY_NAME[metric].long_name)),
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
    scale = alt.Scale(domain=list(domain), nice=False)
    axis = _x_axis(alt, f"in each fold, {better.value} is better", tickCount=6, format=".2~f")
    x = {"type": "quantitative", "scale": scale, "axis": axis}
    y = {
        "type": "quantitative",
        "scale": alt.Scale(domain=[0, height], range=[0, height], nice=False),
        "axis": None,
    }
    base = alt.Chart()
    layers = [
        base.transform_filter("isValid(datum.mean)")
        .mark_rule(color=_INK, strokeWidth=1.4)
        .encode(y=alt.Y("top", **y), y2=alt.Y2("bottom"), x=alt.X("mean", **x)),
        base.transform_filter("isValid(datum.value)")
        .mark_point(
            shape="circle",
            filled=True,
            opacity=1,
            size=math.pi * (dot / 2) ** 2,
            fill=_BLUE,
            stroke="white",
            strokeWidth=0.8,
        )
        .encode(y=alt.Y("y", **y), x=alt.X("value", **x)),
    ]
    chart = _row_chart(
        alt, layers, data=f"{better.value} is better", y=alt.Y("y", **y), columns=_FOLD_COLUMNS
    )
    return chart.properties(width=_PLOT_WIDTH, height=height), rows


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
    found = [0.0] * len(places)
    for i in sorted(range(len(places)), key=lambda i: places[i]):
        free = [level for level in levels if places[i] - last[level] >= size]
        level = free[0] if free else min(levels, key=lambda level: last[level])
        last[level] = places[i]
        found[i] = level * size
    return found


def _near(values: Sequence[float]) -> tuple[float, float]:
    """Choose limits within [0, 1] on whole tenths that hold all values with some room."""
    low = max(math.floor(min(values) * 10 - 0.2) / 10, 0.0)
    high = min(math.ceil(max(values) * 10 + 0.2) / 10, 1.0)
    return low, high


def _spread_said(mean: float | None, std: float | None) -> str:
    if mean is None:
        return "undefined"
    return f"{mean:.3f}" if std is None else f"{mean:.3f} ± {std:.3f}"


def _folds_alt(found: Mapping[str, Sequence[float]], slices: Sequence[FoldSlicePart], metric: str) -> str:
    values = found[metric]
    said = (
        f"{_capital(BY_NAME[metric].long_name)} goes from {min(values):.3f} to {max(values):.3f} over {len(values)} folds "
        f"(mean {fmean(values):.3f})"
    )
    spreads = [
        (part.metrics[metric].std or 0.0, part)
        for part in slices
        if not part.small and part.metrics[metric].std is not None
    ]
    if not spreads:
        return f"{said}."
    widest = max(spreads, key=lambda pair: pair[0])[1]
    spread = widest.metrics[metric]
    return (
        f"{said}; of all slices it varies most on {_name(widest.feature)} = {_name(widest.slice)} "
        f"({_spread_said(spread.mean, spread.std)})."
    )


def _heading(at: int, attribute: str) -> dict[str, Any]:
    """Give an attribute a row of its own above its groups."""
    return {
        "at": at,
        "head": _name(attribute),
        "name": "",
        "other": "",
        "small": False,
        "said": "",
        "people": "",
    }


def _named(name: str) -> dict[str, str]:
    """Put a name where the font that has its signs writes it."""
    shown = _name(name)
    return (
        {"head": "", "name": shown, "other": ""}
        if _is_western(shown)
        else {"head": "", "name": "", "other": shown}
    )


def _names(alt: Any, base: Any, y: Any) -> list[Any]:
    """Write names beside the rows; as text, which Vega never looks at again."""
    text: dict[str, Any] = {
        "align": "right",
        "baseline": "middle",
        "fontSize": 11,
        "limit": _NAME_WIDTH,
        "color": _INK,
    }
    return [
        base.mark_text(**text, **more).encode(y=y, x=alt.XValue(-10), text=alt.Text(field, type="nominal"))
        for field, more in (("name", {}), ("other", {"font": _OTHER_FONT}), ("head", {"fontWeight": "bold"}))
    ]


def _small(channel: Any, few: Any, many: Any) -> Any:
    """Give a channel one value where few people stand behind a row, and another elsewhere."""
    return channel(many, condition={"test": "datum.small", "value": few})


def _y(alt: Any, rows: int) -> Any:
    return alt.Y(
        "at:O",
        axis=None,
        scale=alt.Scale(type="band", domain=list(range(rows)), paddingInner=0, paddingOuter=0),
    )


def _sort_key(value: float | None, *, lower: bool) -> float:
    """Sort the worst first, and those without a value last."""
    return math.inf if value is None else -value if lower else value


def _x_axis(alt: Any, title: str, **more: Any) -> Any:
    return alt.Axis(
        title=title,
        domain=False,
        grid=True,
        labelFlush=False,
        gridColor=_LINE,
        gridOpacity=0.6,
        labelColor=_INK,
        titleColor=_INK,
        titleFontWeight="normal",
        tickColor=_LINE,
        **more,
    )


def _finished(
    draw: Callable[[Any], tuple[Any, dict[str, Rows]]],
    title: str,
    said: Sequence[str],
    alt_text: str,
    *,
    offset: int = 16,
    letters: int = _SUBTITLE_LETTERS,
) -> Spec:
    """Draw, and add what all figures share. The background is white by name, as a card is read on dark pages too.

    Parameters
    ----------
    draw
        Gets Altair, and gives the chart and its rows by the names that it calls them.
    said
        What stands below the title.
    """
    import altair as alt
    from altair.utils import schemapi

    # Altair would check every part against its schema again and again; the tests check the whole once.
    with schemapi.debug_mode(False):
        chart, rows = draw(alt)
        finished = chart.properties(
            background="white",
            padding=14,
            title={
                "text": title,
                "subtitle": _wrapped(said, letters),
                "anchor": "start",
                "fontSize": 14,
                "subtitleFontSize": 11,
                "subtitleColor": _SOFT,
                "subtitleLineHeight": 15,
                "color": _INK,
                "offset": offset,
            },
            usermeta={"alt": alt_text},
        ).configure(font=_FONT, view={"stroke": _LINE}, aria=False)
        spec: Spec = finished.to_dict(validate=False)
    # Not before, as every step of Altair copies what it holds.
    return {**spec, "datasets": rows}


def _wrapped(said: Sequence[str], letters: int) -> list[str]:
    """Join what a subtitle says into lines."""
    lines: list[str] = []
    for part in said:
        joined = f"{lines[-1]}; {part}" if lines else part
        if lines and len(joined) <= letters:
            lines[-1] = joined
        else:
            lines.append(part if lines else joined)
    return [f"{line};" for line in lines[:-1]] + lines[-1:]


def _left_out(shown: int, known: int, what: str) -> list[str]:
    return [f"{known - shown:,} of {known:,} {what} are left out"] if shown < known else []


def _reference_texts(bias: BiasDocument) -> tuple[str, str]:
    """Say what ratios are divided by: in the title, and at the line at 1."""
    references = list(bias.references.values())
    begin = "Disparity: each group's rate divided by"
    if references and all(reference == EVERYBODY_ELSE for reference in references):
        return f"{begin} everybody else's", "everybody else's rate"
    if references and not any(isinstance(reference, str) for reference in references):
        return f"{begin} the lowest group's", "the group with the lowest rate, metric by metric"
    return f"{begin} its reference group's", "the reference group's rate"


def _ratio_metrics(bias: BiasDocument) -> list[str]:
    """Give the metrics that form the verdict, as far as there are disparities of them."""
    return [
        metric
        for metric in bias.family.metrics or LEAD_METRICS
        if any(d.metric == metric for d in bias.disparities)
    ]


def _kind(disparity: DisparityPart, verdict: Verdict | None) -> str:
    if disparity.is_reference:
        return _REFERENCE
    return {Verdict.FAIL: _FAIL, Verdict.PASS: _PASS}.get(verdict, _NONE) if verdict else _NONE


def _ratio_said(disparity: DisparityPart, band: Band | None) -> str:
    if disparity.is_reference:
        return "reference"
    return "no ratio" if disparity.ratio is None else times(disparity.ratio, band).replace("less than ", "< ")


def _farthest_groups(
    bias: BiasDocument, metrics: Sequence[str], groups: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Keep all groups, or of too many those with the worst disparities and every attribute's reference group."""
    if len(groups) <= MOST_ROWS:
        return list(groups)
    ranked = worst_disparities(bias, metrics=metrics)
    farthest = list(dict.fromkeys((d.attribute, d.group) for d in ranked))[:MOST_ROWS]
    shown = {attribute for attribute, _ in farthest}
    references = {(d.attribute, d.group) for d in bias.disparities if d.is_reference and d.attribute in shown}
    return [group for group in groups if group in references or group in farthest]


def _farthest_ratio(disparities: Iterable[DisparityPart], tau: float | None) -> float:
    """Choose how far from 1 points are drawn, to either side: it holds the tolerance, and all ratios up to a limit."""
    widest = max(
        [1.6, *([1.15 / tau] if tau else [])]
        + [max(d.ratio, 1 / d.ratio) if d.ratio else _FARTHEST for d in disparities if d.ratio is not None]
    )
    return min(widest, _FARTHEST)


def _ratio_edge(farthest: float, width: int) -> float:
    """Choose where the axis ends: so much farther that the outermost point is within the panel, and clear of an arrow."""
    return float(farthest ** (1 / (1 - 2 * _EDGE / width)))


def _ratio_ticks(farthest: float) -> list[float]:
    """Choose ticks that stand apart, even in a narrow panel."""
    wide = farthest > _WIDE_FROM
    return [
        t for t in ((0.25, 0.5, 1, 2, 4) if wide else (0.5, 0.7, 1, 1.4, 2)) if 1 / farthest <= t <= farthest
    ]


def _metric_alt(rows: Sequence[_Row], overall: EstimatePart, metric: str) -> str:
    long_name = BY_NAME[metric].long_name
    lower = BY_NAME[metric].better is Better.LOWER
    sound = [
        (row.estimate.value, row)
        for row in rows
        if row.estimate.value is not None and not (row.small or row.estimate.small)
    ]
    said = f"{_capital(long_name)} is {metric_value(metric, overall.value)} for everybody"
    if not sound:
        return f"{said}; no slice has enough people to be compared."
    if len(sound) == 1:
        ((value, row),) = sound
        return f"{said}, and {metric_value(metric, value)} for {_said_slice(row)}, the only slice of enough people to be compared."
    ends = sorted(sound, key=lambda pair: -pair[0] if lower else pair[0])
    first, last = ends[0][1], ends[-1][1]
    return (
        f"{said}, and goes from {metric_value(metric, first.estimate.value)} ({_said_slice(first)}) to "
        f"{metric_value(metric, last.estimate.value)} ({_said_slice(last)})."
    )


def _said_slice(row: _Row) -> str:
    return f"{_name(row.attribute)} = {_name(row.group)}"


def _name(text: str, *, letters: int = _NAME_LETTERS) -> str:
    """Cut a name to what fits; signs that turn text around or cannot be seen are written as escapes.

    Wide signs count double, and of the signs stacked on one letter only some are kept, so that rows stay apart.
    """
    kept: list[str] = []
    used = stacked = 0
    for sign in visible(text):
        stacked = stacked + 1 if unicodedata.category(sign) in ("Mn", "Me") else 0
        if stacked > _MOST_MARKS:
            continue
        used += 0 if stacked else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        kept.append(sign)
        if used > letters:
            return _cut(kept, letters)
    return "".join(kept)


def _cut(signs: Sequence[str], letters: int) -> str:
    """Cut to one letter less, which the ellipsis takes."""
    used = 0
    for i, sign in enumerate(signs):
        used += (
            0
            if unicodedata.category(sign) in ("Mn", "Me")
            else 2
            if unicodedata.east_asian_width(sign) in "WF"
            else 1
        )
        if used > letters - 1:
            return "".join(signs[:i]) + "…"
    return "".join(signs)


def _is_western(text: str) -> bool:
    """Tell whether a name is written in Latin, Greek or Cyrillic, which the first font has."""
    return all(sign < "\u0530" or "\u1e00" <= sign < "\u2100" or sign == "\ufffd" for sign in text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _version(spec: Spec) -> str:
    """Read the version of Vega-Lite from the specification itself; the newest where vl-convert does not have it."""
    import vl_convert

    found = re.search(r"/v(\d+)\.(\d+)", str(spec["$schema"]))
    known: list[str] = vl_convert.get_vegalite_versions()
    if found and found.expand(r"\1.\2") in known:
        return found.expand(r"\1.\2")
    return max(known, key=lambda version: [int(part) for part in version.split(".")])
