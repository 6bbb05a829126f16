"""Rows of several classes into the confusion matrix of every slice."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fairaudit.count.counts import ClassCounts, Matrix
from fairaudit.count.groups import all_sets, batches, group_key, grouping_set, named_groups
from fairaudit.engine.elsewhere import Key
from fairaudit.read.checked_rows import Checked
from fairaudit.read.used_rows import cells_of


def count_classes(
    checked: Checked, *, unknown: Mapping[int, Collection[str]] | None = None
) -> tuple[ClassCounts, ...]:
    """Count the confusion matrix of everybody, who come first, and of every slice.

    Parameters
    ----------
    unknown
        As for `count`.
    """
    counted: dict[Key, dict[tuple[int, int], int]] = {}
    for part, sets in batches(checked, all_sets(checked)):
        taking_part = sorted({index for indexes in sets for index in indexes})
        keys = [f"d{index}" for index in taking_part]
        grouped = ", ".join(grouping_set(indexes, "label", "decision") for indexes in [*sets, ()])
        for row in checked.rows.connection.execute(
            f"SELECT {', '.join([*keys, 'label', 'decision', 'sum(people)'])} FROM {cells_of(checked.rows, part)} "
            f"GROUP BY GROUPING SETS ({grouped})"
        ).fetchall():
            *numbers, label, decision, people = row
            counted.setdefault(group_key(taking_part, numbers), {})[label, decision] = int(people or 0)
    places = range(len(checked.classes))

    def matrix(key: Key) -> Matrix:
        cells = counted[key]
        return tuple(tuple(cells.get((label, decision), 0) for decision in places) for label in places)

    return (
        ClassCounts(matrix=matrix(())),
        *(
            ClassCounts(attribute=attribute, group=name, matrix=matrix(key), unknown=is_unknown)
            for attribute, name, key, is_unknown in named_groups(checked, counted, unknown or {})
        ),
    )
