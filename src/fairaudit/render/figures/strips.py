"""Strips: a row a group, whose name and people stand above the mark of its value, on one axis for all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fairaudit.render.figures import vega
from fairaudit.render.figures.parts import (
    BAND,
    BLUE,
    DATA,
    FAINT,
    INK,
    INNER,
    LETTERS,
    LINE,
    OTHER_FONT,
    SOFT,
    VERMILION,
    WEAK,
    Rows,
    Spec,
    cut,
    is_western,
    layered,
    short_name,
    small,
    text_width,
)

FAILS, EQUAL, UNTOLD, REFERENCE = "fails", "equal enough", "cannot tell", "reference"
NOT_JUDGED = "not judged"
RATE, FOLD, FEW_FOLD = "rate", "fold", "fold of few"
_UPRIGHT = "M-0.22,-1L0.22,-1L0.22,1L-0.22,1Z"
"""A bar up and down, as a path."""
MARKS: Mapping[str, tuple[str, str]] = {
    # Vermilion and blue of Okabe and Ito's palette stay apart for colour-blind readers, and shapes do in grey.
    FAILS: (VERMILION, "diamond"),
    EQUAL: (BLUE, "circle"),
    UNTOLD: (FAINT, "square"),
    REFERENCE: (INK, _UPRIGHT),
    NOT_JUDGED: (FAINT, "cross"),
    RATE: (BLUE, "circle"),
    FOLD: (INK, _UPRIGHT),
    FEW_FOLD: (FAINT, _UPRIGHT),
}
_ROW, _HEADING, _BAND_NAME = 42, 26, 18
_NAME_AT, _MARK_AT, _HALF = 12, 30, 8
"""Where a row's name and mark stand below its upper end, and how far a mark's strip reaches up and down."""
_GAP = 10
_LEAST_PLOT = 120
_DOT, _MOST_LEVELS = 6, 1
"""How wide the dot of a fold is, and how many stand above and below the middle of a row."""
_MARGIN = 10
"""Within a plot, for arrows, so that no mark lies below one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The axis of values; what lies beyond it is drawn as an arrow.

    Attributes
    ----------
    format
        Of its numbers, as D3 writes it.
    line
        A value that all are to be seen against.
    band
        Values that are shaded, and what these are called.
    """

    title: str
    low: float
    high: float
    ticks: Sequence[float]
    format: str
    is_log: bool = False
    line: float | None = None
    band: tuple[float, float] | None = None
    band_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A group's row.

    Attributes
    ----------
    name, behind
        The group, and what stands at the other end of that line.
    number
        What stands beside the mark.
    value, low, high
        The mark and its interval; ``None`` where there is none, and for `high` also where it has no end.
    endless
        Whether the interval has no upper end.
    base
        What would be there without any model.
    dots
        Values that are marked one by one.
    is_worse_off
        Whether the group is marked as the one that is worse off.
    """

    name: str
    behind: str
    number: str
    kind: str = RATE
    value: float | None = None
    low: float | None = None
    high: float | None = None
    endless: bool = False
    small: bool = False
    base: float | None = None
    dots: tuple[float, ...] = ()
    is_worse_off: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


Sections = Sequence[tuple[str, Sequence[Strip]]]
"""Headings, each with the strips below it."""


