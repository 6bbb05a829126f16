"""Figures: a metric on every slice with its interval, and every group's disparity against the tolerance.

Altair writes them as Vega-Lite, vl-convert draws them without a browser. Names and values of the input are data in them, never part
of an expression; the texts that Vega would put together itself are put together here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairaudit.config import parse_tau
from fairaudit.measure import BY_NAME, Better
from fairaudit.render.documents import (
    BiasDocument,
    DisparityPart,
    EstimatePart,
    FairnessDocument,
    GroupDocument,
    SlicesDocument,
)
from fairaudit.render.escape import visible
from fairaudit.render.sentences import (
    LEAD_METRICS,
    judged,
    main_metric,
    metric_value,
    times,
    worst_disparities,
)
from fairaudit.verdicts import Verdict

Spec = dict[str, Any]

METRIC_FIGURE = "metric_per_slice"
DISPARITY_FIGURE = "disparity_per_group"
MOST_ROWS = 60
"""How many groups a figure shows; beyond that nobody reads it."""

_FONT = "Liberation Sans, DejaVu Sans, Arial, Helvetica, sans-serif"
"""vl-convert brings the first along, so that a picture does not depend on the machine's fonts."""
_INK, _FAINT, _LINE, _BLUE = "#1f2933", "#7b8794", "#c3ccd5", "#0072b2"
_STEP = 20
_NAME_WIDTH = 230
_NAME_LETTERS = 38
_PANEL_WIDTHS = {1: 380, 2: 240, 3: 175}
"""By the number of panels side by side."""
_PLOT_WIDTH = 380
_FARTHEST = 8.0
"""Ratios beyond this, or below its inverse, are drawn at the edge; their number is printed."""

