"""The figure of a history: a panel for each group, with its rate and that of everybody else month by month."""

from __future__ import annotations

from fairaudit.documents.history import HistoryDocument, SeriesPart
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.escape import visible
from fairaudit.render.figures import vega
from fairaudit.render.figures.parts import (
    BLUE,
    FAINT,
    INNER,
    LETTERS,
    SOFT,
    VERMILION,
    Figure,
    Rows,
    Spec,
    below_each_other,
    finished,
    layered,
    left_out,
    near,
    short_name,
)
from fairaudit.render.words import history as words_for
from fairaudit.render.words.names import capital
from fairaudit.render.words.people import group_text, words_of

HISTORY_FIGURE = "history"
MOST_PANELS = 12
_HEIGHT, _LEFT, _MONTH = 90, 44, 90


def history_figure(document: HistoryDocument) -> Figure | None:
    """Draw the rate that is told first, for the groups of its attribute; ``None`` where there is none."""
    first = words_for.leading(document) or next(iter(document.series), None)
    if first is None:
        return None
    words = words_of(document.settings, (s.group for s in document.series))
    series = [
        s
        for s in document.series
        if (s.attribute, s.metric) == (first.attribute, first.metric) and not s.unknown
    ]
    shown = series[:MOST_PANELS]
    labels = _labels(document)
    panels: list[Spec] = []
    data: dict[str, Rows] = {}
    for place, one in enumerate(shown):
        data[f"panel{place}"] = _rows(one, labels)
        head = short_name(capital(group_text(one.attribute, one.group, words)))
        panels.append(_panel(f"panel{place}", f"{head}: {words_for.course_text(one)}", one, labels))
        panels[-1]["layer"][0]["encoding"]["x"]["axis"]["labels"] = place == len(shown) - 1
    _share_scale(panels, data)
    word, sentence = words_for.headline(document, words)
    title = f"{word}: {sentence}"
    spec = finished(
        (below_each_other(panels, spacing=12), data),
        title=title,
        lines=[f"{capital(BY_NAME[first.metric].long_name)}, month by month."],
        notes=[
            "Coloured: the group. Grey: everybody else of the same month.",
            *left_out(len(shown), len(series), "groups", file="history.json"),
        ],
        alt_text=title,
        left=_LEFT,
    )
    return Figure(name=HISTORY_FIGURE, title=title, alt=title, spec=spec)


def _labels(document: HistoryDocument) -> dict[str, str]:
    """Name the months as there is room for it, each in its own way."""
    labels: dict[str, str] = {}
    for place, point in enumerate(document.points, start=1):
        short = short_name(visible(point.name), width=_MONTH)
        labels[point.name] = short if short not in labels.values() else f"{short} ({place})"
    return labels


def _rows(series: SeriesPart, labels: dict[str, str]) -> Rows:
    months = {month.point: month for month in series.months}
    rows: Rows = []
    for name, label in labels.items():
        month = months.get(name)
        for who, value in (("rest", month and month.rest_value), ("group", month and month.value)):
            if value is not None:
                rows.append({"month": label, "rate": value, "who": who})
    return rows


def _share_scale(panels: list[Spec], data: dict[str, Rows]) -> None:
    """Give all panels one scale, so that they can be compared."""
    low, high = near([row["rate"] for rows in data.values() for row in rows])
    for panel in panels:
        for layer in panel["layer"]:
            layer["encoding"]["y"]["scale"] = vega.Scale(domain=[low, high], nice=False)


def _panel(data: str, title: str, series: SeriesPart, labels: dict[str, str]) -> Spec:
    colour = VERMILION if series.side == "worse" else BLUE
    axis = vega.Axis(
        labelAngle=-45, labelFontSize=LETTERS, labelColor=SOFT, ticks=False, domainColor=FAINT, labels=True
    )
    rates = vega.Axis(format=".0%", labelFontSize=LETTERS, labelColor=SOFT, tickCount=3, grid=True)
    layers = [
        vega.Chart()
        .transform_filter(f"datum.who == '{who}'")
        .mark_line(point={"filled": True, "color": hue}, color=hue, strokeWidth=width)
        .encode(
            x=vega.X(
                "month:O",
                title=None,
                sort=list(labels.values()),
                scale=vega.Scale(domain=list(labels.values())),
                axis=dict(axis),
            ),
            y=vega.Y("rate:Q", title=None, axis=rates),
        )
        for who, hue, width in (("rest", FAINT, 1.5), ("group", colour, 2.5))
    ]
    spec = layered(layers, data=data, width=INNER - _LEFT, height=_HEIGHT)
    return {
        **spec,
        "title": {
            "text": visible(title),
            "anchor": "start",
            "fontSize": LETTERS,
            "color": SOFT,
            "frame": "group",
        },
    }
