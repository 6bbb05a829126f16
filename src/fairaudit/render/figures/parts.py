"""What all figures share: sizes, axes, names, marks."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fairaudit.documents.audit import (
    BiasDocument,
    GroupDocument,
    SlicesDocument,
)
from fairaudit.documents.model import CvDocument
from fairaudit.documents.parts import EstimatePart
from fairaudit.documents.ranking import LEAD_METRICS
from fairaudit.render.escape import visible

Spec = dict[str, Any]
Rows = list[dict[str, Any]]
_T = TypeVar("_T")

METRIC_FIGURE = "metric_per_slice"
DISPARITY_FIGURE = "disparity_per_group"
CALIBRATION_FIGURE = "calibration_by_group"
FOLDS_FIGURE = "spread_over_folds"
MOST_ROWS = 60
"""How many groups a figure shows; beyond that nobody reads it."""
FOLD_METRICS = ("accuracy", "balanced_accuracy", "f1", "roc_auc", "fpr", "fnr")

_FONT = "Liberation Sans, DejaVu Sans, Arial, Helvetica, sans-serif"
"""vl-convert brings the first along, so that a picture does not depend on the machine's fonts."""
_OTHER_FONT = "DejaVu Sans, Noto Sans, Arial, sans-serif"
"""For names in scripts that the first lacks: what stands in for a missing sign may otherwise be bold."""
INK, SOFT, FAINT, LINE, BAND, BLUE = "#1f2933", "#52606d", "#7b8794", "#c3ccd5", "#e4e9ee", "#0072b2"
VERMILION = "#d55e00"
TEXT: Mapping[str, Any] = {"baseline": "middle", "fontSize": 10}
WEAK = 0.55
"""Opacity of a bar that rests on few people."""
STEP = 20
_NAME_WIDTH = 230
_NAME_LETTERS = 38
_MOST_MARKS = 3
"""Signs above or below a letter; more of them would reach into the neighbouring rows."""
SUBTITLE_LETTERS, WIDE_LETTERS = 100, 125
"""Of a line below the title, in figures with one panel across and with more."""
PLOT_WIDTH = 380
DATA = "rows"


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
class Row:
    """One group in the figure of a metric."""

    attribute: str
    group: str
    n: int
    small: bool
    estimate: EstimatePart


def metric_rows(document: GroupDocument | SlicesDocument, metric: str) -> list[Row]:
    """Return one row for each group or slice."""
    if isinstance(document, GroupDocument):
        return [
            Row(attribute=g.attribute, group=g.group, n=g.n, small=g.small, estimate=g.metrics[metric])
            for g in document.groups
        ]
    return [
        Row(attribute=s.feature, group=s.slice, n=s.n, small=s.small, estimate=s.metrics[metric])
        for s in document.slices
    ]


def most_different(
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
        own = value(row)
        return not small(row), -1.0 if own is None or overall is None else abs(own - overall)

    kept = set(sorted(range(len(rows)), key=lambda i: rank(rows[i]), reverse=True)[:most])
    return [row for i, row in enumerate(rows) if i in kept]


def points_with_bars(alt: Any, rows: int, scale: Any, axis: Any, overall: float | None) -> list[Any]:
    """Draw a point with a bar on each row, hollow and grey for few people, and a dashed line for everybody."""
    base, y = alt.Chart(), row_axis(alt, rows)
    layers = [
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2)
        .encode(
            y=y,
            x=alt.X("low:Q", scale=scale, axis=axis),
            x2=alt.X2("high"),
            color=small(alt.ColorValue, FAINT, BLUE),
        ),
        base.transform_filter("isValid(datum.value)")
        .mark_point(size=55, opacity=1, strokeWidth=1.6)
        .encode(
            y=y,
            x=alt.X("value:Q", scale=scale, axis=axis),
            stroke=small(alt.StrokeValue, FAINT, BLUE),
            fill=small(alt.FillValue, "white", BLUE),
        ),
    ]
    if overall is not None:
        line = base.transform_filter("datum.at == 0").mark_rule(strokeDash=[4, 3], color=INK, strokeWidth=1.2)
        layers.insert(0, line.encode(x=alt.X(datum=overall, type="quantitative", scale=scale, axis=axis)))
    return layers


