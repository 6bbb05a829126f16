"""The figure of a metric on every slice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairaudit.documents.audit import (
    GroupDocument,
    SlicesDocument,
)
from fairaudit.documents.parts import EstimatePart
from fairaudit.metrics.kinds import Better
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.figures.parts import (
    DATA,
    METRIC_FIGURE,
    MOST_ROWS,
    PLOT_WIDTH,
    STEP,
    Figure,
    Row,
    Rows,
    finished,
    heading,
    left_out,
    metric_rows,
    most_different,
    name_fields,
    points_with_bars,
    row_axis,
    row_chart,
    short_name,
    sort_key,
    value_axis,
)
from fairaudit.render.words.names import capital
from fairaudit.render.words.values import metric_value


def metric_figure(document: GroupDocument | SlicesDocument, *, metric: str) -> Figure:
    """Lay out a metric on every slice: a point with its interval, and a line for everybody.

    Slices are sorted by the metric within their attribute, the worst first. Small ones are hollow and grey.

    Parameters
    ----------
    metric
        A metric of the document whose values lie in [0, 1].
    """
    long_name = BY_NAME[metric].long_name
    rows = metric_rows(document, metric)
    overall = document.overall.metrics[metric]
    shown = most_different(
        rows,
        overall.value,
        most=MOST_ROWS,
        value=lambda row: row.estimate.value,
        small=lambda row: row.small or row.estimate.small,
    )
    title = f"{capital(long_name)} on every slice"
    subtitle = [
        f"Dashed: everybody, {metric_value(metric, overall.value)}",
        f"bars are {document.settings.confidence:.0%} intervals",
    ]
    if any(row.small or row.estimate.small for row in shown if row.estimate.value is not None):
        subtitle.append("hollow: few people")
    subtitle += left_out(len(shown), len(rows), "slices")
    alt_text = _metric_alt(shown, overall, metric)
    spec = finished(lambda alt: _metric_chart(alt, shown, overall.value, metric), title, subtitle, alt_text)
    return Figure(name=METRIC_FIGURE, title=title, alt=alt_text, spec=spec)


def _metric_chart(
    alt: Any, rows: Sequence[Row], overall: float | None, metric: str
) -> tuple[Any, dict[str, Rows]]:
    lower = BY_NAME[metric].better is Better.LOWER
    values: Rows = []
    for attribute in dict.fromkeys(row.attribute for row in rows):
        values.append(heading(len(values), attribute))
        members = (row for row in rows if row.attribute == attribute)
        for row in sorted(members, key=lambda row: sort_key(row.estimate.value, lower=lower)):
            values.append(
                {
                    "at": len(values),
                    **name_fields(row.group),
                    "value": row.estimate.value,
                    "low": row.estimate.ci[0] if row.estimate.ci else None,
                    "high": row.estimate.ci[1] if row.estimate.ci else None,
                    "small": row.small or row.estimate.small,
                    "said": metric_value(metric, row.estimate.value),
                    "people": f"{row.n:,}",
                }
            )
    values[0] |= {"said": "value", "people": "people"}
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = value_axis(
        alt,
        BY_NAME[metric].long_name,
        values=[i / 5 for i in range(6)],
        format="%" if BY_NAME[metric].is_rate else ".1f",
    )
    layers = points_with_bars(alt, len(values), scale, axis, overall)
    chart = row_chart(alt, layers, y=row_axis(alt, len(values)), columns=(("said", 62), ("people", 122)))
    return chart.properties(width=PLOT_WIDTH, height=STEP * len(values)), {DATA: values}


def _metric_alt(rows: Sequence[Row], overall: EstimatePart, metric: str) -> str:
    long_name = BY_NAME[metric].long_name
    lower = BY_NAME[metric].better is Better.LOWER
    sound = [
        (row.estimate.value, row)
        for row in rows
        if row.estimate.value is not None and not (row.small or row.estimate.small)
    ]
    of_everybody = f"{capital(long_name)} is {metric_value(metric, overall.value)} for everybody"
    if not sound:
        return f"{of_everybody}; no slice has enough people to be compared."
    if len(sound) == 1:
        ((value, row),) = sound
        return f"{of_everybody}, and {metric_value(metric, value)} for {_said_slice(row)}, the only slice of enough people to be compared."
    ends = sorted(sound, key=lambda pair: -pair[0] if lower else pair[0])
    first, last = ends[0][1], ends[-1][1]
    return (
        f"{of_everybody}, and goes from {metric_value(metric, first.estimate.value)} ({_said_slice(first)}) to "
        f"{metric_value(metric, last.estimate.value)} ({_said_slice(last)})."
    )


def _said_slice(row: Row) -> str:
    return f"{short_name(row.attribute)} = {short_name(row.group)}"