def strips_chart(sections: Sections, axis: Axis, *, data: str = DATA) -> tuple[Spec, dict[str, Rows]]:
    """Draw strips below their headings, with the axis above them."""
    numbers = [strip.number for _, strips in sections for strip in strips]
    column = max((text_width(number, LETTERS) for number in numbers), default=0)
    rows, height = _rows(sections, axis)
    gutter = max((text_width(row["beyond"], LETTERS) + _GAP for row in rows if row.get("beyond")), default=0)
    plot = max(INNER - column - _GAP - gutter, _LEAST_PLOT)
    for row in rows:
        if row.get("dots"):
            across = plot / (axis.high - axis.low)
            row["lifts"] = dodged([value * across for value in row["dots"]], _DOT)
    scale = vega.Scale(
        type="log" if axis.is_log else "linear",
        domain=[axis.low, axis.high],
        range=[gutter + _MARGIN, gutter + plot - _MARGIN],
        nice=False,
    )
    drawn = vega.Axis(
        title=axis.title,
        orient="top",
        values=list(axis.ticks),
        format=axis.format,
        domain=False,
        grid=False,
        tickColor=LINE,
        labelColor=INK,
        labelFontSize=LETTERS,
        titleColor=SOFT,
        titleFontSize=LETTERS,
        titleFontWeight="normal",
        titleAnchor="start",
        titleAlign="left",
        titleX=0,
    )
    layers = [
        *_ground(scale, drawn, axis),
        *_marks(scale, drawn, gutter=gutter, plot=plot),
        *_texts(rows, gutter=gutter),
    ]
    return layered(layers, data=data, width=INNER, height=height), {data: rows}


def _rows(sections: Sections, axis: Axis) -> tuple[Rows, float]:
    """Place headings and strips below each other, and say how high all are together."""
    down = float(_BAND_NAME if axis.band else 0)
    rows: Rows = [
        {"what": "ground", "top": down, "bottom": 0.0, "band": axis.band_name if axis.band else None}
    ]
    for heading, strips in sections:
        if heading:
            shown = short_name(heading, bold=True)
            rows.append(
                {
                    "what": "heading",
                    "head": shown,
                    "top": down,
                    "mid": down + _HEADING - 11,
                    "bottom": down + _HEADING,
                }
            )
            down += _HEADING
        for strip in strips:
            rows.append(_row(strip, axis, down))
            down += _ROW
    rows[0]["bottom"] = down
    return rows, down


def _row(strip: Strip, axis: Axis, down: float) -> dict[str, Any]:
    """Place a strip, and remember where it goes on beyond the axis."""
    value = strip.value
    is_below = value is not None and value < axis.low
    is_above = value is not None and value > axis.high
    first, last = strip.low, strip.high
    has_bar = first is not None and (last is not None or strip.endless)
    left = is_below or (has_bar and first is not None and first < axis.low)
    right = is_above or (has_bar and (last is None or last > axis.high))
    name = f"{strip.name} (worse off)" if strip.is_worse_off else strip.name
    room = INNER - text_width(strip.behind, LETTERS) - _GAP
    shown = short_name(name, width=room, bold=strip.is_worse_off)
    western = is_western(shown)
    ends = (axis.low, axis.high)
    return {
        "what": "strip",
        "group": short_name(strip.name),
        "name": shown if western and not strip.is_worse_off else "",
        "worse": shown if western and strip.is_worse_off else "",
        "other": "" if western or strip.is_worse_off else shown,
        "worse_other": shown if strip.is_worse_off and not western else "",
        "behind": strip.behind,
        "said": strip.number,
        "kind": strip.kind,
        "value": value,
        "place": None if is_below or is_above else value,
        "low": None if not has_bar or first is None else _within(first, ends),
        "high": None if not has_bar else axis.high if last is None else _within(last, ends),
        "leftwards": left,
        "rightwards": right,
        "beyond": _beyond(value if is_below else first) if left else "",
        "small": strip.small,
        "base": strip.base,
        "dots": list(strip.dots),
        "top": down,
        "line": down + _NAME_AT,
        "under": down + _MARK_AT - _HALF - 1,
        "mid": down + _MARK_AT,
        "from": down + _MARK_AT - _HALF,
        "to": down + _MARK_AT + _HALF,
        **strip.facts,
    }


def _within(value: float, ends: tuple[float, float]) -> float:
    return min(max(value, ends[0]), ends[1])


def _beyond(value: float | None) -> str:
    """Write a value that lies left of the axis."""
    if not value:
        return "0"
    return f"{value:.2f}" if abs(value) >= 0.01 else "< 0.01"


