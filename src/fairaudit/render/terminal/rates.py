"""Tables of the metrics of groups and slices, and the report of groups, which shows nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.order import order_parts
from fairaudit.documents.parts import GroupPart, OverallPart
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.terminal.tables import (
    HEADS,
    MOST_ROWS,
    NARROW,
    WIDE,
    dim_note,
    footer,
    lowest_first,
    name_column,
    new_table,
    people_text,
    plain,
    titled,
)
from fairaudit.render.words.compared import overall_text, worth_note
from fairaudit.render.words.names import by_reason, joined, long_name
from fairaudit.render.words.people import words_of
from fairaudit.render.words.quality import lacking_of
from fairaudit.render.words.values import metric_value

if TYPE_CHECKING:
    from fairaudit.documents.audit import SlicePart

_GROUP_METRICS = ("pprev", "fpr", "fnr", "for", "fdr", "accuracy", "ece", "oe")


def groups(document: GroupDocument, *, width: int) -> RenderableType:
    """Show the group report."""
    metrics = present(_GROUP_METRICS, document.overall, width)
    people = words_of(document.settings).people
    parts: list[RenderableType] = [Text(overall_text(document.overall, people))]
    for attribute in dict.fromkeys(g.attribute for g in document.groups):
        members = {g.group: g for g in document.groups if g.attribute == attribute}
        main = "accuracy" if "accuracy" in document.overall.metrics else "pprev"
        parts.append(
            rates_table(plain(attribute), members, document.overall, metrics, main=main, people=people)
        )
    return Group(
        *parts,
        *worth_notes(document.overall, people),
        *left_out_notes(document.left_out),
        *footer(
            document.input,
            document.settings,
            document.overall.n,
            data=lacking_of(None, None, document),
        ),
    )


def rates_table(
    title: Text,
    members: Mapping[str, GroupPart | SlicePart],
    overall: OverallPart,
    metrics: Sequence[str],
    *,
    main: str | None,
    people: str,
) -> Group:
    """Lay out groups in their order, or with the lowest in `main` first; those of few people follow."""

    def worst(named: tuple[str, GroupPart | SlicePart]) -> tuple[bool, float]:
        if main is None:
            return False, 0.0
        estimate = named[1].metrics[main]
        return named[1].small or estimate.small, lowest_first(estimate.value)

    table = new_table()
    name_column(table, "group", members)
    table.add_column(plain(people), justify="right")
    base = next((m for m in metrics if overall.metrics[m].effective is not None), None)
    for head in () if base is None else ("worth",) if overall.rows is None else ("rows", "worth"):
        table.add_column(head, justify="right")
    for metric in metrics:
        table.add_column(HEADS.get(metric, metric), justify="right")
    shown = order_parts(members.items(), name=lambda named: named[0], worst=worst, most=MOST_ROWS)
    for name, part in shown:
        cells = [value_cell(part.metrics[m].value, m, small=part.metrics[m].small) for m in metrics]
        table.add_row(plain(name), people_text(part.n, part.small), *_rows_worth(part, base), *cells)
    table.add_section()
    table.add_row(
        Text("everybody", "italic"),
        people_text(overall.n, overall.small),
        *_rows_worth(overall, base),
        *(value_cell(overall.metrics[m].value, m, small=False) for m in metrics),
    )
    return titled(title, table, left_out=len(members) - MOST_ROWS)


def _rows_worth(part: GroupPart | SlicePart | OverallPart, base: str | None) -> tuple[str, ...]:
    """Write how many rows there are, and how many people they are worth in a metric; nothing where each row is a person."""
    if base is None:
        return ()
    effective = part.metrics[base].effective
    worth = "–" if effective is None else f"{math.floor(effective):,}"
    return (worth,) if part.rows is None else (f"{part.rows:,}", worth)


def worth_notes(overall: OverallPart, people: str) -> Iterable[RenderableType]:
    """Say what rows are worth in people, where these stand in several."""
    if note := worth_note(overall, people):
        yield dim_note(note)


def present(wanted: Sequence[str], overall: OverallPart, width: int) -> list[str]:
    """Choose, of the metrics that are wanted and measured, those that there is room for."""
    there = [m for m in wanted if m in overall.metrics]
    return there[: 3 if width < NARROW else 5 if width < WIDE else len(there)]


def left_out_notes(left_out: dict[str, str]) -> Iterable[RenderableType]:
    """Name the metrics that are left out, and why."""
    for place, (reason, metrics) in enumerate(by_reason(left_out).items()):
        names = (
            "every metric" if len(metrics) == len(BY_NAME) else joined([long_name(name) for name in metrics])
        )
        if place == 0:
            yield Text("")
        yield dim_note(f"Left out, as {reason}: {names}")


def value_cell(value: float | None, metric: str, *, small: bool) -> Text:
    """Write a value for a cell."""
    shown = metric_value(metric, value)
    return Text(f"({shown})" if small and value is not None else shown, "dim" if small else "")
