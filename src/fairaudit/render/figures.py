"""Figures: a metric on every slice with its interval, and every group's disparity against the tolerance.

Altair writes them as Vega-Lite, vl-convert draws them without a browser. Names and values of the input are data in them, never part
of an expression; the texts that Vega would put together itself are put together here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fairaudit.judge import Verdict
from fairaudit.measure import BY_NAME, Better
from fairaudit.render.documents import (
    BiasDocument,
    DisparityPart,
    EstimatePart,
    FairnessDocument,
    GroupDocument,
    OverallPart,
    SlicesDocument,
)
from fairaudit.render.escape import visible
from fairaudit.render.sentences import LEAD_METRICS, finding, metric_value, times, worst_disparities

Spec = dict[str, Any]

METRIC_FIGURE = "metric_per_slice"
DISPARITY_FIGURE = "disparity_per_group"
MOST_ROWS = 60
"""How many groups a figure shows; beyond that nobody reads it."""
MAIN_METRICS = ("f1", "accuracy", "pprev")
"""The first that the input allows, and that has an interval, is the one that slices are compared by."""

_FONT = "Roboto, Noto Sans, DejaVu Sans, Helvetica, Arial, sans-serif"
_INK, _FAINT, _LINE = "#1f2933", "#7b8794", "#c3ccd5"
_STEP = 20
_NAME_WIDTH = 230
_NAME_LETTERS = 38
_PANEL_WIDTH = 175
_PLOT_WIDTH = 380
_FARTHEST = 8.0
"""Ratios beyond this, or below its inverse, are drawn at the edge; their number is printed."""

_FAIL, _PASS, _NONE = "fails", "passes", "undecided"
_REFERENCE = "reference"
_MARKS: dict[str, tuple[str, str]] = {
    # Vermilion and blue of Okabe and Ito's palette stay apart for colour-blind readers, and shapes do in grey.
    _FAIL: ("#d55e00", "diamond"),
    _PASS: ("#0072b2", "circle"),
    _NONE: (_FAINT, "square"),
    _REFERENCE: (_INK, "stroke"),
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
) -> tuple[Figure, ...]:
    """Lay out the figures that the documents allow."""
    figures: list[Figure] = []
    if performance is not None and (metric := main_metric(performance.overall)) and _rows(performance, metric):
        figures.append(metric_figure(performance, metric=metric))
    if bias is not None and any(d.metric in LEAD_METRICS for d in bias.disparities):
        figures.append(disparity_figure(bias, fairness))
    return tuple(figures)


def main_metric(overall: OverallPart) -> str | None:
    """Choose the metric that slices are compared by; ``None`` where there are neither labels nor decisions."""
    return next((m for m in MAIN_METRICS if m in overall.metrics and overall.metrics[m].ci is not None), None)


def metric_figure(document: GroupDocument | SlicesDocument, *, metric: str) -> Figure:
    """Lay out a metric on every slice: a point with its interval, and a line for everybody.

    Slices are sorted by the metric within their attribute, the worst first. Small ones are hollow and grey.

    Parameters
    ----------
    metric
        A metric of the document whose values lie in [0, 1].
    """
    import altair as alt

    long_name = BY_NAME[metric].long_name
    rows = _rows(document, metric)
    shown = _most_extreme(rows, document.overall.metrics[metric].value)
    panels = [
        _metric_panel(alt, [row for row in shown if row.attribute == attribute], document, metric, last=last)
        for attribute, last in _with_last(_attributes(shown))
    ]
    overall = document.overall.metrics[metric]
    title = f"{_capital(long_name)} on every slice"
    left_out = f"; {len(rows) - len(shown):,} of {len(rows):,} slices are left out" if len(shown) < len(rows) else ""
    small = "; hollow: few people" if any(row.small or row.estimate.small for row in shown) else ""
    bars = f"bars are {document.settings.confidence:.0%} intervals"
    spec = _finished(
        alt.vconcat(*panels, spacing=14),
        title,
        f"Dashed: everybody, {metric_value(metric, overall.value)}; {bars}{small}{left_out}",
    )
    return Figure(name=METRIC_FIGURE, title=title, alt=_metric_alt(shown, overall, metric), spec=spec)


def disparity_figure(bias: BiasDocument, fairness: FairnessDocument | None) -> Figure:
    """Lay out every group's ratio to its reference group, one panel a metric, on a log axis.

    The band is the tolerance, 1 the reference. Verdicts differ in colour and in shape; what rests on few people is hollow.

    Parameters
    ----------
    fairness
        Gives the tolerance and the verdicts; without it there is no band, and nothing is judged.
    """
    import altair as alt

    metrics = [m for m in LEAD_METRICS if any(d.metric == m for d in bias.disparities)]
    groups = list(dict.fromkeys((d.attribute, d.group) for d in bias.disparities))
    kept = _farthest_groups(bias, metrics, groups)
    verdicts = {} if fairness is None else {(p.attribute, p.group, p.metric): p.verdict for p in fairness.parities}
    tau = None if fairness is None else fairness.tau
    domain = _ratio_domain([d for d in bias.disparities if (d.attribute, d.group) in kept and d.metric in metrics], tau)
    lines = []
    for attribute, last in _with_last(list(dict.fromkeys(attribute for attribute, _ in kept))):
        members = [group for a, group in groups if a == attribute and (a, group) in kept]
        lines.append(
            alt.hconcat(
                *(
                    _disparity_panel(
                        alt,
                        [d for d in bias.disparities if d.attribute == attribute and d.metric == metric],
                        members,
                        verdicts,
                        attribute=attribute,
                        metric=metric,
                        tau=tau,
                        domain=domain,
                        first=metric == metrics[0],
                        top=not lines,
                        last=last,
                    )
                    for metric in metrics
                ),
                spacing=14,
            )
        )
    title = "Disparity: each group's rate divided by its reference group's"
    said = f"Band: tolerance {tau:.2f} to {1 / tau:.2f}; " if tau is not None else ""
    left_out = f"; {len(groups) - len(kept):,} of {len(groups):,} groups are left out" if len(kept) < len(groups) else ""
    small = "; hollow: few people" if any(d.small and (d.attribute, d.group) in kept for d in bias.disparities) else ""
    spec = _finished(alt.vconcat(*lines, spacing=14), title, f"{said}line at 1: the same rate{small}{left_out}")
    worst = worst_disparities(bias, metrics=metrics).worst
    alt_text = (
        f"{finding(worst[0])}. It is the largest of {len(worst):,} disparities that rest on enough people."
        if worst
        else "No disparity rests on enough people to be shown as a finding."
    )
    return Figure(name=DISPARITY_FIGURE, title="Disparity per group", alt=alt_text, spec=spec)


def render_png(spec: Spec, *, scale: float = 2.0) -> bytes:
    """Draw a figure as PNG, by default with two pixels to a point."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(spec, vl_version=_version(spec), scale=scale))


