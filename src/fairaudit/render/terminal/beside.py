"""In which metrics groups are compared as well, though nobody asked to judge them: base rates, ranking and calibration."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType

from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.documents.order import order_of
from fairaudit.render.terminal.tables import HEADS, dim_note, name_column, new_table, plain, titled
from fairaudit.render.words.compared import beside_metrics, beside_note
from fairaudit.render.words.values import NO_VALUE, metric_value, times

MOST_GROUPS = 20
"""How many groups of an attribute are shown."""


def beside(bias: BiasDocument) -> Iterable[RenderableType]:
    """Show what groups have in these metrics, and what that is beside their reference groups."""
    metrics = beside_metrics(bias)
    if not metrics:
        return
    for attribute in dict.fromkeys(d.attribute for d in bias.disparities):
        yield _table(bias, attribute, metrics)
    yield dim_note(beside_note())


def _table(bias: BiasDocument, attribute: str, metrics: list[str]) -> Group:
    parts = {(d.group, d.metric): d for d in bias.disparities if d.attribute == attribute}
    groups = order_of(bias, attribute)
    table = new_table()
    name_column(table, "group", groups[:MOST_GROUPS])
    for metric in metrics:
        table.add_column(HEADS[metric], justify="right")
    for group in groups[:MOST_GROUPS]:
        table.add_row(plain(group), *(_cell(parts[group, metric], bias) for metric in metrics))
    title = plain(attribute).append(", shown and not judged; in brackets the ratio")
    return titled(title, table, left_out=max(len(groups) - MOST_GROUPS, 0), file="bias.json")


def _cell(d: DisparityPart, bias: BiasDocument) -> str:
    value = metric_value(d.metric, d.value)
    return (
        value
        if value == NO_VALUE or d.ratio is None or d.is_reference
        else f"{value} ({times(d.ratio, bias.band)})"
    )
