"""The figure of every group's disparity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fairaudit.documents.audit import (
    BiasDocument,
    DisparityPart,
    FairnessDocument,
)
from fairaudit.documents.parts import Verdict
from fairaudit.documents.ranking import worst_disparities
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.figures.parts import (
    BAND,
    BLUE,
    DATA,
    DISPARITY_FIGURE,
    FAINT,
    INK,
    MOST_ROWS,
    STEP,
    SUBTITLE_LETTERS,
    TEXT,
    VERMILION,
    WEAK,
    WIDE_LETTERS,
    Figure,
    Rows,
    finished,
    heading,
    left_out,
    name_fields,
    names,
    ratio_metrics,
    row_axis,
    small,
    value_axis,
)
from fairaudit.render.words.findings import short_finding
from fairaudit.render.words.names import capital
from fairaudit.render.words.values import times, tolerance
from fairaudit.settings.limits import Band
from fairaudit.slices.grammar import EVERYBODY_ELSE

MOST_METRICS = 3
"""How many metrics have a panel beside each other."""
_PANEL_WIDTHS = {1: 380, 2: 240, 3: 185}
"""By the number of panels side by side."""
_FARTHEST = 8.0
"""Ratios beyond this, or below its inverse, are drawn at the edge; their number is printed."""
_EDGE = 12
_WIDE_FROM = 2.5
_RATIO_COLUMN = 48

_FAIL, _PASS, _NONE = "fails", "passes", "undecided"
_REFERENCE = "reference"
_MARKS: dict[str, tuple[str, str]] = {
    # Vermilion and blue of Okabe and Ito's palette stay apart for colour-blind readers, and shapes do in grey.
    _FAIL: (VERMILION, "diamond"),
    _PASS: (BLUE, "circle"),
    _NONE: (FAINT, "square"),
    _REFERENCE: (INK, "stroke"),
}


def disparity_figure(bias: BiasDocument, fairness: FairnessDocument | None) -> Figure:
    """Lay out every group's ratio to its reference group with its interval, one panel a metric, on a log axis.

    The band is the tolerance, 1 the reference. Verdicts differ in colour and in shape; what rests on few people is hollow. The metrics
    are those that form the verdict; of more than three, those with the worst disparities.

    Parameters
    ----------
    fairness
        Gives the verdicts; without it those of the disparities themselves are shown.
    """
    known = ratio_metrics(bias)
    ranked = worst_disparities(bias, metrics=known)
    worst_first = list(dict.fromkeys([*(d.metric for d in ranked), *known]))[:MOST_METRICS]
    metrics = [metric for metric in known if metric in worst_first]
    groups = list(dict.fromkeys((d.attribute, d.group) for d in bias.disparities))
    kept = _farthest_groups(bias, metrics, groups)
    band = bias.band
    tau = float(band.low or 0)
    verdicts = _verdicts(bias, fairness)
    shown = [d for d in bias.disparities if (d.attribute, d.group) in kept and d.metric in metrics]
    farthest = _farthest_ratio(shown, tau)
    edge = _ratio_edge(farthest, _PANEL_WIDTHS[len(metrics)])
    placed = [
        (d, _disparity_row(d, verdicts.get(_key(d)), farthest=farthest, edge=edge, band=band)) for d in shown
    ]
    title, line = _reference_texts(bias)
    subtitle = [
        f"Band: tolerance {tolerance(band)}",
        f"line at 1: {line}",
        *_legend(placed, farthest, confidence=bias.settings.confidence),
    ]
    if len(metrics) < len(known):
        subtitle.append(f"{len(metrics)} of {len(known)} metrics are shown")
    subtitle += left_out(len(kept), len(groups), "groups")
    alt_text = (
        f"{short_finding(ranked[0], bias.tolerance)}, the first of {len(ranked):,} disparities."
        if ranked
        else "No group has a ratio to its reference group."
    )
    letters = WIDE_LETTERS if len(metrics) > 1 else SUBTITLE_LETTERS
    spec = finished(
        lambda alt: _disparity_chart(
            alt,
            placed,
            metrics=metrics,
            tau=tau,
            farthest=farthest,
            told=bool(verdicts),
        ),
        title,
        subtitle,
        alt_text,
        letters=letters,
    )
    return Figure(name=DISPARITY_FIGURE, title="Disparity per group", alt=alt_text, spec=spec)


def _key(disparity: DisparityPart) -> tuple[str, str, str | None]:
    return disparity.attribute, disparity.group, disparity.metric


def _verdicts(
    bias: BiasDocument, fairness: FairnessDocument | None
) -> dict[tuple[str, str, str | None], Verdict | None]:
    """Return the verdict on each group in each metric."""
    if fairness is not None:
        return {(p.attribute, p.group, p.metric): p.verdict for p in fairness.parities}
    return {_key(d): d.verdict for d in bias.disparities}


def _legend(
    shown: Sequence[tuple[DisparityPart, Mapping[str, Any]]], farthest: float, *, confidence: float
) -> list[str]:
    """Say what the marks mean that there are."""
    rows = [row for _, row in shown]
    parts = []
    if any(row["low"] is not None for row in rows):
        narrow = {row["kind"] for d, row in shown if d.resting[0] == 90}
        others = f", and 90% where {'it passes' if narrow == {_PASS} else 'these decide'}" if narrow else ""
        wide = {d.resting[0] for d, _ in shown if d.ratio_ci_corrected is not None}
        corrected = " or ".join(f"{level}%" for level in sorted(wide))
        others += f", and {corrected} where only all comparisons together leave it open" if wide else ""
        parts.append(f"bars are {confidence:.0%} intervals{others}")
    if any(row["leftwards"] or row["rightwards"] for row in rows):
        parts.append("arrows: it goes on beyond the axis")
    if any(row["small"] for row in rows if row["place"] is not None and row["kind"] != _REFERENCE):
        parts.append("hollow: few people")
    if any(d.ratio is not None and not 1 / farthest <= d.ratio <= farthest for d, _ in shown):
        parts.append(f"at the edge: beyond {1 / farthest:.3g} or {farthest:.3g}")
    return parts


def _disparity_chart(
    alt: Any,
    shown: Sequence[tuple[DisparityPart, dict[str, Any]]],
    *,
    metrics: Sequence[str],
    tau: float,
    farthest: float,
    told: bool,
) -> tuple[Any, dict[str, Rows]]:
    panels = [capital(BY_NAME[metric].long_name) for metric in metrics]
    values, lines = _panel_rows(shown, metrics, panels)
    width = _PANEL_WIDTHS[len(metrics)]
    high = _ratio_edge(farthest, width)
    low = 1 / high
    y = row_axis(alt, lines)
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    axis = value_axis(alt, "ratio, log scale", values=_ratio_ticks(farthest), format="~g")
    kinds = list(_MARKS)
    legend = (
        alt.Legend(
            title=None,
            orient="top",
            direction="horizontal",
            values=[kind for kind in kinds if kind != _REFERENCE],
            offset=10,
            labelColor=INK,
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
        INK, condition={"test": f"datum.small || datum.kind == '{_REFERENCE}'", "value": FAINT}
    )
    weak = small(alt.OpacityValue, WEAK, 1)

    def at(place: float) -> Any:
        return alt.X(datum=place, type="quantitative", scale=scale, axis=axis)

    def arrow(field: str, place: int, shape: str) -> Any:
        return (
            base.transform_filter(f"datum.{field}")
            .mark_point(shape=shape, size=26, filled=True)
            .encode(y=y, x=alt.XValue(place), color=colour, opacity=weak)
        )

    layers = [
        once.mark_rule(color=INK, strokeWidth=1).encode(x=at(1)),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=1.6)
        .encode(y=y, x=alt.X("low:Q", scale=scale, axis=axis), x2=alt.X2("high"), color=colour, opacity=weak),
        arrow("leftwards", 4, "triangle-left"),
        arrow("rightwards", width - 4, "triangle-right"),
        marks.transform_filter("!datum.small").encode(fill=alt.Fill("kind:N", scale=colours, legend=legend)),
        marks.transform_filter("datum.small").encode(fill=alt.FillValue("white")),
        base.mark_text(align="right", limit=_RATIO_COLUMN - 4, **TEXT).encode(
            y=y, x=alt.XValue(width + _RATIO_COLUMN), text=alt.Text("said", type="nominal"), color=faint
        ),
        *names(alt, base.transform_filter("datum.first"), y),
    ]
    band = once.mark_rect(color=BAND).encode(x=at(max(tau, low)), x2=alt.X2Datum(min(1 / tau, high)))
    layers.insert(0, band)
    header = alt.Header(title=None, labelFontSize=11, labelFontWeight="bold", labelColor=INK, labelPadding=6)
    chart = (
        alt.layer(*layers)
        .properties(width=width, height=STEP * lines)
        .facet(
            data=alt.NamedData(DATA),
            column=alt.Column("metric:N", sort=panels, header=header),
            spacing=_RATIO_COLUMN + 16,
            bounds="flush",
        )
    )
    return chart, {DATA: values}


def _panel_rows(
    shown: Sequence[tuple[DisparityPart, dict[str, Any]]], metrics: Sequence[str], panels: Sequence[str]
) -> tuple[Rows, int]:
    """Lay every group out once for each panel, below its attribute, and count the lines of a panel."""
    row_of = {(d.attribute, d.group, d.metric): row for d, row in shown}
    rows: list[tuple[str, str | None]] = []
    for attribute in dict.fromkeys(d.attribute for d, _ in shown):
        rows += [
            (attribute, None),
            *dict.fromkeys((d.attribute, d.group) for d, _ in shown if d.attribute == attribute),
        ]
    values: Rows = []
    for i, (attribute, group) in enumerate(rows):
        for metric, panel in zip(metrics, panels, strict=True):
            row = heading(i, attribute) if group is None else row_of[attribute, group, metric]
            values.append({**row, "at": i, "metric": panel, "first": metric == metrics[0]})
            if i == 0:
                values[-1]["said"] = "ratio"
    return values, len(rows)


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
        **name_fields(disparity.group),
        "place": 1.0 if disparity.is_reference else place,
        "kind": kind,
        "low": min(max(first, low), high) if interval else None,
        "high": (high if last is None else min(max(last, low), high)) if interval else None,
        "leftwards": first < low,
        "rightwards": last is None or last > high,
        "small": disparity.small,
        "said": _ratio_said(disparity, band),
    }


def _reference_texts(bias: BiasDocument) -> tuple[str, str]:
    """Say what ratios are divided by: in the title, and at the line at 1."""
    references = list(bias.references.values())
    begin = "Disparity: each group's rate divided by"
    if references and all(reference == EVERYBODY_ELSE for reference in references):
        return f"{begin} everybody else's", "everybody else's rate"
    if references and not any(isinstance(reference, str) for reference in references):
        return f"{begin} the lowest group's", "the group with the lowest rate, metric by metric"
    return f"{begin} its reference group's", "the reference group's rate"


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


def _farthest_ratio(disparities: Iterable[DisparityPart], tau: float) -> float:
    """Choose how far from 1 points are drawn, to either side: it holds the tolerance, and all ratios up to a limit."""
    widest = max(
        [1.6, 1.15 / tau]
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