def render_svg(spec: Spec) -> str:
    """Draw a figure as SVG."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec, vl_version=_version(spec)))


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


def _most_extreme(rows: Sequence[_Row], overall: float | None) -> list[_Row]:
    """Keep the slices farthest from everybody's value, those with many people before those with few."""
    if len(rows) <= MOST_ROWS:
        return list(rows)

    def rank(row: _Row) -> tuple[bool, float]:
        value = row.estimate.value
        far = -1.0 if value is None or overall is None else abs(value - overall)
        return not (row.small or row.estimate.small), far

    kept = set(sorted(range(len(rows)), key=lambda i: rank(rows[i]), reverse=True)[:MOST_ROWS])
    return [row for i, row in enumerate(rows) if i in kept]


def _metric_panel(
    alt: Any, rows: Sequence[_Row], document: GroupDocument | SlicesDocument, metric: str, *, last: bool
) -> Any:
    lower = BY_NAME[metric].better is Better.LOWER
    ordered = sorted(
        rows, key=lambda r: math.inf if r.estimate.value is None else -r.estimate.value if lower else r.estimate.value
    )
    data = alt.Data(
        values=[
            {
                "at": i,
                "name": _name(row.group),
                "value": row.estimate.value,
                "low": row.estimate.ci[0] if row.estimate.ci else None,
                "high": row.estimate.ci[1] if row.estimate.ci else None,
                "small": row.small or row.estimate.small,
                "said": metric_value(metric, row.estimate.value),
                "people": f"{row.n:,}",
            }
            for i, row in enumerate(ordered)
        ]
    )
    y = alt.Y("at:O", axis=None, scale=_rows_scale(alt, len(rows)))
    x = alt.X(
        "value:Q",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=_x_axis(alt, BY_NAME[metric].long_name if last else None, labels=last, format="%"),
    )
    ink = alt.condition("datum.small", alt.value(_FAINT), alt.value("#0072b2"))
    base = alt.Chart(data)
    layers = [
        base.mark_rule(strokeWidth=2).encode(y=y, x=alt.X("low:Q", axis=None), x2="high:Q", color=ink),
        base.mark_point(size=55, opacity=1, strokeWidth=1.6)
        .encode(y=y, x=x, stroke=ink, fill=alt.condition("datum.small", alt.value("white"), alt.value("#0072b2"))),
        *_name_layers(alt, base, y),
        *_column(alt, base, y, "said", "", _PLOT_WIDTH + 52, len(rows)),
        *_column(alt, base, y, "people", "people", _PLOT_WIDTH + 112, len(rows)),
    ]
    overall = document.overall.metrics[metric].value
    if overall is not None:
        line = alt.Chart(alt.Data(values=[{"value": overall}]))
        layers.insert(0, line.mark_rule(strokeDash=[4, 3], color=_INK, strokeWidth=1.2).encode(x=x))
    return alt.layer(*layers).properties(
        width=_PLOT_WIDTH, height=_STEP * len(rows), title=_panel_title(alt, rows[0].attribute)
    )


