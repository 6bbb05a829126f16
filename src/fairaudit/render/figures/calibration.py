"""The figures of calibration by group: one an attribute."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fairaudit.documents.audit import BiasDocument, FairnessDocument, ScoresDocument
from fairaudit.documents.calibration import (
    Calibration,
    ScoreBins,
    calibrate_groups,
    calibrate_part,
    score_bins,
    telling_attribute,
)
from fairaudit.documents.order import order_groups, order_of
from fairaudit.render.escape import visible
from fairaudit.render.figures import vega
from fairaudit.render.figures.parts import (
    BLUE,
    CALIBRATION_FIGURE,
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
    Figure,
    Rows,
    Spec,
    cut,
    finished,
    is_western,
    layered,
    left_out,
    short_name,
    small,
)
from fairaudit.render.words.people import Words, attribute_text, words_of
from fairaudit.render.words.pictures import calibration_title, group_name, of_whom, share_positive
from fairaudit.render.words.values import count_text

MOST_CURVES = 6
"""How many groups have a panel of their scores."""
MOST_ATTRIBUTES = 6
"""How many attributes have a figure of their own."""
CALIBRATION_FIGURES = (
    CALIBRATION_FIGURE,
    *(f"{CALIBRATION_FIGURE}_{number}" for number in range(2, MOST_ATTRIBUTES + 1)),
)
"""The names of all that there can be: the first is of the attribute to look at first."""
_GAP, _AXIS, _RIGHT = 16, 34, 10
"""Between two panels, what the numbers beside a panel take, and half of the last number below it."""
_STRIP = 0.34
"""Height of the strip that counts people, below the curve, as a share of the curve's."""
_BAR = 0.2
_MOST_LABELS, _SHORT, _CLIPPED = 12, 2, 8
"""Of how many ranks, of so many letters, all are named at an axis; letters of the others."""
_TENTH_MARKS: dict[str, tuple[str, str]] = {
    "off": (VERMILION, "diamond"),
    "near": (BLUE, "circle"),
    "few": (FAINT, "circle"),
}


def calibration_figures(
    document: ScoresDocument, *, bias: BiasDocument | None, fairness: FairnessDocument | None
) -> list[Figure]:
    """Lay out calibration by the groups of each attribute, first of that with the worst finding."""
    first = telling_attribute(document, bias=bias, fairness=fairness)
    attributes = dict.fromkeys(part.attribute for part in document.groups)
    ordered = sorted(attributes, key=lambda attribute: attribute != first)
    with_scores = [a for a in ordered if calibrate_groups(document, attribute=a)]
    return [
        calibration_figure(document, attribute=attribute, bias=bias, name=name)
        for attribute, name in zip(with_scores, CALIBRATION_FIGURES, strict=False)
    ]


def calibration_figure(
    document: ScoresDocument,
    *,
    attribute: str,
    bias: BiasDocument | None = None,
    name: str = CALIBRATION_FIGURE,
) -> Figure:
    """Lay out calibration by group: for every tenth of the scores its mean against the share with label 1, one panel a group.

    Below each curve stands how many people each tenth holds. Everybody's curve is drawn behind.

    Parameters
    ----------
    document
        With labels, and scores that are probabilities.
    attribute
        Whose groups are shown: of more than six, those with the most people.
    bias
        Gives the order of groups; without it that is told by how far scores and labels part.
    """
    words = words_of(document.settings)
    groups = calibrate_groups(document, attribute=attribute)
    shown = _ordered(groups[:MOST_CURVES], bias)
    confidence = document.settings.confidence
    everybody = calibrate_part(document, document.overall)
    bins = score_bins(document)
    title = calibration_title(shown, words, bins)
    notes = [
        f"Grey line: everybody. Bars up: {confidence:.0%} intervals.",
        "At the foot of each panel: how many people each score has.",
    ]
    if not bins.are_ranks:
        notes = [
            f"Dashed: as the scores promise. {notes[0]}",
            f"Diamonds: the score lies outside, as about 1 in {round(1 / (1 - confidence))} does by chance.",
            "At the foot of each panel: how many people each tenth holds.",
        ]
    if any(tenth.small for group in shown for tenth in group.tenths):
        notes[-1] += " Hollow: few people."
    notes += left_out(len(shown), len(groups), "groups", file="scores.json")
    spec = finished(
        _calibration_chart(shown, everybody, bins, words),
        title=title,
        lines=[
            (
                f"Calibration by {attribute_text(attribute, words)}. Across: {'the score' if bins.are_ranks else 'the mean score, by tenths'}; "
                f"up: how many are {share_positive(words)}."
            )
        ],
        notes=[" ".join(notes)],
        alt_text=visible(f"{title}."),
        left=_AXIS,
    )
    return Figure(name=name, title=visible(title), alt=visible(f"{title}."), spec=spec)


