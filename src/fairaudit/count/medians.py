"""Scoring rates: how many people of each group have a score above the median of all whose group is known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fairaudit.count.groups import group_key, grouping_set
from fairaudit.engine.sql import double
from fairaudit.read.checked_rows import Checked
from fairaudit.slices.grammar import CROSS, MISSING_GROUP, Attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class AboveMedian:
    """The median of the scores, and how many people of each group lie above it; those whose group is not known as well."""

    median: float | None
    selected: Mapping[str, int]


def above_median(
    checked: Checked, attribute: Attribute, unknown: Mapping[int, Collection[str]]
) -> AboveMedian:
    """Find the median score of the people whose group of an attribute is known, and count those strictly above it.

    Of an even number of people it is half way between the two in the middle. A tie with the median is not above it.

    References
    ----------
    6 RCNY 5-300, "scoring rate": the share of a category that has a score above the sample's median.
    """
    places = checked.groups_of(attribute)
    names = [f"d{place}" for place in places]
    known = " AND ".join(f"d{place} NOT IN ({_unknown(checked, place, unknown)})" for place in places)
    reached = f"SELECT score, sum(sum(people)) OVER (ORDER BY score) AS reached, sum(sum(people)) OVER () AS everybody FROM used_rows WHERE people > 0 AND {known} GROUP BY score"
    low, high = checked.rows.one(
        f"SELECT min(score) FILTER (2 * reached >= everybody), min(score) FILTER (2 * reached > everybody) FROM ({reached})"
    )
    if low is None:
        return AboveMedian(median=None, selected={})
    rows = checked.rows.connection.execute(
        f"SELECT {', '.join(names)}, coalesce(sum(people) FILTER (score > {double(low)}), 0) FROM used_rows GROUP BY {grouping_set(places)[1:-1]}"
    ).fetchall()
    keys = {group_key(places, row[:-1]): int(row[-1]) for row in rows}
    return AboveMedian(
        median=(low + high) / 2,
        selected={
            CROSS.join(checked.names[place][number] for place, number in key): n for key, n in keys.items()
        },
    )


def _unknown(checked: Checked, place: int, unknown: Mapping[int, Collection[str]]) -> str:
    """List the numbers of the groups of which it is not known who is in them; -1 is none."""
    silent = {MISSING_GROUP, *unknown.get(place, ())}
    return (
        ", ".join(str(number) for number, name in enumerate(checked.names[place]) if name in silent) or "-1"
    )
