"""The figure of the folds of a cross-validation: a dot a fold, and no bar that would look like an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from fairaudit.documents.model import CvDocument, FoldSlicePart
from fairaudit.documents.order import order_parts
from fairaudit.documents.ranking import MAIN_METRICS
from fairaudit.metrics.kinds import Better
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.figures.parts import (
    FOLDS_FIGURE,
    Figure,
    below_each_other,
    finished,
    fold_values,
    left_out,
    most_different,
    near,
    short_name,
    tenths,
)
from fairaudit.render.figures.strips import FEW_FOLD, FOLD, Axis, Sections, Strip, strips_chart
from fairaudit.render.words.names import capital
from fairaudit.render.words.people import Words
from fairaudit.render.words.pictures import folds_title, group_name, headings

MOST_FOLD_SLICES = 20


def folds_figure(document: CvDocument) -> Figure:
    """Lay out the folds of a cross-validation: a dot a fold for each metric; on every slice the mean, the lowest and the highest fold."""
    by_metric = fold_values(document)
    metric = next((m for m in MAIN_METRICS if m in by_metric), next(iter(by_metric)))
    rows = [s for s in document.slices if metric in s.metrics and s.metrics[metric].mean is not None]
    overall = document.summary[metric].mean
    slices = most_different(
        rows,
        overall,
        most=MOST_FOLD_SLICES,
        value=lambda s: s.metrics[metric].mean,
        small=lambda s: s.small,
    )
    words = Words(columns={part.name: tuple(part.columns) for part in document.settings.attributes})
    higher = [*_metric_section(by_metric, Better.HIGHER), *_slice_sections(slices, metric, words)]
    lower = _metric_section(by_metric, Better.LOWER)
    repeats = document.settings.repeats
    folds = f"{document.settings.folds} folds" + (f", shuffled anew {repeats} times" if repeats > 1 else "")
    title = folds_title(metric, by_metric[metric], folds)
    lacking = sum(metric in s.metrics and s.metrics[metric].mean is None for s in document.slices)
    notes = [
        "Dots: one a fold, with the mean as an upright line. In brackets: the lowest and the highest fold."
    ]
    if slices:
        notes.append("In groups: dots at the lowest and the highest fold only.")
    if lacking:
        notes.append(
            f"{lacking:,} {'slice has' if lacking == 1 else 'slices have'} no {BY_NAME[metric].long_name}."
        )
    if any(s.small for s in slices):
        notes.append("Grey: few people.")
    notes = [" ".join(notes), *left_out(len(slices), len(rows), "slices", file="cv.json")]

    charts = [
        strips_chart(part, _axis(part), data=data)
        for data, part in (("higher", higher), ("lower", lower))
        if part
    ]
    drawn = {data: of_data for _, of_chart in charts for data, of_data in of_chart.items()}
    spec = finished(
        (below_each_other([chart for chart, _ in charts], spacing=14), drawn),
        title=title,
        lines=[f"Below the metrics: {BY_NAME[metric].long_name} in every group."] if slices else [],
        notes=notes,
        alt_text=f"{title}.",
    )
    return Figure(name=FOLDS_FIGURE, title=title, alt=f"{title}.", spec=spec)


def _metric_section(
    by_metric: Mapping[str, Sequence[float]], better: Better
) -> list[tuple[str, list[Strip]]]:
    """Lay out the metrics of which more, or less, is better, with a dot a fold."""
    strips = [
        Strip(
            name=capital(BY_NAME[metric].long_name),
            behind=f"{len(values)} folds",
            number=_numbers(fmean(values), min(values), max(values)),
            kind=FOLD,
            value=fmean(values),
            dots=tuple(values),
        )
        for metric, values in by_metric.items()
        if BY_NAME[metric].better is better
    ]
    return [(f"{capital(better.value)} is better", strips)] if strips else []


def _slice_sections(
    slices: Sequence[FoldSlicePart], metric: str, words: Words
) -> list[tuple[str, list[Strip]]]:
    """Lay out a metric on every slice."""
    attributes = list(dict.fromkeys(s.feature for s in slices))
    names = headings(attributes, words)
    lower = BY_NAME[metric].better is Better.LOWER
    sections = []

    def worst(part: FoldSlicePart) -> tuple[bool, float]:
        mean = part.metrics[metric].mean or 0.0
        return part.small, -mean if lower else mean

    for attribute in attributes:
        members = [s for s in slices if s.feature == attribute]
        ordered = order_parts(members, name=lambda s: s.slice, worst=worst)
        heading = f"{capital(BY_NAME[metric].long_name)} by {names[attribute]}"
        sections.append((heading, [_slice_strip(part, metric, words) for part in ordered]))
    return sections


def _slice_strip(part: FoldSlicePart, metric: str, words: Words) -> Strip:
    spread = part.metrics[metric]
    ends = [end for end in (spread.min, spread.max) if end is not None]
    return Strip(
        name=group_name(part.feature, part.slice, words),
        behind=f"{part.n:,} {words.people}",
        number="undefined" if spread.mean is None else _numbers(spread.mean, spread.min, spread.max),
        kind=FEW_FOLD if part.small else FOLD,
        value=spread.mean,
        dots=tuple(ends),
        facts={"attribute": short_name(part.feature)},
    )


def _numbers(mean: float, low: float | None, high: float | None) -> str:
    return f"{mean:z.3f}" if low is None or high is None else f"{mean:z.3f} ({low:z.3f} to {high:z.3f})"


def _axis(sections: Sections) -> Axis:
    strips = [strip for _, of_section in sections for strip in of_section]
    low, high = near([value for s in strips for value in (s.value, *s.dots) if value is not None])
    return Axis(
        title="In each fold",
        low=low,
        high=high,
        ticks=tenths(low, high),
        format=".1f",
    )
