"""The figure of calibration by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairaudit.documents.audit import (
    ScoresDocument,
)
from fairaudit.documents.calibration import Calibration, calibrate, calibrate_groups
from fairaudit.render.figures.parts import (
    BLUE,
    CALIBRATION_FIGURE,
    DATA,
    FAINT,
    INK,
    LINE,
    SOFT,
    SUBTITLE_LETTERS,
    VERMILION,
    WEAK,
    WIDE_LETTERS,
    Figure,
    Rows,
    finished,
    left_out,
    short_name,
    small,
    value_axis,
)
from fairaudit.render.words.findings import calibration_finding
from fairaudit.render.words.values import count_text, metric_value, people_counted

MOST_CURVES = 6
"""How many groups have a panel of their scores."""
_CURVE_WIDTHS = {1: 300, 2: 260, 3: 190}
_CURVE_LETTERS = 31
_STRIP = 0.34
"""Height of the strip that counts people, below the curve, as a share of the curve's."""
_BAR = 0.2
_TENTH_MARKS: dict[str, tuple[str, str]] = {
    "off": (VERMILION, "diamond"),
    "near": (BLUE, "circle"),
    "few": (FAINT, "circle"),
}


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
    subtitle = [
        "Up: share with label 1",
        "across: mean score, by tenths of the score",
        "dashed: as the scores promise",
        "grey line: everybody",
        f"bars up are {confidence:.0%} intervals",
        f"diamonds: the score lies outside, as about 1 in {round(1 / (1 - confidence))} does by chance",
    ]
    if any(tenth.small for group in shown for tenth in group.tenths):
        subtitle.append("hollow: few people")
    subtitle += left_out(len(shown), len(groups), "groups")
    alt_text = f"{calibration_finding(shown, confidence=confidence)}."
    title = "Calibration by group"
    spec = finished(
        lambda alt: _calibration_chart(alt, shown, everybody),
        title,
        subtitle,
        alt_text,
        offset=18,
        letters=WIDE_LETTERS if len(shown) > 1 else SUBTITLE_LETTERS,
    )
    return Figure(name=CALIBRATION_FIGURE, title=title, alt=alt_text, spec=spec)


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
    x_axis = value_axis(alt, "mean score", values=fifths, format=".1f")
    y_axis = value_axis(alt, "share with label 1", values=fifths, format=".0%", titleY=size / 2)
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
        frame.mark_rule(color=FAINT, strokeWidth=1, strokeDash=[4, 3]).encode(
            x=alt.X(datum=0, **x), y=alt.Y(datum=0, **y), x2=alt.X2Datum(1), y2=alt.Y2Datum(1)
        ),
        everyone.mark_line(color=LINE, strokeWidth=2.5).encode(
            x=alt.X("score", **x), y=alt.Y("share", **y), order=alt.Order("score:Q")
        ),
        tenths.mark_rule(strokeWidth=1.6).encode(
            x=alt.X("score", **x),
            y=alt.Y("low", **y),
            y2=alt.Y2("high"),
            color=colour,
            opacity=small(alt.OpacityValue, WEAK, 1),
        ),
        points.transform_filter("!datum.small").encode(fill=alt.Fill("kind:N", scale=colours, legend=None)),
        points.transform_filter("datum.small").encode(fill=alt.FillValue("white")),
        tenths.mark_rect(color=LINE).encode(
            x=alt.X("left", **x), x2=alt.X2("right"), y=alt.Y("bar", **y), y2=alt.Y2Datum(-_STRIP)
        ),
        frame.mark_rule(color=LINE, strokeWidth=1).encode(y=alt.Y(datum=0, **y)),
    ]
    layers += _panel_texts(alt, frame, size)
    chart = (
        alt.layer(*layers)
        .properties(width=size, height=height)
        .facet(
            data=alt.NamedData(DATA),
            facet=alt.Facet(
                "panel:O", header=alt.Header(title=None, labelExpr="''", labelPadding=0, labelFontSize=1)
            ),
            columns=columns,
            spacing={"row": 84, "column": 62},
            bounds="flush",
        )
        .resolve_axis(x="independent", y="independent")
    )
    return chart, {DATA: values}


def _panel_texts(alt: Any, frame: Any, size: int) -> list[Any]:
    """Write above a panel whose it is, and below how many people its strip counts."""
    text: dict[str, Any] = {"align": "left", "baseline": "middle", "limit": size}
    return [
        frame.mark_text(color=ink, fontSize=letters, fontWeight=weight, **text).encode(
            x=alt.XValue(across), y=alt.YValue(down), text=alt.Text(field, type="nominal")
        )
        for field, across, down, letters, weight, ink in (
            ("head", 0, -46, 11, "bold", INK),
            ("name", 0, -26, 11, "bold", INK),
            ("people", 0, -11, 10, "normal", SOFT),
            ("most", 5, size + 11, 10, "normal", SOFT),
        )
    ]


def _curve_rows(panel: int, group: Calibration, everybody: Calibration | None) -> Rows:
    """Give one panel its texts, everybody's curve and the tenths."""
    share = metric_value("prev", group.positives / group.people)
    most = max(tenth.people for tenth in group.tenths)
    frame = {
        "panel": panel,
        "what": "frame",
        "head": short_name(group.attribute) if panel == 0 else "",
        "name": short_name(group.group, letters=_CURVE_LETTERS),
        "people": f"{people_counted(group.people)}, {share} with label 1",
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
