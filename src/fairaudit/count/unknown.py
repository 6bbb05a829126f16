"""Values that say as little as a missing one: who has them is counted, and neither judged nor compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairaudit.errors import clipped
from fairaudit.read.checked_rows import Checked
from fairaudit.read.notes import Note
from fairaudit.read.values import same_value
from fairaudit.settings.choices import split_words
from fairaudit.slices.grammar import NONE_OF_THEM, Take
from fairaudit.texts import composed


def unknown_values(
    checked: Checked, typed: Sequence[str], *, noun: str = "unknown value", members: bool = False
) -> tuple[Mapping[int, frozenset[str]], tuple[Note, ...]]:
    """Find the groups that are called by a value that says nothing.

    Parameters
    ----------
    typed
        Values, of every column, or ``COLUMN=VALUE`` of one.
    noun
        What notes call such a value.
    members
        Whether columns of members that are groups of one attribute can be named as well, and who is in none of them.

    Returns
    -------
    tuple
        The names of groups by dimension, with a note on each value that occurs nowhere, or only in a column that is not looked at.
    """
    columns = [dimension.called for dimension in checked.dimensions]
    of_families = _members(checked) if members else {}
    named = [(*names, *of_families.get(place, ())) for place, names in enumerate(checked.names)]
    known = {name for of_dimension in named for name in of_dimension}
    known |= {f"{c}={name}" for c, of_one in zip(columns, named, strict=True) for name in of_one}
    names_by_place: dict[int, set[str]] = {}
    notes = []
    for word in split_words(typed, known=known):
        column = _column(word, checked.source.columns)
        value = word if column is None else composed(word)[len(composed(column)) + 1 :]
        places = [
            (place, name)
            for place, of_dimension in enumerate(named)
            if column in (None, columns[place])
            for name in of_dimension
            if same_value(value, name)
        ]
        for place, name in places:
            names_by_place.setdefault(place, set()).add(name)
        if not places:
            notes.append(
                Note(
                    sentence=f"{noun} {clipped(word)}: {_nowhere(column, columns, is_hidden=checked.suppression is not None)}"
                )
            )
    return {place: frozenset(of_place) for place, of_place in names_by_place.items()}, tuple(notes)


def _members(checked: Checked) -> Mapping[int, tuple[str, ...]]:
    """Name the groups that columns of members are of an attribute, by dimension."""
    return {
        checked.dimensions.index(d): (NONE_OF_THEM if d.take is Take.NOWHERE else d.column,)
        for attribute in checked.attributes
        for part in attribute.parts
        if len(part) > 1
        for d in part
    }


def _column(word: str, columns: Sequence[str]) -> str | None:
    """Return the column whose value is named, the one with the longest name where several would do."""
    named = [column for column in columns if composed(word).startswith(f"{composed(column)}=")]
    return max(named, key=len, default=None)


def _nowhere(column: str | None, audited: Sequence[str], *, is_hidden: bool) -> str:
    if column is not None and column not in audited:
        return f"passed over, as nobody is grouped by {clipped(column)} here"
    return "no group that is told of is called so" if is_hidden else "no group is called so"
