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

_FONT = "Liberation Sans, DejaVu Sans, Arial, Helvetica, sans-serif"
"""vl-convert brings the first along, so that a picture does not depend on the machine's fonts."""
_INK, _FAINT, _LINE = "#1f2933", "#7b8794", "#c3ccd5"
_STEP = 20
_NAME_WIDTH = 230
_NAME_LETTERS = 38
_PANEL_WIDTHS = {1: 380, 2: 240, 3: 175}
"""By the number of panels side by side."""
_PLOT_WIDTH = 380
_HEAD = -12
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
    if (
        performance is not None
        and (metric := main_metric(performance.overall))
        and _rows(performance, metric)
    ):
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
    left_out = (
        f"; {len(rows) - len(shown):,} of {len(rows):,} slices are left out" if len(shown) < len(rows) else ""
    )
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
    verdicts = (
        {} if fairness is None else {(p.attribute, p.group, p.metric): p.verdict for p in fairness.parities}
    )
    tau = None if fairness is None else fairness.tau
    shown = [d for d in bias.disparities if (d.attribute, d.group) in kept and d.metric in metrics]
    domain = _ratio_domain(shown, tau)
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
                        width=_PANEL_WIDTHS[len(metrics)],
                        first=metric == metrics[0],
                        last=last,
                    )
                    for metric in metrics
                ),
                spacing=18,
                bounds="flush",
            )
        )
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
    spec = _finished(
        alt.vconcat(*lines, spacing=14), title, f"{said}line at 1: the same rate{small}{edge}{left_out}"
    )
    worst = worst_disparities(bias, metrics=metrics).worst
    alt_text = (
        f"{finding(worst[0])}. It ranks first of {len(worst):,} disparities that rest on enough people."
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
        rows,
        key=lambda r: (
            math.inf if r.estimate.value is None else -r.estimate.value if lower else r.estimate.value
        ),
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
        axis=_x_axis(
            alt,
            BY_NAME[metric].long_name if last else None,
            labels=last,
            values=[i / 5 for i in range(6)],
            format="%",
        ),
    )
    ink = alt.condition("datum.small", alt.value(_FAINT), alt.value("#0072b2"))
    base = alt.Chart(data)
    layers = [
        base.mark_rule(strokeWidth=2).encode(y=y, x=_on(alt, x, "low"), x2="high:Q", color=ink),
        base.mark_point(size=55, opacity=1, strokeWidth=1.6).encode(
            y=y, x=x, stroke=ink, fill=alt.condition("datum.small", alt.value("white"), alt.value("#0072b2"))
        ),
        *_name_layers(alt, base, y, rows[0].attribute),
        *_column(alt, base, y, "said", "value", _PLOT_WIDTH + 62),
        *_column(alt, base, y, "people", "people", _PLOT_WIDTH + 122),
    ]
    overall = document.overall.metrics[metric].value
    if overall is not None:
        line = alt.Chart(alt.Data(values=[{"value": overall}]))
        layers.insert(0, line.mark_rule(strokeDash=[4, 3], color=_INK, strokeWidth=1.2).encode(x=x))
    return alt.layer(*layers).properties(width=_PLOT_WIDTH, height=_STEP * len(rows))


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
    width: int,
    first: bool,
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
                "said": _ratio_said(d),
                "leftwards": place is not None and _reads_leftwards(place, domain),
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
    legend = (
        alt.Legend(
            title=None,
            orient="top",
            values=[k for k in kinds if k != _REFERENCE],
            symbolOpacity=1,
            direction="horizontal",
            offset=14,
            labelColor=_INK,
        )
        if verdicts
        else None
    )
    colours = alt.Scale(domain=kinds, range=[_MARKS[k][0] for k in kinds])
    shapes = alt.Scale(domain=kinds, range=[_MARKS[k][1] for k in kinds])
    points = base.transform_filter("isValid(datum.place)")
    marks = points.mark_point(size=62, opacity=1, strokeWidth=1.7).encode(
        y=y,
        x=x,
        stroke=alt.Stroke("kind:N", scale=colours, legend=legend),
        shape=alt.Shape("kind:N", scale=shapes, legend=legend),
    )
    layers: list[Any] = []
    if tau is not None:
        band = alt.Chart(alt.Data(values=[{"place": max(tau, low), "to": min(1 / tau, high)}]))
        layers.append(band.mark_rect(color="#e4e9ee").encode(x=x, x2="to:Q"))
    layers += [
        alt.Chart(alt.Data(values=[{"place": 1.0}])).mark_rule(color=_INK, strokeWidth=1).encode(x=x),
        marks.transform_filter("!datum.small").encode(fill=alt.Fill("kind:N", scale=colours, legend=legend)),
        marks.transform_filter("datum.small").encode(fill=alt.value("white")),
    ]
    said = {"y": y, "text": alt.Text("said:N")}
    faint = alt.condition("datum.small", alt.value(_FAINT), alt.value(_INK))
    text = {"fontSize": 10, "baseline": "middle"}
    layers += [
        points.transform_filter("!datum.leftwards")
        .mark_text(align="left", dx=8, **text)
        .encode(x=x, color=faint, **said),
        points.transform_filter("datum.leftwards")
        .mark_text(align="right", dx=-8, **text)
        .encode(x=x, color=faint, **said),
        base.transform_filter("!isValid(datum.place)")
        .mark_text(align="left", fontStyle="italic", color=_FAINT, **text)
        .encode(x=alt.value(4), **said),
    ]
    layers += _name_layers(alt, base, y, attribute) if first else []
    heading = alt.Chart(alt.Data(values=[{"head": _capital(BY_NAME[metric].long_name)}]))
    layers.append(
        heading.mark_text(
            align="center", baseline="middle", fontSize=11, fontWeight="bold", color=_INK
        ).encode(x=alt.value(width / 2), y=alt.value(_HEAD), text="head:N")
    )
    return alt.layer(*layers).properties(width=width, height=_STEP * len(groups))


