"""Groups that were there when slices were kept, and in which there is nobody any more: they stay, as rows of nobody."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

from fairaudit.count.counts import NOBODY_SCORED, Clusters, Counted, Counts, GroupCounts
from fairaudit.count.groups import is_unknown
from fairaudit.read.checked_rows import Checked
from fairaudit.slices.file import KeptSlice
from fairaudit.slices.grammar import CROSS, MISSING_GROUP, Attribute

_SUMS = ("squared_error", "log_loss", "placements1", "placements0")
"""What is no number of people."""
NOTHING = KeptSlice(groups=())


def with_vanished(
    counted: Counted, checked: Checked, *, unknown: Mapping[int, Collection[str]] | None = None
) -> Counted:
    """Add the groups that a lock has and these rows have not, each in its place among the others.

    That nobody's value is missing any more is no loss, and no such group is added.
    """
    if checked.lock is None:
        return counted
    nobody, kept = counts_of_nobody(counted.overall), checked.lock.slices
    groups: list[GroupCounts] = []
    for attribute in checked.attributes:
        there = {g.group: g for g in counted.of(attribute.name)}
        gone = {
            CROSS.join(names): _of_nobody(checked, attribute, names, nobody, unknown or {})
            for names in kept.get(attribute.name, NOTHING).groups
            if MISSING_GROUP not in names
        }
        groups += [group for _, group in sorted({**gone, **there}.items())]
    return dataclasses.replace(counted, groups=tuple(groups))


def _of_nobody(
    checked: Checked,
    attribute: Attribute,
    names: tuple[str, ...],
    nobody: Counts,
    unknown: Mapping[int, Collection[str]],
) -> GroupCounts:
    return GroupCounts(
        attribute=attribute.name,
        group=CROSS.join(names),
        counts=nobody,
        unknown=is_unknown(zip(checked.places_of(attribute), names, strict=True), unknown),
        vanished=True,
        names=names,
    )


def counts_of_nobody(everybody: Counts) -> Counts:
    """Count nobody, in all that is counted of everybody."""
    zeros: dict[str, Any] = {
        part.name: 0
        for part in dataclasses.fields(Counts)
        if part.name != "clusters" and getattr(everybody, part.name) is not None
    }
    clusters = everybody.clusters
    if clusters is not None:
        nobody = (0,) * len(clusters.products)
        rows = None if clusters.rows is None else (0,) * len(clusters.rows)
        scores = None if clusters.scores is None else (Fraction(0), Fraction(0))
        zeros["clusters"] = Clusters(people=0, products=nobody, rows=rows, scores=scores)
    if everybody.tenths is not None:
        zeros["tenths"] = NOBODY_SCORED
    return Counts(**{**zeros, **{name: Fraction(0) for name in _SUMS if name in zeros}})
