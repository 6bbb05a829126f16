"""The figure of a learning curve: how good models are that learnt from more and more rows."""

from __future__ import annotations

from typing import Any

from fairaudit.documents.model import CurvePart
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.figures import vega
from fairaudit.render.figures.parts import (
    BLUE,
    FAINT,
    INNER,
    LETTERS,
    SOFT,
    Figure,
    Rows,
    finished,
    layered,
    near,
    tenths,
)
from fairaudit.render.words.names import capital
from fairaudit.render.words.training import curve_text

CURVE_FIGURE = "learning_curve"
_HEIGHT, _LEFT = 200, 40


def curve_figure(curve: CurvePart) -> Figure | None:
    """Draw a learning curve; ``None`` where less than two numbers of rows have a score."""
    title = capital(curve_text(curve)).removesuffix(".")
    if not title:
        return None
    data = {"curve": _rows(curve)}
    values = [row[end] for row in data["curve"] for end in ("mean", "low", "high")]
    low, high = near(values)
    rows = [point.rows for point in curve.points]
    name = BY_NAME[curve.scoring].long_name if curve.scoring in BY_NAME else curve.scoring
    layers = []
    for who, colour, width in (("train", FAINT, 1.5), ("test", BLUE, 2.5)):
        own = vega.Chart().transform_filter(f"datum.who == '{who}'")
        folds = own.mark_rule(color=colour, strokeWidth=1, opacity=0.6)
        line = own.mark_line(point={"filled": True, "color": colour}, color=colour, strokeWidth=width)
        layers.append(folds.encode(x=_across(rows), y=_up("low", low, high), y2=vega.Y2("high")))
        layers.append(line.encode(x=_across(rows), y=_up("mean", low, high)))
    spec = finished(
        (layered(layers, data="curve", width=INNER - _LEFT, height=_HEIGHT), data),
        title=title,
        lines=[f"{capital(name)} by the number of rows learnt from."],
        notes=[
            f"Blue: rows held out. Grey: the rows learnt from. Dots: the mean of {curve.folds} folds; upright lines: from the lowest to the highest fold."
        ],
        alt_text=f"{title}.",
        left=_LEFT,
    )
    return Figure(name=CURVE_FIGURE, title=title, alt=f"{title}.", spec=spec)


def _across(rows: list[int]) -> Any:
    axis = vega.Axis(
        values=_apart(rows),
        format=",d",
        grid=False,
        labelFontSize=LETTERS,
        labelColor=SOFT,
        titleFontSize=LETTERS,
        titleColor=SOFT,
        titleFontWeight="normal",
        domainColor=FAINT,
        tickColor=FAINT,
    )
    scale = vega.Scale(domain=[0, max(rows)], nice=False)
    return vega.X("rows:Q", title="Rows learnt from", scale=scale, axis=axis)


def _up(field: str, low: float, high: float) -> Any:
    axis = vega.Axis(
        values=tenths(low, high),
        format=".1f",
        labelFontSize=LETTERS,
        labelColor=SOFT,
        domain=False,
        ticks=False,
    )
    # Of every layer, or the widest scale would be that of all.
    scale = vega.Scale(domain=[low, high], nice=False)
    return vega.Y(f"{field}:Q", title=None, scale=scale, axis=axis)


def _rows(curve: CurvePart) -> Rows:
    return [
        {"who": who, "rows": point.rows, "mean": part.mean, "low": part.min, "high": part.max}
        for point in curve.points
        for who, part in (("train", point.train), ("test", point.test))
        if part.mean is not None
    ]


def _apart(rows: list[int]) -> list[int]:
    """Choose numbers of rows that have room beside each other on the axis."""
    kept: list[int] = []
    for number in reversed(rows):
        if not kept or kept[-1] - number >= max(rows) / 6:
            kept.append(number)
    return sorted(kept)