def row_chart(
    alt: Any,
    layers: Sequence[Any],
    *,
    data: str = DATA,
    y: Any,
    columns: Sequence[tuple[str, int]],
) -> Any:
    """Put layers between the names of the rows and columns of numbers; a column's place is that of its right edge."""
    base = alt.Chart().transform_filter("isValid(datum.said)")
    numbers = [
        base.mark_text(align="right", color=INK, **TEXT).encode(
            y=y, x=alt.XValue(PLOT_WIDTH + place), text=alt.Text(field, type="nominal")
        )
        for field, place in columns
    ]
    return alt.layer(*layers, *names(alt, base, y), *numbers, data=alt.NamedData(data))


def fold_values(document: CvDocument) -> dict[str, list[float]]:
    """Collect the metrics that at least two folds define."""
    by_metric = {
        metric: [value for fold in document.folds if (value := fold.metrics.get(metric)) is not None]
        for metric in FOLD_METRICS
    }
    return {metric: values for metric, values in by_metric.items() if len(values) > 1}


def heading(at: int, attribute: str) -> dict[str, Any]:
    """Give an attribute a row of its own above its groups."""
    return {
        "at": at,
        "head": short_name(attribute),
        "name": "",
        "other": "",
        "small": False,
        "said": "",
        "people": "",
    }


def name_fields(name: str) -> dict[str, str]:
    """Put a name where the font that has its signs writes it."""
    shown = short_name(name)
    return (
        {"head": "", "name": shown, "other": ""}
        if _is_western(shown)
        else {"head": "", "name": "", "other": shown}
    )


def names(alt: Any, base: Any, y: Any) -> list[Any]:
    """Write names beside the rows; as text, which Vega never looks at again."""
    text: dict[str, Any] = {
        "align": "right",
        "baseline": "middle",
        "fontSize": 11,
        "limit": _NAME_WIDTH,
        "color": INK,
    }
    return [
        base.mark_text(**text, **more).encode(y=y, x=alt.XValue(-10), text=alt.Text(field, type="nominal"))
        for field, more in (("name", {}), ("other", {"font": _OTHER_FONT}), ("head", {"fontWeight": "bold"}))
    ]


def small(channel: Any, few: Any, many: Any) -> Any:
    """Give a channel one value where few people stand behind a row, and another elsewhere."""
    return channel(many, condition={"test": "datum.small", "value": few})


def row_axis(alt: Any, rows: int) -> Any:
    """Return the axis along which rows stand; their names are marks of their own."""
    return alt.Y(
        "at:O",
        axis=None,
        scale=alt.Scale(type="band", domain=list(range(rows)), paddingInner=0, paddingOuter=0),
    )


def sort_key(value: float | None, *, lower: bool) -> float:
    """Sort the worst first, and those without a value last."""
    return math.inf if value is None else -value if lower else value


def value_axis(alt: Any, title: str, **more: Any) -> Any:
    """Return the axis of values."""
    return alt.Axis(
        title=title,
        domain=False,
        grid=True,
        labelFlush=False,
        gridColor=LINE,
        gridOpacity=0.6,
        labelColor=INK,
        titleColor=INK,
        titleFontWeight="normal",
        tickColor=LINE,
        **more,
    )


def finished(
    draw: Callable[[Any], tuple[Any, dict[str, Rows]]],
    title: str,
    said: Sequence[str],
    alt_text: str,
    *,
    offset: int = 16,
    letters: int = SUBTITLE_LETTERS,
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
                "subtitleColor": SOFT,
                "subtitleLineHeight": 15,
                "color": INK,
                "offset": offset,
            },
            usermeta={"alt": alt_text},
        ).configure(font=_FONT, view={"stroke": LINE}, aria=False)
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


def left_out(shown: int, known: int, what: str) -> list[str]:
    """Say how many are left out of a figure, if any."""
    return [f"{known - shown:,} of {known:,} {what} are left out"] if shown < known else []


def ratio_metrics(bias: BiasDocument) -> list[str]:
    """Return the metrics that form the verdict, as far as there are disparities of them."""
    return [
        metric
        for metric in bias.family.metrics or LEAD_METRICS
        if any(d.metric == metric for d in bias.disparities)
    ]


def short_name(text: str, *, letters: int = _NAME_LETTERS) -> str:
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
