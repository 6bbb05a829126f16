"""Of whom it is not known whether they are in a group: columns of members lack a value, or the value of another column says nothing."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from fairaudit.engine.elsewhere import Key
from fairaudit.read.checked_rows import Checked
from fairaudit.slices.grammar import MISSING_GROUP, Attribute

Numbers: TypeAlias = tuple[int, ...]
Unknown: TypeAlias = Mapping[int, Collection[str]]
"""By dimension, its groups of which it is not known who is in them, beside those whose value is missing."""


def may_join(
    checked: Checked, attributes: Iterable[Attribute], keys: Collection[Key], unknown: Unknown
) -> dict[Key, tuple[Key, ...]]:
    """Find, for the groups of attributes that overlap, the cells of those who may be in each of them or not.

    Parameters
    ----------
    keys
        The cells in which there is anybody.
    """
    joining: dict[Key, tuple[Key, ...]] = {}
    for attribute in (a for a in attributes if a.overlapping):
        for own in checked.sets_of(attribute):
            # All cells of these dimensions are looked at once, and not once for each group: there may be many of both.
            silent = [
                [number for number, name in enumerate(checked.names[place]) if name in gone]
                for place, gone in zip(own, silent_names(attribute, own, unknown), strict=True)
            ]
            for key in keys:
                numbers = dict(key)
                if numbers.keys() != set(own) or checked.names_in(attribute, key) is None:
                    continue
                if any(numbers[place] in gone for place, gone in zip(own, silent, strict=True)):
                    continue
                cells = itertools.product(*([numbers[p], *gone] for p, gone in zip(own, silent, strict=True)))
                others = (tuple(sorted(zip(own, cell, strict=True))) for cell in cells)
                joining[key] = tuple(other for other in others if other != key and other in keys)
    return joining


def silent_names(attribute: Attribute, own: Numbers, unknown: Unknown) -> list[Collection[str]]:
    """List for each part of an attribute what says nothing; of columns of members only that they lack a value."""
    return [
        {MISSING_GROUP, *(() if len(part) > 1 else unknown.get(place, ()))}
        for part, place in zip(attribute.parts, own, strict=True)
    ]


def may_be(
    checked: Checked, places: Numbers, numbers: Numbers, wanted: Numbers, silent: Sequence[Collection[str]]
) -> bool:
    """Tell whether people of a cell differ from another in nothing that is known of them."""
    return all(
        number == other or checked.names[place][number] in gone
        for place, number, other, gone in zip(places, numbers, wanted, silent, strict=True)
    )


def is_silent(checked: Checked, places: Numbers, numbers: Numbers, silent: Sequence[Collection[str]]) -> bool:
    """Tell whether one of the dimensions of a group says nothing."""
    return any(checked.names[p][n] in gone for p, n, gone in zip(places, numbers, silent, strict=True))
