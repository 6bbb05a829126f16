"""What all figures share: sizes, axes, names, marks."""

from __future__ import annotations

import bisect
import functools
import itertools
import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fairaudit.documents.audit import BiasDocument, SlicesDocument
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.model import CvDocument
from fairaudit.documents.parts import CountsPart, EstimatePart
from fairaudit.documents.ranking import LEAD_METRICS
from fairaudit.render.escape import visible
from fairaudit.render.figures import vega

Spec = dict[str, Any]
Rows = list[dict[str, Any]]
_T = TypeVar("_T")

METRIC_FIGURE = "metric_per_slice"
DISPARITY_FIGURE = "disparity_per_group"
CALIBRATION_FIGURE = "calibration_by_group"
FOLDS_FIGURE = "spread_over_folds"
MOST_ROWS = 30
"""How many groups a figure shows, those first that matter most; beyond that it is longer than three telephones, and tables have all."""
FOLD_METRICS = ("accuracy", "balanced_accuracy", "f1", "roc_auc", "fpr", "fnr")

FONT = "Liberation Sans, DejaVu Sans, Arial, Helvetica, sans-serif"
"""vl-convert brings the first along, so that a picture does not depend on the machine's fonts."""
OTHER_FONT = (
    "DejaVu Sans, Noto Sans, Noto Sans CJK SC, Noto Sans CJK JP, Source Han Sans, WenQuanYi Zen Hei, WenQuanYi Micro Hei, "
    "Microsoft YaHei, Yu Gothic, Malgun Gothic, PingFang SC, Hiragino Sans, Arial, sans-serif"
)
"""For names in scripts that the first lacks: what stands in for a missing sign may otherwise be bold. Chinese, Japanese and Korean need a font of the machine."""
INK, SOFT, FAINT, LINE, BAND, BLUE = "#1f2933", "#52606d", "#7b8794", "#c3ccd5", "#dbe2e8", "#0072b2"
VERMILION = "#d55e00"
WEAK = 0.55
"""Opacity of a bar that rests on few people."""
WIDTH, PADDING = 360, 12
"""A figure is as wide as a telephone shows it, so that no text is made smaller there; what is many stands below each other."""
INNER = WIDTH - 2 * PADDING
DATA = "rows"
LETTERS = 11
"""Height of the smallest letters."""
_TITLE_LETTERS = 14
_TITLE_LINE, _TEXT_LINE = 18, 15
_MOST_TITLE_LINES = 6
_ERROR = 1.15
"""Of the estimated width of a text in Latin letters."""
_MOST_MARKS = 3
"""Signs above or below a letter; more of them would reach into the neighbouring rows."""


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
    counts: CountsPart