def _ground(scale: Any, axis: Any, drawn: Axis) -> list[Any]:
    """Draw what lies behind the marks: the shaded band with its name, the line, and white behind names."""
    base = vega.Chart()
    ground, named = (
        base.transform_filter("datum.what == 'ground'"),
        base.transform_filter("datum.what != 'ground'"),
    )
    top, bottom = vega.Y("top:Q", scale=None, axis=None), vega.Y2("bottom")

    def x_of(value: float) -> Any:
        return vega.X(datum=value, type="quantitative", scale=scale, axis=axis)

    layers = []
    if drawn.band is not None:
        low, high = drawn.band
        layers.append(
            ground.mark_rect(color=BAND).encode(x=x_of(low), x2=vega.X2Datum(high), y=top, y2=bottom)
        )
    layers += [
        ground.mark_rule(color=LINE, strokeWidth=1, opacity=0.7).encode(x=x_of(tick), y=top, y2=bottom)
        for tick in drawn.ticks
    ]
    if drawn.line is not None:
        layers.append(ground.mark_rule(color=INK, strokeWidth=1).encode(x=x_of(drawn.line), y=top, y2=bottom))
    white = {"color": "white", "strokeWidth": 0}
    layers += [
        named.transform_filter("datum.what == 'strip'")
        .mark_rect(**white)
        .encode(x=vega.XValue(0), x2=vega.X2Value(INNER), y=top, y2=vega.Y2("under")),
        named.transform_filter("datum.what == 'heading'")
        .mark_rect(**white)
        .encode(x=vega.XValue(0), x2=vega.X2Value(INNER), y=top, y2=bottom),
    ]
    if drawn.band is not None:
        middle = (drawn.band[0] * drawn.band[1]) ** 0.5 if drawn.is_log else sum(drawn.band) / 2
        layers.append(
            ground.mark_text(align="center", baseline="middle", fontSize=LETTERS, color=SOFT).encode(
                x=x_of(middle), y=vega.YValue(_BAND_NAME / 2), text=vega.Text("band", type="nominal")
            )
        )
    return layers


def _marks(scale: Any, axis: Any, *, gutter: float, plot: float) -> list[Any]:
    """Draw intervals, and arrows where these or marks lie beyond the axis; then the marks."""
    base = vega.Chart().transform_filter("datum.what == 'strip'")
    mid = vega.Y("mid:Q", scale=None, axis=None)
    kinds = list(MARKS)
    colours = vega.Scale(domain=kinds, range=[MARKS[kind][0] for kind in kinds])
    shapes = vega.Scale(domain=kinds, range=[MARKS[kind][1] for kind in kinds])
    colour = vega.Color("kind:N", scale=colours, legend=None)

    def x(field: str) -> Any:
        return vega.X(f"{field}:Q", scale=scale, axis=axis)

    def arrow(field: str, place: float, shape: str) -> Any:
        return (
            base.transform_filter(f"datum.{field}")
            .mark_point(shape=shape, size=40, filled=True)
            .encode(y=mid, x=vega.XValue(place), color=colour)
        )

    points = (
        base.transform_filter("isValid(datum.place)")
        .mark_point(size=60, opacity=1, strokeWidth=1.6)
        .encode(
            y=mid,
            x=x("place"),
            stroke=vega.Stroke("kind:N", scale=colours, legend=None),
            shape=vega.Shape("kind:N", scale=shapes, legend=None),
        )
    )
    return [
        base.transform_filter("isValid(datum.base)")
        .mark_rule(color=FAINT, strokeWidth=1.5, strokeDash=[3, 2])
        .encode(y=vega.Y("from:Q", scale=None, axis=None), y2=vega.Y2("to"), x=x("base")),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2)
        .encode(
            y=mid, x=x("low"), x2=vega.X2("high"), color=colour, opacity=small(vega.OpacityValue, WEAK, 1)
        ),
        arrow("leftwards", gutter + 4, "triangle-left"),
        arrow("rightwards", gutter + plot - 4, "triangle-right"),
        _dots(base, x("dots")),
        points.transform_filter("!datum.small").encode(fill=vega.Fill("kind:N", scale=colours, legend=None)),
        points.transform_filter("datum.small").encode(fill=vega.FillValue("white")),
    ]