def _name_layers(alt: Any, base: Any, y: Any, attribute: str) -> list[Any]:
    """Write the groups' names beside a panel, and the attribute's above them; as text, which is never looked at again."""
    names = {"align": "right", "baseline": "middle", "fontSize": 11, "limit": _NAME_WIDTH, "color": _INK}
    head = alt.Chart(alt.Data(values=[{"name": _name(attribute)}]))
    return [
        base.mark_text(**names).encode(y=y, x=alt.value(-10), text="name:N"),
        head.mark_text(**{**names, "fontWeight": "bold"}).encode(
            y=alt.value(_HEAD), x=alt.value(-10), text="name:N"
        ),
    ]


def _column(alt: Any, base: Any, y: Any, field: str, head: str, place: int) -> list[Any]:
    """Write a column of numbers to the right of a panel."""
    numbers = {"align": "right", "baseline": "middle", "fontSize": 10, "color": _INK}
    heading = alt.Chart(alt.Data(values=[{"head": head}]))
    return [
        base.mark_text(**numbers).encode(y=y, x=alt.value(place), text=f"{field}:N"),
        heading.mark_text(**{**numbers, "color": _FAINT}).encode(
            y=alt.value(_HEAD), x=alt.value(place), text="head:N"
        ),
    ]


def _on(alt: Any, x: Any, field: str) -> Any:
    """Give the same axis to another field, since axes of layers are merged."""
    return alt.X(f"{field}:Q", scale=x["scale"], axis=x["axis"])


def _reads_leftwards(place: float, domain: tuple[float, float]) -> bool:
    """Tell on which side of a point its number stands: away from the line at 1, unless it would leave the panel."""
    low, high = domain
    part = math.log(place / low) / math.log(high / low)
    return part > 0.8 or 0.2 < part < 0.5


def _rows_scale(alt: Any, rows: int) -> Any:
    return alt.Scale(type="band", domain=list(range(rows)), paddingInner=0, paddingOuter=0)


def _x_axis(alt: Any, title: str | None, *, labels: bool, **more: Any) -> Any:
    """Draw light grid lines in every panel, but numbers and the title below the last one only."""
    return alt.Axis(
        title=title,
        labels=labels,
        ticks=labels,
        labelFlush=False,
        domain=False,
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
    farthest = list(dict.fromkeys((d.attribute, d.group) for d in (*ranked.worst, *ranked.small)))[:MOST_ROWS]
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


def _attributes(rows: Iterable[_Row]) -> list[str]:
    return list(dict.fromkeys(row.attribute for row in rows))


def _with_last(names: Sequence[str]) -> list[tuple[str, bool]]:
    return [(name, i == len(names) - 1) for i, name in enumerate(names)]


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