def _disparity_panel(
    alt: Any,
    disparities: Sequence[DisparityPart],
    groups: Sequence[str],
    verdicts: dict[tuple[str, str, str | None], Verdict | None],
    *,
    attribute: str,
    metric: str,
    tau: float | None,
    domain: tuple[float, float],
    first: bool,
    top: bool,
    last: bool,
) -> Any:
    low, high = domain
    by_group = {d.group: d for d in disparities}
    values = []
    for i, group in enumerate(groups):
        d = by_group[group]
        kind = _kind(d, verdicts.get((attribute, group, metric)))
        place = None if d.ratio is None else min(max(d.ratio, low * 1.06), high / 1.06)
        values.append(
            {
                "at": i,
                "name": _name(group),
                "place": 1.0 if d.is_reference else place,
                "kind": kind,
                "small": d.small,
                "hollow": kind if not d.small else "small",
                "said": _ratio_said(d),
                "leftwards": place is not None and math.log(place / low) > 0.72 * math.log(high / low),
            }
        )
    base = alt.Chart(alt.Data(values=values))
    y = alt.Y("at:O", axis=None, scale=_rows_scale(alt, len(groups)))
    ticks = _ratio_ticks(low, high)
    x = alt.X(
        "place:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=_x_axis(alt, "ratio, log scale" if last else None, labels=last, values=ticks, format="~g"),
    )
    kinds = list(_MARKS)
    present = [k for k in kinds if k != _REFERENCE]
    colours = alt.Scale(domain=kinds, range=[_MARKS[k][0] for k in kinds])
    legend = (
        alt.Legend(title=None, orient="top", values=present, symbolOpacity=1, direction="horizontal", offset=4)
        if verdicts
        else None
    )
    points = base.transform_filter("isValid(datum.place)")
    layers: list[Any] = []
    if tau is not None:
        band = alt.Chart(alt.Data(values=[{"from": max(tau, low), "to": min(1 / tau, high)}]))
        layers.append(band.mark_rect(color="#e4e9ee").encode(x=alt.X("from:Q"), x2="to:Q"))
    layers += [
        alt.Chart(alt.Data(values=[{"place": 1.0}])).mark_rule(color=_INK, strokeWidth=1).encode(x=x),
        points.mark_point(size=62, opacity=1, strokeWidth=1.7).encode(
            y=y,
            x=x,
            stroke=alt.Stroke("kind:N", scale=colours, legend=legend),
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=[_MARKS[k][1] for k in kinds]), legend=legend),
            fill=alt.Fill(
                "hollow:N",
                scale=alt.Scale(domain=[*kinds, "small"], range=[*(_MARKS[k][0] for k in kinds), "white"]),
                legend=None,
            ),
        ),
    ]
    said = {"y": y, "text": alt.Text("said:N")}
    faint = alt.condition("datum.small", alt.value(_FAINT), alt.value(_INK))
    text = {"fontSize": 10, "baseline": "middle"}
    layers += [
        points.transform_filter("!datum.leftwards").mark_text(align="left", dx=8, **text).encode(x=x, color=faint, **said),
        points.transform_filter("datum.leftwards").mark_text(align="right", dx=-8, **text).encode(x=x, color=faint, **said),
        base.transform_filter("!isValid(datum.place)")
        .mark_text(align="left", fontStyle="italic", color=_FAINT, **text)
        .encode(x=alt.value(4), **said),
    ]
    if first:
        layers += _name_layers(alt, base, y)
    heading = _capital(BY_NAME[metric].long_name) if top else ""
    title: Any = alt.Undefined
    if first:
        title = _panel_title(alt, attribute, above=heading)
    elif top:
        title = alt.TitleParams(text=heading, anchor="middle", frame="group", fontSize=11, color=_INK, offset=6)
    return alt.layer(*layers).properties(width=_PANEL_WIDTH, height=_STEP * len(groups), title=title)
