"""Groups of two attributes at once, counted where it has to be known whether one of them stands behind the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairaudit.count.counts import Counts
from fairaudit.count.groups import BATCH, confusion, counts_of
from fairaudit.read.table import Checked

Pairs = Mapping[tuple[str, str], Counts]
"""The people who are in a group of one attribute and in a group of another, by both."""


def count_pairs(checked: Checked, attribute: str, others: Sequence[str]) -> Mapping[str, Pairs]:
    """Count the groups of an attribute within those of others; all of them are attributes of one column each.

    Returns
    -------
    mapping
        By the other attribute.
    """
    places = {a.name: checked.groups_of(a)[0] for a in checked.attributes if len(a.dimensions) == 1}
    own = places[attribute]
    counted: dict[str, dict[tuple[str, str], Counts]] = {}
    for first in range(0, len(others), BATCH):
        of_batch = {places[other]: other for other in others[first : first + BATCH]}
        cells = confusion(checked, [(own, place) for place in of_batch])
        for key, row in cells.items():
            numbers = dict(key)
            for place, other in of_batch.items():
                if set(numbers) == {own, place}:
                    pair = (checked.names[own][numbers[own]], checked.names[place][numbers[place]])
                    counted.setdefault(other, {})[pair] = counts_of(row, None, None)
    return counted