def metric_rows(document: GroupDocument | SlicesDocument, metric: str) -> list[Row]:
    """Return one row for each group or slice."""
    if isinstance(document, GroupDocument):
        return [
            Row(
                attribute=g.attribute,
                group=g.group,
                n=g.n,
                small=g.small,
                estimate=g.metrics[metric],
                counts=g.counts,
            )
            for g in document.groups
        ]
    return [
        Row(
            attribute=s.feature,
            group=s.slice,
            n=s.n,
            small=s.small,
            estimate=s.metrics[metric],
            counts=s.counts,
        )
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


def fold_values(document: CvDocument) -> dict[str, list[float]]:
    """Collect the metrics that at least two folds define."""
    by_metric = {
        metric: [value for fold in document.folds if (value := fold.metrics.get(metric)) is not None]
        for metric in FOLD_METRICS
    }
    return {metric: values for metric, values in by_metric.items() if len(values) > 1}


def small(channel: Any, few: Any, many: Any) -> Any:
    """Give a channel one value where few people stand behind a row, and another elsewhere."""
    return channel(many, condition={"test": "datum.small", "value": few})


def finished(
    drawn: tuple[Spec, dict[str, Rows]],
    *,
    title: str,
    lines: Sequence[str],
    notes: Sequence[str],
    alt_text: str,
    left: int = 0,
) -> Spec:
    """Add to what is drawn what all figures share. The background is white by name, as a card is read on dark pages too.

    Parameters
    ----------
    drawn
        A specification, and its rows by the names that it calls them.
    title
        The finding.
    lines
        What stands below it: what is drawn.
    notes
        What stands at the foot: how it is to be read.
    left
        How far the chart reaches to the left of where its plot begins.
    """
    chart, rows = drawn
    head, head_rows = _head(title, lines, left=left)
    foot, foot_rows = _foot(notes, left=left)
    return {
        "$schema": vega.SCHEMA_URL,
        "background": "white",
        "padding": PADDING,
        "usermeta": {"alt": alt_text},
        "config": {"font": FONT, "view": {"stroke": None}, "aria": False},
        **below_each_other([head, chart, *([foot] if foot_rows else [])], spacing=10),
        "datasets": {"head": head_rows, **rows, **({"foot": foot_rows} if foot_rows else {})},
    }


def layered(layers: Sequence[vega.Chart], *, data: str, width: float, height: float) -> Spec:
    """Lay charts over each other."""
    return {
        "data": {"name": data},
        "width": width,
        "height": height,
        "layer": [one.to_dict() for one in layers],
    }


def below_each_other(specs: Sequence[Spec], *, spacing: int) -> Spec:
    """Put specifications below each other, their plots at one left end."""
    return {"vconcat": list(specs), "spacing": spacing}


def _head(title: str, lines: Sequence[str], *, left: int) -> tuple[Spec, Rows]:
    """Write the title and what stands below it; as data, which Vega never looks at again."""
    rows: Rows = []
    down = _TITLE_LINE / 2
    for line in wrapped(visible(title), _TITLE_LETTERS, bold=True)[:_MOST_TITLE_LINES]:
        rows.append({"title": line, "y": down})
        down += _TITLE_LINE
    down += 4
    for text in lines:
        for line in wrapped(visible(text), LETTERS):
            rows.append({"said": line, "y": down})
            down += _TEXT_LINE
    return _texts("head", rows, height=down - _TEXT_LINE / 2, left=left), rows


def _foot(notes: Sequence[str], *, left: int) -> tuple[Spec, Rows]:
    rows: Rows = []
    for text in notes:
        rows += [
            {"said": line, "y": (len(rows) + place + 0.5) * _TEXT_LINE}
            for place, line in enumerate(wrapped(visible(text), LETTERS))
        ]
    return _texts("foot", rows, height=len(rows) * _TEXT_LINE, left=left), rows


def _texts(data: str, rows: Rows, *, height: float, left: int) -> Spec:
    """Write lines of text above or below a figure."""
    base = vega.Chart().transform_filter
    layers = [
        base(f"isValid(datum.{field})")
        .mark_text(
            align="left",
            baseline="middle",
            fontSize=letters,
            fontWeight=weight,
            color=ink,
            **cut(rows, field, INNER + PADDING, letters),
        )
        .encode(
            x=vega.XValue(-left),
            y=vega.Y("y:Q", scale=None, axis=None),
            text=vega.Text(field, type="nominal"),
        )
        for field, letters, weight, ink in (
            ("title", _TITLE_LETTERS, "bold", INK),
            ("said", LETTERS, "normal", SOFT),
        )
        if any(field in row for row in rows)
    ]
    return layered(layers, data=data, width=INNER - left, height=height)


def cut(rows: Rows, field: str, width: float, letters: float) -> dict[str, float]:
    """Limit texts to a width, where one of them might be wider: to measure a text takes longer than to draw it."""
    texts = [text for row in rows if isinstance(text := row.get(field), str)]
    surely_fit = all(
        is_western(text) and text_width(text, letters, bold=True) * _ERROR <= width for text in texts
    )
    return {} if surely_fit else {"limit": width}


def text_width(text: str, letters: float, *, bold: bool = False) -> float:
    """Estimate how wide a text is in the font of the figures, never by much too little."""
    return sum(map(_sign_width, text)) * _size(letters, bold=bold)


@functools.lru_cache(maxsize=1024)
def _sign_width(sign: str) -> float:
    """Estimate how wide a sign is, as a share of the size of its letters."""
    if unicodedata.category(sign) in ("Mn", "Me"):
        return 0.0
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.0
    if sign in "ijl|!.,:;'`()[]{}/\\tfrI -":
        return 0.34
    if sign in "mwMW@%—…":
        return 0.92
    return 0.7 if sign.isupper() else 0.56


def _size(letters: float, *, bold: bool) -> float:
    return letters * (1.06 if bold else 1.0)


def wrapped(text: str, letters: float, *, bold: bool = False, width: float = INNER) -> list[str]:
    """Break a text into lines that fit; a word that is longer than a line is broken, too."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if text_width(longer, letters, bold=bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = ""
        for sign in word:
            if line and text_width(line + sign, letters, bold=bold) > width:
                lines.append(line)
                line = ""
            line += sign
    return [*lines, line] if line else lines


def near(values: Sequence[float]) -> tuple[float, float]:
    """Choose limits within [0, 1] on whole tenths that hold all values with some room."""
    low = max(math.floor(min(values) * 10 - 0.2) / 10, 0.0)
    high = min(math.ceil(max(values) * 10 + 0.2) / 10, 1.0)
    return low, high


def tenths(low: float, high: float) -> list[float]:
    """Choose ticks between limits on whole tenths, at most six."""
    first, last = round(low * 10), round(high * 10)
    return [tick / 10 for tick in range(first, last + 1, 1 if last - first <= 5 else 2)]


def left_out(shown: int, known: int, noun: str, *, file: str) -> list[str]:
    """Say how many are left out of a figure, if any, and where they are."""
    return (
        [f"{known - shown:,} of {known:,} {noun} are not shown; {file} holds all."] if shown < known else []
    )


def ratio_metrics(bias: BiasDocument) -> list[str]:
    """Return the metrics that form the verdict, as far as there are disparities of them."""
    return [
        metric
        for metric in bias.family.metrics or LEAD_METRICS
        if any(d.metric == metric for d in bias.disparities)
    ]


def short_name(text: str, *, width: float = INNER, bold: bool = False) -> str:
    """Cut a name to what fits; signs that turn text around or cannot be seen are written as escapes.

    Of the signs stacked on one letter only some are kept, so that rows stay apart.
    """
    kept: list[str] = []
    stacked = 0
    for sign in visible(text):
        stacked = stacked + 1 if unicodedata.category(sign) in ("Mn", "Me") else 0
        if stacked <= _MOST_MARKS:
            kept.append(sign)
    size = _size(LETTERS, bold=bold)
    # A sum over all signs that come before each: to measure a name anew for each sign takes minutes where it is very long.
    ends = list(itertools.accumulate(map(_sign_width, kept), initial=0.0))
    if ends[-1] * size <= width:
        return "".join(kept)
    room = width - _sign_width("…") * size
    return "".join(kept[: bisect.bisect_right(ends, room, key=lambda end: end * size) - 1]) + "…"


def is_western(text: str) -> bool:
    """Tell whether a name is written in Latin, Greek or Cyrillic, which the first font has."""
    return all(
        sign < "\u0300" or "\u036f" < sign < "\u0530" or "\u1e00" <= sign < "\u2100" or sign == "\ufffd"
        for sign in text
    )
