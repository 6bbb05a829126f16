"""Rows of several classes into the confusion matrix of every slice."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any

from fairaudit.count.counts import MARKS, ClassClusters, ClassCounts, Matrix
from fairaudit.count.groups import all_sets, batches, group_key, grouping_set, is_unknown, named_groups
from fairaudit.count.membership import may_join
from fairaudit.count.vanished import NOTHING
from fairaudit.engine.elsewhere import Key
from fairaudit.read.checked_rows import Checked
from fairaudit.read.used_rows import cells_of
from fairaudit.settings.choices import WeightKind
from fairaudit.slices.grammar import CROSS, MISSING_GROUP


def count_classes(
    checked: Checked, *, unknown: Mapping[int, Collection[str]] | None = None
) -> tuple[ClassCounts, ...]:
    """Count the confusion matrix of everybody, who come first, and of every slice; those that a lock has and these rows have not are empty.

    Parameters
    ----------
    unknown
        As for `count`.
    """
    surveyed = checked.weight_kind is WeightKind.SURVEY
    counted: dict[Key, dict[tuple[int, int], tuple[int, int]]] = {}
    for part, sets in batches(checked, all_sets(checked)):
        taking_part = sorted({index for indexes in sets for index in indexes})
        keys = [f"d{index}" for index in taking_part]
        grouped = ", ".join(grouping_set(indexes, "label", "decision") for indexes in [*sets, ()])
        rows = "count(*) FILTER (WHERE people > 0)" if surveyed else "NULL"
        for row in checked.rows.connection.execute(
            f"SELECT {', '.join([*keys, 'label', 'decision', 'sum(people)', rows])} FROM {cells_of(checked.rows, part)} "
            f"GROUP BY GROUPING SETS ({grouped})"
        ).fetchall():
            *numbers, label, decision, people, alike = row
            counts = int(people or 0), int(alike or 0)
            counted.setdefault(group_key(taking_part, numbers), {})[label, decision] = counts
    clusters = _clustered(checked) if checked.clustered else {}
    places = range(len(checked.classes))

    def matrix(key: Key, which: int) -> Matrix:
        cells = counted[key]
        return tuple(
            tuple(cells.get((label, decision), (0, 0))[which] for decision in places) for label in places
        )

    def one_of(key: Key, **named: Any) -> ClassCounts:
        own = clusters.get(key)
        if own is not None and surveyed:
            own = dataclasses.replace(own, rows=matrix(key, 1))
        return dataclasses.replace(ClassCounts(matrix=matrix(key, 0), clusters=own), **named)

    attributes = {attribute.name: attribute for attribute in checked.attributes}
    open_to = may_join(checked, checked.attributes, counted, unknown or {})
    everybody = one_of(())
    slices = [
        one_of(
            key,
            attribute=attribute,
            group=name,
            unknown=is_of_unknown,
            names=checked.names_in(attributes[attribute], key) or (),
            may_join=tuple(map(one_of, open_to.get(key, ()))),
        )
        for attribute, name, key, is_of_unknown in named_groups(checked, counted, unknown or {})
    ]
    return (everybody, *_with_vanished(slices, everybody, checked, unknown or {}))


def _with_vanished(
    slices: list[ClassCounts],
    everybody: ClassCounts,
    checked: Checked,
    unknown: Mapping[int, Collection[str]],
) -> list[ClassCounts]:
    """Add the slices that a lock has and these rows have not, each in its place among the others of its attribute."""
    if checked.lock is None:
        return slices
    none = tuple((0,) * len(checked.classes) for _ in checked.classes)
    clusters = everybody.clusters and ClassClusters(
        people=0, products={}, rows=None if everybody.clusters.rows is None else none
    )
    together: list[ClassCounts] = []
    for attribute in checked.attributes:
        there = {one.group: one for one in slices if one.attribute == attribute.name}
        gone = {
            CROSS.join(names): ClassCounts(
                attribute=attribute.name,
                group=CROSS.join(names),
                matrix=none,
                unknown=is_unknown(zip(checked.places_of(attribute), names, strict=True), unknown),
                vanished=True,
                names=names,
                clusters=clusters,
            )
            for names in checked.lock.slices.get(attribute.name, NOTHING).groups
            if MISSING_GROUP not in names
        }
        together += [one for _, one in sorted({**gone, **there}.items())]
    return together


def _clustered(checked: Checked) -> dict[Key, ClassClusters]:
    """Add up the products of each person's marks, one grouping set after the other: of all classes at once there would be as many as the square of their number for each person."""
    clusters: dict[Key, ClassClusters] = {}
    size = len(MARKS)
    # The order of MARKS.
    marks = (
        (f"{size} * CAST(label AS INTEGER)", " AND label = decision"),
        (f"{size} * CAST(label AS INTEGER) + 1", ""),
        (f"{size} * CAST(decision AS INTEGER) + 2", ""),
    )
    for indexes in dict.fromkeys((*map(tuple, all_sets(checked)), ())):
        own = [f"d{index}" for index in indexes]
        alike = ", ".join([*own, "person"])
        marked = " UNION ALL ".join(
            f"SELECT {alike}, {mark} AS mark, people FROM used_rows WHERE people > 0{only}"
            for mark, only in marks
        )
        rows = checked.rows.connection.execute(
            f"WITH persons AS (SELECT {alike}, mark, sum(people) AS people FROM ({marked}) GROUP BY ALL) "
            f"SELECT {', '.join([*own, 'one.mark', 'other.mark', 'sum(one.people * other.people)'])} "
            f"FROM persons AS one JOIN persons AS other USING ({alike}) WHERE one.mark <= other.mark GROUP BY ALL"
        ).fetchall()
        products: dict[Key, dict[tuple[int, int], int]] = {}
        for *numbers, one, other, total in rows:
            products.setdefault(group_key(indexes, numbers), {})[one, other] = int(total)
        by = f"GROUP BY {', '.join(own)}" if own else ""
        for *numbers, people in checked.rows.connection.execute(
            f"SELECT {', '.join([*own, 'count(DISTINCT person)'])} FROM used_rows WHERE people > 0 {by}"
        ).fetchall():
            key = group_key(indexes, numbers)
            clusters[key] = ClassClusters(people=int(people), products=products.get(key, {}))
    return {tuple(sorted(key)): own for key, own in clusters.items()}