def _ordered(groups: Sequence[Calibration], bias: BiasDocument | None) -> list[Calibration]:
    by_name = {group.group: group for group in groups}
    attribute = groups[0].attribute
    if bias is not None and any(d.attribute == attribute for d in bias.disparities):
        worst_first = order_of(bias, attribute)
    else:

        def distance(group: Calibration) -> float:
            return max((tenth.distance for tenth in group.tenths if not tenth.small), default=0.0)

        worst_first = [group.group for group in sorted(groups, key=distance, reverse=True)]
    return [by_name[name] for name in order_groups(by_name, worst_first=worst_first)]


def _calibration_chart(
    groups: Sequence[Calibration], everybody: Calibration | None, bins: ScoreBins, words: Words
) -> tuple[Spec, dict[str, Rows]]:
    columns = min(len(groups), 2)
    size = (INNER - _RIGHT - (columns - 1) * _GAP) // columns - _AXIS
    height = round(size * (1 + _STRIP))
    values = [
        row
        for panel, group in enumerate(groups)
        for row in _curve_rows(panel, group, everybody, words, width=size + _AXIS)
    ]
    halves = [0, 0.5, 1]
    x_scale = vega.Scale(domain=[0, 1], nice=False)
    y_scale = vega.Scale(domain=[-_STRIP, 1], nice=False)
    across = _ranks_axis(bins) if bins.are_ranks else _axis(halves, ".1f")
    x = {"type": "quantitative", "scale": x_scale, "axis": across}
    y = {"type": "quantitative", "scale": y_scale, "axis": _axis(halves, ".0%")}
    base = vega.Chart()
    frame, everyone, tenths = (
        base.transform_filter(f"datum.what == '{layer}'") for layer in ("frame", "everybody", "tenth")
    )
    kinds = list(_TENTH_MARKS)
    colours = vega.Scale(domain=kinds, range=[_TENTH_MARKS[kind][0] for kind in kinds])
    shapes = vega.Scale(domain=kinds, range=[_TENTH_MARKS[kind][1] for kind in kinds])
    colour = vega.Color("kind:N", scale=colours, legend=None)
    points = tenths.mark_point(size=36, opacity=1, strokeWidth=1.5).encode(
        x=vega.X("score", **x),
        y=vega.Y("share", **y),
        stroke=vega.Stroke("kind:N", scale=colours, legend=None),
        shape=vega.Shape("kind:N", scale=shapes, legend=None),
    )
    layers = [
        frame.mark_rect(color="white").encode(
            x=vega.XValue(1), x2=vega.X2Value(size - 1), y=vega.YValue(size + 1), y2=vega.Y2Value(height - 1)
        ),
        # Ranks promise nothing, and their line is no wider than nothing.
        frame.mark_rule(color=FAINT, strokeWidth=0 if bins.are_ranks else 1, strokeDash=[4, 3]).encode(
            x=vega.X(datum=0, **x), y=vega.Y(datum=0, **y), x2=vega.X2Datum(1), y2=vega.Y2Datum(1)
        ),
        everyone.mark_line(color=LINE, strokeWidth=2.5).encode(
            x=vega.X("score", **x), y=vega.Y("share", **y), order=vega.Order("score:Q")
        ),
        tenths.mark_rule(strokeWidth=1.6).encode(
            x=vega.X("score", **x),
            y=vega.Y("low", **y),
            y2=vega.Y2("high"),
            color=colour,
            opacity=small(vega.OpacityValue, WEAK, 1),
        ),
        points.transform_filter("!datum.small").encode(fill=vega.Fill("kind:N", scale=colours, legend=None)),
        points.transform_filter("datum.small").encode(fill=vega.FillValue("white")),
        tenths.mark_rect(color=LINE).encode(
            x=vega.X("left", **x), x2=vega.X2("right"), y=vega.Y("bar", **y), y2=vega.Y2Datum(-_STRIP)
        ),
        frame.mark_rule(color=LINE, strokeWidth=1).encode(y=vega.Y(datum=0, **y)),
    ]
    layers += _panel_texts(values, frame, size, left=_AXIS)
    panel = layered(layers, data=DATA, width=size, height=height)
    panels = {
        "data": {"name": DATA},
        "facet": {
            "field": "panel",
            "type": "ordinal",
            "header": {"title": None, "labelExpr": "''", "labelPadding": 0, "labelFontSize": 1},
        },
        "columns": columns,
        "spacing": {"row": 66, "column": _GAP + _AXIS},
        "bounds": "flush",
        "resolve": {"axis": {"x": "independent", "y": "independent"}},
        "spec": {key: value for key, value in panel.items() if key != "data"},
    }
    return panels, {DATA: values}


