"""The figure of a metric on every slice."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from fairaudit.documents.audit import SlicesDocument
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.order import order_parts
from fairaudit.documents.parts import CountsPart, EstimatePart
from fairaudit.documents.ranking import poorest_slice, slices_of
from fairaudit.metrics.kinds import Better
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.escape import visible
from fairaudit.render.figures.parts import (
    METRIC_FIGURE,
    MOST_ROWS,
    Figure,
    Row,
    finished,
    left_out,
    metric_rows,
    most_different,
    near,
    short_name,
    tenths,
)
from fairaudit.render.figures.strips import RATE, UNTOLD, Axis, Strip, strips_chart
from fairaudit.render.words.names import capital
from fairaudit.render.words.people import Words, words_of
from fairaudit.render.words.pictures import base_line, group_name, headings, metric_title
from fairaudit.render.words.values import count_text, interval, metric_value


def metric_figure(document: GroupDocument | SlicesDocument, *, metric: str) -> Figure:
    """Lay out a metric on every slice: a point with its interval, a line for everybody, and a tick for what needs no model.

    Small ones are hollow and grey.

    Parameters
    ----------
    metric
        A metric of the document whose values lie in [0, 1].
    """
    words = words_of(document.settings)
    rows = metric_rows(document, metric)
    overall = document.overall.metrics[metric]
    shown = most_different(
        rows,
        overall.value,
        most=MOST_ROWS,
        value=lambda row: row.estimate.value,
        small=lambda row: row.small or row.estimate.small,
    )
    worst = poorest_slice(slices_of(document), metric)
    first = None if worst is None else worst.slice.feature
    attributes = sorted(
        dict.fromkeys(row.attribute for row in shown), key=lambda attribute: attribute != first
    )
    names = headings(attributes, words)
    sections = [
        (names[attribute], [_strip(row, metric, words) for row in _ordered(shown, attribute, metric)])
        for attribute in attributes
    ]
    strips = [strip for _, of_attribute in sections for strip in of_attribute]
    title = metric_title(slices_of(document), document.overall, metric, words)
    base = base_line(metric)
    notes = [f"Bars: {document.settings.confidence:.0%} intervals.", "Line: everybody."]
    if len(strips) > 1:
        notes.append("What the title calls sure allows for the choice among all groups.")
    if base and any(strip.base is not None for strip in strips):
        notes.append(f"Dashes: {base}.")
    if any(strip.small for strip in strips if strip.value is not None):
        notes.append("Hollow: few people, not ranked.")
    notes = [" ".join(notes), *left_out(len(shown), len(rows), "slices", file="slices.json")]
    everybody = f"{capital(BY_NAME[metric].long_name)}, everybody: {metric_value(metric, overall.value)}"
    axis = _axis(strips, overall, metric)
    spec = finished(
        strips_chart(sections, axis),
        title=title,
        lines=[f"{everybody}."],
        notes=notes,
        alt_text=visible(f"{title}."),
    )
    return Figure(name=METRIC_FIGURE, title=visible(title), alt=visible(f"{title}."), spec=spec)


def _ordered(rows: Sequence[Row], attribute: str, metric: str) -> list[Row]:
    """Put an attribute's groups into their order: their own, or the worst first."""
    lower = BY_NAME[metric].better is Better.LOWER

    def worst(row: Row) -> tuple[bool, float]:
        value = row.estimate.value
        return row.small or row.estimate.small, math.inf if value is None else -value if lower else value

    members = [row for row in rows if row.attribute == attribute]
    return order_parts(members, name=lambda row: row.group, worst=worst)


def _strip(row: Row, metric: str, words: Words) -> Strip:
    estimate = row.estimate
    few = row.small or estimate.small
    low, high = estimate.ci or (None, None)
    value = "undefined" if estimate.value is None else metric_value(metric, estimate.value)
    return Strip(
        name=group_name(row.attribute, row.group, words),
        behind=f"{count_text(row.n)} {words.people}",
        number=f"{value} ({interval(metric, estimate)})" if estimate.ci else value,
        kind=UNTOLD if few else RATE,
        value=estimate.value,
        low=low,
        high=high,
        small=few,
        base=_without_model(metric, row.counts),
        facts={"attribute": short_name(row.attribute)},
    )


def _without_model(metric: str, counts: CountsPart) -> float | None:
    """Return what a metric would be if all were decided alike, in the better of the two ways; ``None`` where that says nothing."""
    positives = None if counts.tp is None or counts.fn is None else counts.tp + counts.fn
    negatives = None if counts.tn is None or counts.fp is None else counts.tn + counts.fp
    if positives is None or negatives is None or not positives + negatives:
        return None
    share = positives / (positives + negatives)
    without = _WITHOUT_MODEL.get(metric)
    return None if without is None else without(share)


_WITHOUT_MODEL: Mapping[str, Callable[[float], float]] = {
    "accuracy": lambda share: max(share, 1 - share),
    "f1": lambda share: 2 * share / (1 + share),
    "balanced_accuracy": lambda _share: 0.5,
}
"""Metrics of deciding all alike, in the better of the two ways, by the share with label 1."""


def _axis(strips: Sequence[Strip], overall: EstimatePart, metric: str) -> Axis:
    ends = [end for s in strips for end in (s.value, s.low, s.high, s.base) if end is not None]
    low, high = near([*ends, *([] if overall.value is None else [overall.value])] or [0.0, 1.0])
    return Axis(
        title=capital(BY_NAME[metric].long_name),
        low=low,
        high=high,
        ticks=tenths(low, high),
        format=".0%" if BY_NAME[metric].is_rate else ".1f",
        line=overall.value,
    )
