"""Columns in whose place a number is needed: every value is tried, and the first that is none is named."""

from __future__ import annotations

from fairaudit.errors import ColumnError, clipped
from fairaudit.read.notes import marks_option
from fairaudit.read.readings import Reading
from fairaudit.read.rows import Rows

MOST_PEOPLE = 10**18
"""Beyond this, sums of products could leave 128 bits, and Aequitas's counts 64."""
LONGEST_MARK = 20
"""Longer texts are nobody's mark of a missing value."""


def number_sql(rows: Rows, column: str, noun: str, *, hint: str = "") -> str:
    """Write the SQL that reads a column as numbers, after every value has been tried.

    Parameters
    ----------
    noun
        What the values are, for the message.
    hint
        What could be done instead, if none of the usual things helps.

    Raises
    ------
    ColumnError
        If a value that is not missing is no finite number.
    """
    reading = rows.readings.of(column)
    bad = f"kept AND {reading.text} IS NOT NULL AND ({reading.number} IS NULL OR isinf({reading.number}))"
    first = rows.connection.execute(
        f"SELECT rowid + 1, {reading.text}, {reading.number} FROM source_rows WHERE {bad} ORDER BY rowid LIMIT 1"
    ).fetchone()
    if first:
        row, found, number = first
        raise ColumnError(
            rows.source.name,
            column,
            f"row {row:,} holds {clipped(str(found))!r}, and {noun} must be finite numbers",
            hint="" if number is not None else _way_on(reading, str(found)) or hint,
        )
    return reading.number


def people_sql(rows: Rows, column: str | None) -> str:
    """Write the SQL of how many people a row stands for, after every weight has been tried."""
    if column is None:
        return "1::BIGINT"
    reading = rows.readings.of(column)
    value = reading.number
    bad = f"kept AND ({value} IS NULL OR isnan({value}) OR {value} < 0 OR {value} > 9e15 OR {value} <> floor({value}))"
    if first := rows.connection.execute(
        f"SELECT rowid + 1, {reading.text}, {value} FROM source_rows WHERE {bad} ORDER BY rowid LIMIT 1"
    ).fetchone():
        row, found, number = first
        what = "holds no weight" if found is None else f"holds {clipped(str(found))!r}"
        fraction = number is not None and 0 < number < 9e15
        raise ColumnError(
            rows.source.name,
            column,
            f"row {row:,} {what}, and weights must be whole numbers of people, 0 or more",
            hint="Weights with fractions, such as those of a survey, are no counts: leave --weight out to count every row once"
            if fraction
            else "",
        )
    return f"CAST({value} AS BIGINT)"


def _way_on(reading: Reading, value: str) -> str:
    """Say what to do about a value that is no number in a column of numbers."""
    few = reading.other_rows < reading.numbers
    if not (few and value.isprintable() and len(value) <= LONGEST_MARK):
        return ""
    option = marks_option([*reading.marks, value])
    return f"If it stands for a missing value, say {option}" if option else ""