def _ranks_axis(bins: ScoreBins) -> Any:
    """Write the ranks below their places: all of them where these are few and short, else the first, the middle one and the last."""
    many = len(bins.names)
    short = many <= _MOST_LABELS and all(len(name) <= _SHORT for name in bins.names)
    shown = range(many) if short else sorted({0, many // 2, many - 1})
    names = [name.partition(" ")[0][:_CLIPPED] for name in bins.names]
    axis = _axis([(number + 0.5) / many for number in shown], "")
    return {**axis, "labelExpr": f"{json.dumps(names)}[floor(datum.value * {many})]"}


def _axis(values: Sequence[float], numbers: str) -> Any:
    return vega.Axis(
        title=None,
        values=values,
        format=numbers,
        domain=False,
        grid=True,
        gridColor=LINE,
        gridOpacity=0.6,
        labelColor=INK,
        labelFontSize=LETTERS,
        labelFlush=False,
        tickColor=LINE,
    )


def _panel_texts(rows: Rows, frame: vega.Chart, size: int, *, left: int) -> list[vega.Chart]:
    """Write above a panel whose it is, and below how many people its strip counts."""
    text: dict[str, Any] = {"align": "left", "baseline": "middle", "fontSize": LETTERS}
    return [
        frame.mark_text(**text, **cut(rows, field, size + left, LETTERS), color=ink, **more).encode(
            x=vega.XValue(across), y=vega.YValue(down), text=vega.Text(field, type="nominal")
        )
        for field, across, down, ink, more in (
            ("name", -left, -27, INK, {"fontWeight": "bold"}),
            ("other", -left, -27, INK, {"font": OTHER_FONT}),
            ("people", -left, -12, SOFT, {}),
            ("most", 5, size + 9, SOFT, {}),
        )
    ]


def _curve_rows(
    panel: int, group: Calibration, everybody: Calibration | None, words: Words, *, width: float
) -> Rows:
    """Give one panel its texts, everybody's curve and the tenths."""
    most = max(tenth.people for tenth in group.tenths)
    name = short_name(group_name(group.attribute, group.group, words), width=width, bold=True)
    western = is_western(name)
    frame = {
        "panel": panel,
        "what": "frame",
        "name": name if western else "",
        "other": "" if western else name,
        "people": f"{count_text(group.positives)} of {count_text(group.people)} {of_whom('tpr', words)}",
        "most": f"up to {count_text(most)}",
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