def _dots(base: Any, x: Any) -> Any:
    """Draw values one by one, lifted where they would meet."""
    lifted = (
        base.transform_filter("datum.lifts")
        .transform_flatten(["dots", "lifts"])
        .transform_calculate(lifted="datum.mid - datum.lifts")
    )
    dot = {"shape": "circle", "size": _DOT * _DOT, "filled": True, "opacity": 1, "color": BLUE}
    return lifted.mark_point(**dot, stroke="white", strokeWidth=0.6).encode(
        y=vega.Y("lifted:Q", scale=None, axis=None), x=x
    )


def _texts(rows: Rows, *, gutter: float) -> list[Any]:
    """Write names, and what stands beside names and marks; as data, which Vega never looks at again."""
    base = vega.Chart()
    styles: tuple[tuple[str, str, float, str, Mapping[str, Any]], ...] = (
        ("head", "mid", 0, "left", {"fontWeight": "bold", "color": INK, "fontSize": LETTERS + 1}),
        ("name", "line", 0, "left", {"color": INK}),
        ("worse", "line", 0, "left", {"color": VERMILION, "fontWeight": "bold"}),
        ("other", "line", 0, "left", {"color": INK, "font": OTHER_FONT}),
        ("worse_other", "line", 0, "left", {"color": VERMILION, "font": OTHER_FONT}),
        ("behind", "line", INNER, "right", {"color": SOFT}),
        ("said", "mid", INNER, "right", {"color": INK}),
        ("beyond", "mid", gutter - 4, "right", {"color": INK}),
    )
    return [
        base.transform_filter(f"isValid(datum.{name}) && datum.{name} != ''")
        .mark_text(
            **{
                "align": align,
                "baseline": "middle",
                "fontSize": LETTERS,
                **cut(rows, name, INNER, LETTERS),
                **more,
            }
        )
        .encode(
            x=vega.XValue(across),
            y=vega.Y(f"{down}:Q", scale=None, axis=None),
            text=vega.Text(name, type="nominal"),
        )
        for name, down, across, align, more in styles
    ]


def dodged(places: Sequence[float], size: float) -> list[float]:
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


def legend_chart(kinds: Sequence[str]) -> tuple[Spec, dict[str, Rows]]:
    """Say what the marks mean."""
    rows: Rows = []
    across, down = 6.0, 8
    for kind in kinds:
        width = 10 + text_width(kind, LETTERS)
        if across + width > INNER:
            across, down = 6.0, down + 16
        rows.append({"kind": kind, "x": across, "beside": across + 10, "y": down})
        across += width + 22
    base = vega.Chart()
    known = list(MARKS)
    colours = vega.Scale(domain=known, range=[MARKS[kind][0] for kind in known])
    shapes = vega.Scale(domain=known, range=[MARKS[kind][1] for kind in known])
    layers = [
        base.mark_point(size=60, filled=True, opacity=1).encode(
            x=vega.X("x:Q", scale=None, axis=None),
            y=vega.Y("y:Q", scale=None, axis=None),
            color=vega.Color("kind:N", scale=colours, legend=None),
            shape=vega.Shape("kind:N", scale=shapes, legend=None),
        ),
        base.mark_text(align="left", baseline="middle", fontSize=LETTERS, color=INK).encode(
            x=vega.X("beside:Q", scale=None, axis=None),
            y=vega.Y("y:Q", scale=None, axis=None),
            text=vega.Text("kind", type="nominal"),
        ),
    ]
    return layered(layers, data="legend", width=INNER, height=down + 8), {"legend": rows}