_FAIL, _PASS, _NONE = "fails", "passes", "undecided"
_REFERENCE = "reference"
_MARKS: dict[str, tuple[str, str]] = {
    # Vermilion and blue of Okabe and Ito's palette stay apart for colour-blind readers, and shapes do in grey.
    _FAIL: ("#d55e00", "diamond"),
    _PASS: (_BLUE, "circle"),
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
    if (
        performance is not None
        and (metric := main_metric(performance.overall.metrics))
        and _rows(performance, metric)
    ):
        figures.append(metric_figure(performance, metric=metric))
    if bias is not None and any(d.metric in LEAD_METRICS for d in bias.disparities):
        figures.append(disparity_figure(bias, fairness))
    return tuple(figures)


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
    overall = document.overall.metrics[metric]
    title = f"{_capital(long_name)} on every slice"
    left_out = (
        f"; {len(rows) - len(shown):,} of {len(rows):,} slices are left out" if len(shown) < len(rows) else ""
    )
    small = "; hollow: few people" if any(row.small or row.estimate.small for row in shown) else ""
    bars = f"bars are {document.settings.confidence:.0%} intervals"
    chart = _metric_chart(alt, shown, overall.value, metric)
    spec = _finished(
        chart, title, f"Dashed: everybody, {metric_value(metric, overall.value)}; {bars}{small}{left_out}"
    )
    return Figure(name=METRIC_FIGURE, title=title, alt=_metric_alt(shown, overall, metric), spec=spec)


def disparity_figure(bias: BiasDocument, fairness: FairnessDocument | None) -> Figure:
    """Lay out every group's ratio to its reference group, one panel a metric, on a log axis.

    The band is the tolerance, 1 the reference. Verdicts differ in colour and in shape; what rests on few people is hollow.

    Parameters
    ----------
    fairness
        Gives the verdicts; without it ratios are judged by the tolerance that the disparities were compared with.
    """
    import altair as alt

    metrics = [m for m in LEAD_METRICS if any(d.metric == m for d in bias.disparities)]
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
    domain = _ratio_domain(shown, tau)
    title = "Disparity: each group's rate divided by its reference group's"
    said = f"Band: tolerance {tau:.2f} to {1 / tau:.2f}; " if tau is not None else ""
    left_out = (
        f"; {len(groups) - len(kept):,} of {len(groups):,} groups are left out"
        if len(kept) < len(groups)
        else ""
    )
    small = "; hollow: few people" if any(d.small for d in shown) else ""
    low, high = domain
    beyond = any(d.ratio is not None and not low <= d.ratio <= high for d in shown)
    edge = f"; at the edge: beyond {low:g} or {high:g}" if beyond else ""
    chart = _disparity_chart(alt, shown, verdicts, metrics=metrics, tau=tau, domain=domain)
    spec = _finished(chart, title, f"{said}line at 1: the same rate{small}{edge}{left_out}")
    worst = worst_disparities(bias, metrics=metrics)
    alt_text = (
        f"{judged(worst[0], bias.settings.tau or '')}. It ranks first of {len(worst):,} disparities."
        if worst
        else "No group has a ratio to its reference group."
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


def _metric_chart(alt: Any, rows: Sequence[_Row], overall: float | None, metric: str) -> Any:
    lower = BY_NAME[metric].better is Better.LOWER
    values: list[dict[str, Any]] = []
    for attribute in dict.fromkeys(row.attribute for row in rows):
        values.append(_heading(len(values), attribute))
        mine = (row for row in rows if row.attribute == attribute)
        for row in sorted(mine, key=lambda row: _sort_key(row.estimate.value, lower=lower)):
            values.append(
                {
                    "at": len(values),
                    "head": "",
                    "name": _name(row.group),
                    "value": row.estimate.value,
                    "low": row.estimate.ci[0] if row.estimate.ci else None,
                    "high": row.estimate.ci[1] if row.estimate.ci else None,
                    "small": row.small or row.estimate.small,
                    "said": metric_value(metric, row.estimate.value),
                    "people": f"{row.n:,}",
                }
            )
    values[0] |= {"said": "value", "people": "people"}
    base = alt.Chart()
    y = _y(alt, len(values))
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = _x_axis(alt, BY_NAME[metric].long_name, values=[i / 5 for i in range(6)], format="%")
    ink = alt.condition("datum.small", alt.value(_FAINT), alt.value(_BLUE))
    inside = alt.condition("datum.small", alt.value("white"), alt.value(_BLUE))
    layers = [
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2)
        .encode(y=y, x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", color=ink),
        base.transform_filter("isValid(datum.value)")
        .mark_point(size=55, opacity=1, strokeWidth=1.6)
        .encode(y=y, x=alt.X("value:Q", scale=scale, axis=axis), stroke=ink, fill=inside),
        *_names(alt, base, y),
        *(
            base.mark_text(align="right", baseline="middle", fontSize=10, color=_INK).encode(
                y=y, x=alt.value(_PLOT_WIDTH + place), text=f"{field}:N"
            )
            for field, place in (("said", 62), ("people", 122))
        ),
    ]
    if overall is not None:
        line = base.transform_filter("datum.at == 0").mark_rule(
            strokeDash=[4, 3], color=_INK, strokeWidth=1.2
        )
        layers.insert(0, line.encode(x=alt.X(datum=overall, type="quantitative", scale=scale, axis=axis)))
    return alt.layer(*layers, data=alt.Data(values=values)).properties(
        width=_PLOT_WIDTH, height=_STEP * len(values)
    )


def _disparity_chart(
    alt: Any,
    disparities: Sequence[DisparityPart],
    verdicts: Mapping[tuple[str, str, str | None], Verdict | None],
    *,
    metrics: Sequence[str],
    tau: float | None,
    domain: tuple[float, float],
) -> Any:
    low, high = domain
    found = {(d.attribute, d.group, d.metric): d for d in disparities}
    rows: list[tuple[str, str | None]] = []
    for attribute in dict.fromkeys(d.attribute for d in disparities):
        rows += [
            (attribute, None),
            *dict.fromkeys((d.attribute, d.group) for d in disparities if d.attribute == attribute),
        ]
    panels = [_capital(BY_NAME[metric].long_name) for metric in metrics]
    values: list[dict[str, Any]] = []
    for i, (attribute, group) in enumerate(rows):
        for metric, panel in zip(metrics, panels, strict=True):
            if group is None:
                row = _heading(i, attribute)
            else:
                row = _disparity_row(
                    found[attribute, group, metric], verdicts.get((attribute, group, metric)), domain
                )
            values.append({**row, "at": i, "metric": panel, "first": metric == metrics[0]})
    y = _y(alt, len(rows))
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    axis = _x_axis(alt, "ratio, log scale", values=_ratio_ticks(low, high), format="~g")
    x = alt.X("place:Q", scale=scale, axis=axis)
    kinds = list(_MARKS)
    told = [kind for kind in kinds if kind != _REFERENCE]
    legend = alt.Legend(
        title=None, orient="top", direction="horizontal", values=told, offset=10, labelColor=_INK
    )
    legend = legend if verdicts else None
    colours = alt.Scale(domain=kinds, range=[_MARKS[kind][0] for kind in kinds])
    shapes = alt.Scale(domain=kinds, range=[_MARKS[kind][1] for kind in kinds])
    base = alt.Chart()
    once = base.transform_filter("datum.at == 0")
    points = base.transform_filter("isValid(datum.place)")
    marks = points.mark_point(size=62, opacity=1, strokeWidth=1.7).encode(
        y=y,
        x=x,
        stroke=alt.Stroke("kind:N", scale=colours, legend=legend),
        shape=alt.Shape("kind:N", scale=shapes, legend=legend),
    )
    faint = alt.condition("datum.small", alt.value(_FAINT), alt.value(_INK))
    text: dict[str, Any] = {"fontSize": 10, "baseline": "middle"}

    def at(place: float) -> Any:
        return alt.X(datum=place, type="quantitative", scale=scale, axis=axis)

    layers = [
        once.mark_rule(color=_INK, strokeWidth=1).encode(x=at(1)),
        marks.transform_filter("!datum.small").encode(fill=alt.Fill("kind:N", scale=colours, legend=legend)),
        marks.transform_filter("datum.small").encode(fill=alt.value("white")),
        points.transform_filter("!datum.leftwards")
        .mark_text(align="left", dx=8, **text)
        .encode(y=y, x=x, color=faint, text="said:N"),
        points.transform_filter("datum.leftwards")
        .mark_text(align="right", dx=-8, **text)
        .encode(y=y, x=x, color=faint, text="said:N"),
        base.transform_filter("!isValid(datum.place)")
        .mark_text(align="left", fontStyle="italic", color=_FAINT, **text)
        .encode(y=y, x=alt.value(4), text="said:N"),
        *_names(alt, base.transform_filter("datum.first"), y),
    ]
    if tau is not None:
        band = once.mark_rect(color="#e4e9ee").encode(x=at(max(tau, low)), x2=alt.X2Datum(min(1 / tau, high)))
        layers.insert(0, band)
    header = alt.Header(title=None, labelFontSize=11, labelFontWeight="bold", labelColor=_INK, labelPadding=6)
    return (
        alt.layer(*layers)
        .properties(width=_PANEL_WIDTHS[len(metrics)], height=_STEP * len(rows))
        .facet(
            data=alt.Data(values=values),
            column=alt.Column("metric:N", sort=panels, header=header),
            spacing=18,
            bounds="flush",
        )
    )


def _disparity_row(
    disparity: DisparityPart, verdict: Verdict | None, domain: tuple[float, float]
) -> dict[str, Any]:
    low, high = domain
    place = None if disparity.ratio is None else min(max(disparity.ratio, low * 1.06), high / 1.06)
    place = 1.0 if disparity.is_reference else place
    return {
        "head": "",
        "name": _name(disparity.group),
        "place": place,
        "kind": _kind(disparity, verdict),
        "small": disparity.small,
        "said": _ratio_said(disparity),
        "leftwards": place is not None and _reads_leftwards(place, domain),
    }


def _heading(at: int, attribute: str) -> dict[str, Any]:
    """Give an attribute a row of its own above its groups."""
    return {"at": at, "head": _name(attribute), "name": "", "small": False, "said": "", "people": ""}


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
        base.mark_text(**text).encode(y=y, x=alt.value(-10), text="name:N"),
        base.mark_text(fontWeight="bold", **text).encode(y=y, x=alt.value(-10), text="head:N"),
    ]


def _y(alt: Any, rows: int) -> Any:
    return alt.Y(
        "at:O",
        axis=None,
        scale=alt.Scale(type="band", domain=list(range(rows)), paddingInner=0, paddingOuter=0),
    )


def _sort_key(value: float | None, *, lower: bool) -> float:
    """Sort the worst first, and those without a value last."""
    return math.inf if value is None else -value if lower else value


def _reads_leftwards(place: float, domain: tuple[float, float]) -> bool:
    """Tell on which side of a point its number stands: away from the line at 1, unless it would leave the panel."""
    low, high = domain
    part = math.log(place / low) / math.log(high / low)
    return part > 0.8 or 0.2 < part < 0.5


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


def _finished(chart: Any, title: str, subtitle: str) -> Spec:
    """Add what all figures share. The background is white by name, as a card is read on dark pages too."""
    finished = chart.properties(
        background="white",
        padding=14,
        title={
            "text": title,
            "subtitle": subtitle,
            "anchor": "start",
            "fontSize": 14,
            "subtitleFontSize": 11,
            "subtitleColor": "#52606d",
            "color": _INK,
            "offset": 16,
        },
    ).configure(font=_FONT, view={"stroke": _LINE})
    spec: Spec = finished.to_dict()
    return spec


def _kind(disparity: DisparityPart, verdict: Verdict | None) -> str:
    if disparity.is_reference:
        return _REFERENCE
    return {Verdict.FAIL: _FAIL, Verdict.PASS: _PASS}.get(verdict, _NONE) if verdict else _NONE


def _ratio_said(disparity: DisparityPart) -> str:
    if disparity.is_reference:
        return "reference"
    return "no ratio" if disparity.ratio is None else times(disparity.ratio).replace("less than ", "< ")


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


def _ratio_domain(disparities: Iterable[DisparityPart], tau: float | None) -> tuple[float, float]:
    """Choose limits that hold the tolerance and all ratios up to a limit, equally far on either side of 1."""
    widest = max(
        [1.6, *([1.15 / tau] if tau else [])]
        + [
            max(d.ratio, 1 / d.ratio) * 1.25 if d.ratio else _FARTHEST
            for d in disparities
            if d.ratio is not None
        ]
    )
    limit = min(widest, _FARTHEST)
    return 1 / limit, limit


def _ratio_ticks(low: float, high: float) -> list[float]:
    """Choose ticks within the limits, not on them, where the numbers of neighbouring panels would meet."""
    return [t for t in (0.25, 0.5, 1, 2, 4) if low * 1.1 <= t <= high / 1.1]


def _metric_alt(rows: Sequence[_Row], overall: EstimatePart, metric: str) -> str:
    long_name = BY_NAME[metric].long_name
    lower = BY_NAME[metric].better is Better.LOWER
    sound = [
        (row.estimate.value, row) for row in rows if row.estimate.value is not None and not row.estimate.small
    ]
    said = f"{_capital(long_name)} is {metric_value(metric, overall.value)} for everybody"
    if not sound:
        return f"{said}; no slice has enough people to be compared."
    ends = sorted(sound, key=lambda pair: -pair[0] if lower else pair[0])
    first, last = ends[0][1], ends[-1][1]
    return (
        f"{said}, and goes from {metric_value(metric, first.estimate.value)} ({_said_slice(first)}) to "
        f"{metric_value(metric, last.estimate.value)} ({_said_slice(last)})."
    )


def _said_slice(row: _Row) -> str:
    return f"{_name(row.attribute)} = {_name(row.group)}"


def _name(text: str) -> str:
    """Cut a name to what fits; signs that turn text around or cannot be seen are written as escapes."""
    shown = visible(text)
    return shown if len(shown) <= _NAME_LETTERS else shown[: _NAME_LETTERS - 1] + "…"


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
