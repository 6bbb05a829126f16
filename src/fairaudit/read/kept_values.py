"""The most frequent values of a column as groups of their own, and all others as one."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.engine.sql import number_of, text
from fairaudit.errors import ColumnError, clipped
from fairaudit.read.notes import Note
from fairaudit.read.rows import Rows
from fairaudit.slices.grammar import MISSING_GROUP, OTHER_GROUP, Dimension

_ALL_OTHERS = "(all other values)"
"""What the others are called where a value is called as they usually are."""


def kept_values(
    rows: Rows, dimension: Dimension, used: str, people: str
) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """Find the values that most people have; of equally many, those that come first by name.

    Parameters
    ----------
    used, people
        SQL of the rows that count, and of how many people each is.

    Returns
    -------
    tuple
        The values in the order of their names, and a note on how many the others are.
    """
    value = rows.readings.of(dimension.column).same
    counted = (
        f"SELECT {value} AS value, sum({people}) AS people FROM {rows.table_of(dimension.column)} "
        f"WHERE {used} AND {value} IS NOT NULL AND {people} > 0 GROUP BY value"
    )
    most = rows.connection.execute(
        f"SELECT value, people FROM ({counted}) ORDER BY people DESC, value LIMIT {dimension.top + 1}"
    ).fetchall()
    (different,) = rows.one(f"SELECT {number_of(None)} FROM ({counted})")
    kept = sorted(str(value) for value, _ in most[: dimension.top])
    if odd := next((value for value in kept if "\x00" in value), None):
        # No text holds it, and not every version's SQL can write it.
        raise ColumnError(
            rows.source.name,
            dimension.column,
            f"{clipped(odd)!r} holds a NUL byte",
            hint="Is the file damaged?",
        )
    if len(most) <= dimension.top:
        return tuple(kept), ()
    others = int(different) - dimension.top
    many = "1 value beside" if others == 1 else f"{others:,} values beside"
    alike = most[-1][1] == most[-2][1]
    tied = "; of equally frequent ones the first by name are kept" if alike else ""
    note = f"{dimension.column}: {many} the {dimension.top} most frequent, as one group {_others_name(kept)}{tied}"
    return tuple(kept), (Note(sentence=note),)


def _others_name(kept: Sequence[str]) -> str:
    return _ALL_OTHERS if OTHER_GROUP in kept else OTHER_GROUP


def folded(
    rows: Rows, column: str, kept: Sequence[str], type_name: str, *, others: str | None = None
) -> tuple[str, tuple[str, ...]]:
    """Write the SQL of a group's number, by an SQL enumeration, and the groups' names; `others` is what the others are called, if not as usual."""
    value = rows.readings.of(column).same
    names = [*kept, others or _others_name(kept), *([] if MISSING_GROUP in kept else [MISSING_GROUP])]
    place = str(len(kept))
    if kept:
        rows.connection.execute(f"CREATE TYPE {type_name} AS ENUM ({', '.join(map(text, kept))})")
        place = f"coalesce(enum_code(TRY_CAST({value} AS {type_name})), {len(kept)})"
    missing = names.index(MISSING_GROUP)
    return f"CAST(CASE WHEN {value} IS NULL THEN {missing} ELSE {place} END AS USMALLINT)", tuple(names)
